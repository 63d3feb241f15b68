"""The bill of a million webhooks: quantities from the templates and the code, prices from one list."""

from dataclasses import replace
from functools import cache

import pytest

from scripts.planning.cost.bill import Bill, Line, Span, Unpriced, read_prices
from scripts.planning.cost.resource_types import LOG_BYTES_PER_CALL, PRICED, price_deployment
from scripts.planning.cost.usage import GB, MILLION, MONTH_SECONDS, Usage
from scripts.planning.deployment_on_paper import Deployment, resolve_deployment
from scripts.planning.load import Load
from scripts.planning.service_times import ServiceTime, ServiceTimes
from scripts.planning.workload import Workload
from stacks.assembly import Assembly
from stacks.evaluation.intrinsics import Reference
from stacks.evaluation.resolved_stack import Resource
from tests.support.templates.resources import built

TIMES = ServiceTimes(
    {
        "webhook_receiver": ServiceTime(0.0101, 0, "given"),
        "payment_processor": ServiceTime(0.010, 0.030, "given"),
        "audit_logger": ServiceTime(0.010, 0.020, "given"),
        "processing_pipe": ServiceTime(0.020, 0, "given"),
    }
)
PLAIN = Workload(body_bytes=3000, paypal_share=0)
RECEIVER, PROCESSOR, AUDIT = "compute/WebhookReceiver", "compute/PaymentProcessor", "compute/AuditLogger"
INBOX, LEDGER = "data/InboxTable", "data/TransactionsTable"


@cache
def assembly() -> Assembly:
    return built()


def usage(workload: Workload = PLAIN, per_month: float = MILLION, **parameters: object) -> Usage:
    given = {name: str(value) for name, value in parameters.items()}
    deployment = resolve_deployment(assembly(), given)
    return Usage(Load(deployment, workload, TIMES, per_month / MONTH_SECONDS, "us-east-1"), read_prices())


def bill(workload: Workload = PLAIN, per_month: float = MILLION, **parameters: object) -> Bill:
    return price_deployment(usage(workload, per_month, **parameters))


def line(priced: Bill, resource: str, item: str, span: Span = Span.WEBHOOKS) -> Line:
    (only,) = [entry for entry in priced.of(span) if (entry.resource, entry.item) == (resource, item)]
    return only


def with_resources(*added: Resource, without: str = "") -> Bill:
    """The bill with these resources added, and those of one type left out."""
    ours = usage()
    kept = [entry for entry in ours.deployment.resources if entry.type != without]
    deployment = Deployment((*kept, *added), ours.deployment.parameters)
    return price_deployment(replace(ours, load=replace(ours.load, deployment=deployment)))


def test_the_api_is_paid_by_request() -> None:
    requests = line(bill(), "api/Stage", "requests")
    assert requests.quantity == MILLION
    assert requests.usd == pytest.approx(3.50)


def test_webhooks_pay_for_the_api_that_they_come_through_alone() -> None:
    ours = bill()
    other = "api/TransactionsStage"
    assert [entry for entry in ours.of(Span.WEBHOOKS) if entry.resource == other] == []
    assert "no webhook" in next(entry.reason for entry in ours.unpriced if entry.resource == other)
    # Each API's methods have metrics of their own.
    metrics = [line(ours, entry, "detailed metrics", Span.MONTH).quantity for entry in ("api/Stage", other)]
    methods = usage().deployment.of_type("AWS::ApiGateway::Method")
    assert metrics[0] == 3 * 5
    assert sum(metrics) == len(methods) * 5


def test_a_function_is_paid_by_call_and_by_memory_in_whole_milliseconds() -> None:
    """10.1 ms are paid as 11."""
    priced = bill(ReceiverMemory=1024, Architecture="x86_64")
    assert line(priced, RECEIVER, "calls").usd == pytest.approx(0.20)
    seconds = line(priced, RECEIVER, "GB-seconds")
    assert seconds.quantity == pytest.approx(MILLION * 0.011)
    assert seconds.usd == pytest.approx(MILLION * 0.011 * 0.0000166667)
    assert line(bill(ReceiverMemory=256), RECEIVER, "GB-seconds").usd == pytest.approx(
        MILLION * 0.011 / 4 * 0.0000133334
    )


def test_at_a_low_rate_each_message_is_a_batch_of_its_own() -> None:
    priced = bill(per_month=1000)
    assert line(priced, PROCESSOR, "calls").quantity == MILLION
    records = (2 + PLAIN.records("ledger")) * MILLION
    assert line(priced, AUDIT, "calls").quantity == pytest.approx(
        records, rel=0.02
    )  # few meet within a minute
    assert line(priced, "messaging/ProcessingQueue", "sends").quantity == MILLION
    assert line(priced, "messaging/ProcessingQueue", "receives and deletes").quantity == 2 * MILLION
    assert line(priced, "messaging/ProcessingQueue", "visibility").quantity == MILLION


def test_at_a_high_rate_batches_fill_and_lambda_traces_few_of_them() -> None:
    slow, fast = bill(per_month=1000), bill(per_month=1500 * MONTH_SECONDS)
    calls = line(fast, PROCESSOR, "calls").quantity
    assert calls < 0.9 * line(slow, PROCESSOR, "calls").quantity
    assert line(slow, PROCESSOR, "traces").quantity == pytest.approx(MILLION)
    each_second = 1500 * calls / MILLION
    traced = calls * (1 + 0.05 * (each_second - 1)) / each_second
    assert line(fast, PROCESSOR, "traces").quantity == pytest.approx(traced)


@pytest.mark.parametrize("per_month", [1000, 1500 * MONTH_SECONDS])
@pytest.mark.parametrize("percent", [1, 5, 100])
def test_the_sampling_rule_keeps_its_share_of_the_webhooks_at_any_rate(
    percent: int, per_month: float
) -> None:
    priced = bill(per_month=per_month, TracingSamplingPercent=percent)
    assert line(priced, "api/Stage", "traces").quantity == pytest.approx(MILLION * percent / 100)


def test_without_traces_behind_queues_and_streams_only_the_apis_are_paid() -> None:
    priced = bill(TraceQueuesAndStreams="false")
    traced = {entry.resource for entry in priced.of(Span.WEBHOOKS) if entry.item == "traces"}
    assert traced == {"api/Stage"}


def test_an_execution_and_the_call_that_it_makes_are_one_trace() -> None:
    priced = bill(ProcessingMode="workflow")
    assert line(priced, "compute/ProcessingWorkflow", "traces").quantity == pytest.approx(MILLION * 0.05)
    assert not [entry for entry in priced.lines if (entry.resource, entry.item) == (PROCESSOR, "traces")]


def test_writes_count_kilobytes_and_transactions_twice() -> None:
    """3 kB and its attributes are four units to store and four to mark; a row and a head two each."""
    priced = bill()
    assert line(priced, INBOX, "writes").quantity == 8 * MILLION
    assert line(priced, LEDGER, "writes").quantity == 4 * MILLION
    assert line(priced, INBOX, "writes to pending-index").quantity == 2 * MILLION
    for index in ("status-index", "provider-index", "customer-index"):
        assert line(priced, LEDGER, f"writes to {index}").quantity == MILLION
    assert line(priced, INBOX, "reads").quantity == MILLION
    assert line(priced, INBOX, "writes").usd == pytest.approx(5.0)


def test_paypal_claims_two_ids_in_the_same_transaction() -> None:
    """(4 + 1 + 1) * 2 units to store, four to mark."""
    priced = bill(Workload(body_bytes=3000, paypal_share=1))
    assert line(priced, INBOX, "writes").quantity == 16 * MILLION


def test_redeliveries_end_in_the_receiver() -> None:
    """A fifth of all requests: a quarter more of them, each with a write that is refused."""
    plain, repeated = bill(), bill(Workload(body_bytes=3000, paypal_share=0, duplicate_share=0.2))
    for resource, what in (("api/Stage", "requests"), (RECEIVER, "calls")):
        assert line(repeated, resource, what).quantity == pytest.approx(1.25 * MILLION)
    refused = line(repeated, INBOX, "refused writes of redeliveries")
    assert refused.quantity == pytest.approx(0.25 * MILLION * 4)
    for resource, what in ((PROCESSOR, "calls"), (INBOX, "writes"), (AUDIT, "calls")):
        assert line(repeated, resource, what).quantity == pytest.approx(line(plain, resource, what).quantity)


def test_logs_are_paid_when_written_and_for_as_long_as_they_are_kept() -> None:
    priced = bill(LogRetentionDays=365)
    size = MILLION * LOG_BYTES_PER_CALL / GB
    assert line(priced, RECEIVER, "log").usd == pytest.approx(size * 0.5)
    assert line(priced, RECEIVER, "log kept").usd == pytest.approx(size * 0.03 * 12)


def test_no_audit_object_moves_to_glacier_as_each_is_under_128_kb() -> None:
    cold = bill(AuditHotDays=90, AuditRetentionDays=365)
    audit = "data/AuditBucket"
    assert not [entry for entry in cold.lines if "Glacier" in entry.item and entry.resource == audit]
    assert line(cold, audit, "kept at hand").note == "gzip to a quarter, assumed; 365 days"


def test_the_audit_trail_is_paid_by_the_batch() -> None:
    fast = bill(per_month=10_000 * MONTH_SECONDS)
    objects = line(fast, "data/AuditBucket", "objects written").quantity
    assert objects == pytest.approx(line(fast, AUDIT, "calls").quantity)
    assert objects < MILLION


def test_digests_of_the_audit_trail_cost_a_dollar_and_a_half_a_month_and_cents_a_million() -> None:
    """3.5 listings of each thousand objects; of an hour nine requests, a signature and four verifications; a key."""
    priced = bill(per_month=1000 * MONTH_SECONDS)
    audit = "data/AuditBucket"
    objects = line(priced, audit, "objects written").quantity
    assert line(priced, audit, "listed for digests").quantity == pytest.approx(objects * 3.5 / 1000)
    assert line(priced, audit, "requests for digests", Span.MONTH).quantity == 730 * 9
    assert line(priced, "security/SigningKey", "signatures", Span.MONTH).quantity == 730 * 5
    for_a_million = ("listed for digests", "lists of digests")
    assert sum(line(priced, audit, item).usd for item in for_a_million) < 0.01
    digests = ("AuditDigest", "SigningKey", "AuditTampering")
    monthly = [each.usd for each in priced.of(Span.MONTH) if any(name in each.resource for name in digests)]
    assert 1 < sum(monthly) + line(priced, audit, "requests for digests", Span.MONTH).usd < 2


def test_audit_records_wait_a_minute_for_others() -> None:
    """Of a million webhooks a month, two records each of the inbox; a new table's stream has four shards."""
    priced = bill()
    at_once = bill(AuditParallelization=10)
    ledger = PLAIN.records("ledger")
    in_a_minute = MILLION / MONTH_SECONDS * 60 / (4 * 2)
    batches = 2 / (1 + 2 * in_a_minute) + ledger / (1 + ledger * in_a_minute)
    assert line(priced, AUDIT, "calls").quantity == pytest.approx(batches * MILLION)
    assert line(priced, AUDIT, "calls").quantity < line(at_once, AUDIT, "calls").quantity


def test_what_is_paid_by_the_month() -> None:
    priced = bill()
    secrets = [entry for entry in priced.of(Span.MONTH) if entry.price.name == "secrets.secret"]
    assert len(secrets) == len(usage().deployment.of_type("AWS::SecretsManager::Secret"))
    assert line(priced, "security/Key", "key", Span.MONTH).usd == 1
    data_keys = line(priced, "messaging/ProcessingQueue", "data keys", Span.MONTH)
    assert data_keys.quantity == pytest.approx(MONTH_SECONDS / 300 * 3)


def test_a_schedule_is_paid_by_its_runs() -> None:
    target = {"Arn": Reference(("Compute",), "Health", "Arn")}
    often, odd = (
        Resource(
            ("Compute",), title, "AWS::Scheduler::Schedule", {"ScheduleExpression": text, "Target": target}
        )
        for title, text in (("Often", "rate(2 hours)"), ("Odd", "cron(0 3 * * ? *)"))
    )
    priced = with_resources(often, odd)
    assert line(priced, "compute/Often", "runs", Span.MONTH).quantity == 365
    assert line(priced, "compute/Health", "calls", Span.MONTH).quantity == 365
    (unpriced,) = [entry for entry in priced.unpriced if entry.resource == "compute/Odd"]
    assert "cron(0 3 * * ? *)" in unpriced.reason


def test_environments_that_are_kept_ready_are_paid_by_the_month() -> None:
    alias = Resource(
        ("Compute",),
        "Live",
        "AWS::Lambda::Alias",
        {
            "FunctionName": Reference(("Compute",), "WebhookReceiver"),
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 10},
        },
    )
    ready = line(with_resources(alias), "compute/Live", "ready environments", Span.MONTH)
    assert ready.usd == pytest.approx(10 * 0.5 * MONTH_SECONDS * 0.0000033334)


def test_an_unknown_type_is_told_as_not_priced() -> None:
    priced = with_resources(Resource(("Events",), "Archive", "AWS::Events::Archive", {}))
    assert (
        Unpriced("events/Archive", "AWS::Events::Archive", "no price is known for its type")
        in priced.unpriced
    )
    assert not [entry for entry in priced.lines if entry.resource == "events/Archive"]


def test_an_unknown_table_and_an_uncalled_function_are_told_as_not_priced() -> None:
    table = Resource(("Data",), "Newcomer", "AWS::DynamoDB::Table", {})
    function = Resource(("Compute",), "Newcomer", "AWS::Lambda::Function", {})
    reasons = {entry.resource: entry.reason for entry in with_resources(table, function).unpriced}
    assert reasons["data/Newcomer"] == "what a webhook writes there is not known"
    assert reasons["compute/Newcomer"].startswith("neither a webhook nor a schedule")


def test_every_resource_is_priced_free_or_told() -> None:
    priced = bill()
    listed = {entry.resource for entry in priced.lines} | {entry.resource for entry in priced.unpriced}
    for resource in usage().deployment.resources:
        assert resource.type in read_prices().free_types or str(resource) in listed, str(resource)
    assert not read_prices().free_types & PRICED.keys()


@pytest.mark.parametrize("mode", ["queue", "workflow"])
def test_a_million_webhooks_cost_at_most_75_usd(mode: str) -> None:
    """One in four from PayPal, each of 3 KB, at a million a month; without what is paid by the month."""
    assert 40 < bill(replace(PLAIN, paypal_share=0.25), ProcessingMode=mode).total(Span.WEBHOOKS) <= 75


def test_an_hour_at_a_thousand_webhooks_a_second_is_162_000_audit_objects() -> None:
    workload = replace(PLAIN, paypal_share=0.25)
    written = line(bill(workload, 1000 * MONTH_SECONDS), "data/AuditBucket", "objects written").quantity
    assert written * 3600 * 1000 / MILLION == pytest.approx(162_000, rel=0.02)
