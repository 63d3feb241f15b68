"""The bill of a deployment: every type of resource is priced, free, or listed as not priced.

The pricing of each type follows the way of a webhook: API and security, functions and queues, events, network. Tables
and buckets have a module of their own.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Final

from payment_webhooks import contract
from payment_webhooks.endpoints.cached_secret import FRESH_SECONDS
from scripts.planning import aws_limits as aws
from scripts.planning.cost.bill import Bill, Line, Span, Unpriced, make_bill
from scripts.planning.cost.tables_and_buckets import bucket_lines, table_lines
from scripts.planning.cost.usage import (
    GB,
    HOURS_PER_MONTH,
    MILLION,
    MONTH_SECONDS,
    SCHEDULE,
    Pricing,
    Usage,
    monthly,
    unpriced,
)
from scripts.planning.deployment_on_paper import (
    API_STAGE,
    BUCKET,
    FUNCTION,
    PIPE,
    QUEUE,
    STATE_MACHINE,
    TABLE,
    count_transitions,
)
from scripts.planning.service_times import snake_case_name
from stacks.evaluation.resolved_stack import Resource
from stacks.function_catalogue import CANARY

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html: Count, 4XXError,
# 5XXError, Latency and IntegrationLatency, for each method where MetricsEnabled is on.
METRICS_PER_METHOD: Final = 5
LOG_EVENT_OVERHEAD_BYTES: Final = 26
# Each container of the receiver fetches the secret of its endpoint and the fingerprint key.
SECRETS_PER_CONTAINER: Final = 2
# Each call logs a line of ours of about 500 bytes and Lambda's START, END and REPORT of about 350 in all; CloudWatch
# counts 26 bytes for each event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
LOG_BYTES_PER_CALL: Final = 500 + 350 + 4 * 26
CANARY_METRICS: Final = 2  # payment_webhooks/canary/round.py
# Lambda's long polls of an idle queue: services-sqs-scaling.html has five pollers; 20 s is SQS's longest poll.
IDLE_POLL_SECONDS: Final = 20


def stage_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    if stage == usage.deployment.api_stage:
        yield from _request_lines(usage, stage)
    else:
        yield unpriced(stage, "its requests, their log and traces: no webhook makes one")
    if any(settings.get("MetricsEnabled") for settings in stage.get("MethodSettings") or ()):
        metrics = METRICS_PER_METHOD * len(usage.deployment.methods_of(stage))
        yield usage.line(stage, "detailed metrics", metrics, "cloudwatch.metric", Span.MONTH)
    if stage.get("CacheClusterEnabled"):
        yield unpriced(stage, "a cache is paid by the hour")


def _request_lines(usage: Usage, stage: Resource) -> Iterator[Line | Unpriced]:
    """Requests of webhooks, their log and their traces."""
    yield usage.line(stage, "requests", usage.requests, "api_gateway.request")
    layout = stage.get("AccessLogSetting", "Format")
    if layout:
        # A variable's name is about as long as its value.
        size = usage.requests * (len(str(layout)) + LOG_EVENT_OVERHEAD_BYTES)
        yield from log_lines(usage, stage, size, Span.WEBHOOKS)
    if stage.get("TracingEnabled"):
        api = usage.deployment.find(stage.get("RestApiId"))
        service = f"{api.get('Name') if api else ''}/{stage.get('StageName')}"
        yield usage.line(stage, "traces", usage.traces(usage.requests, service), "xray.trace")


def web_acl_lines(usage: Usage, acl: Resource) -> Iterator[Line | Unpriced]:
    """Rule groups of AWS's count as a rule each, up to 1,500 capacity units."""
    yield usage.line(acl, "web ACL", 1, "waf.web_acl", Span.MONTH)
    yield usage.line(acl, "rules", len(acl.get("Rules") or ()), "waf.rule", Span.MONTH)
    yield usage.line(acl, "requests", usage.requests, "waf.request")


def key_lines(usage: Usage, key: Resource) -> Iterator[Line | Unpriced]:
    """The key, and, of secrets, the receiver's fetches with one decryption each; queues have lines of their own."""
    yield usage.line(key, "key", 1, "kms.key", Span.MONTH)
    if key.get("KeyUsage") == "SIGN_VERIFY":
        yield usage.line(
            key,
            "signatures",
            5 * HOURS_PER_MONTH,
            "kms.signature",
            Span.MONTH,
            "of a digest an hour; each of four runs verifies the last one",
        )
        return
    secrets = usage.deployment.of_type("AWS::SecretsManager::Secret")
    if key not in (usage.deployment.find(secret.get("KmsKeyId")) for secret in secrets):
        reason = "requests of DynamoDB, S3, Lambda and Logs: they cache data keys, AWS gives no count"
        yield unpriced(key, reason)
        return
    containers = usage.containers(usage.deployment.receiver)
    most = containers * SECRETS_PER_CONTAINER * MONTH_SECONDS / FRESH_SECONDS
    fetches = min(most, SECRETS_PER_CONTAINER * usage.per_month)
    note = f"every {FRESH_SECONDS:g} s in each container; at most"
    yield usage.line(key, "secrets fetched", fetches, "secrets.call", Span.MONTH, note)
    yield usage.line(key, "secrets decrypted", fetches, "kms.request", Span.MONTH, note)


def function_lines(usage: Usage, function: Resource) -> Iterator[Line | Unpriced]:
    """Requests, GB-seconds in whole milliseconds, log and traces."""
    calls = usage.calls(function)
    if calls is None:
        yield unpriced(function, "neither a webhook nor a schedule calls it; its callers decide")
        return
    gb_seconds = ceil(calls.seconds * 1000) / 1000 * _memory_gb(function)
    origin = usage.load.times.of(function).origin
    note = f"{_memory_gb(function) * 1024:g} MB for {calls.seconds * 1000:.3g} ms, {origin}"
    price = f"lambda.gb_second_{_architecture(function)}"
    # Behind the API or the state machine a call is part of their trace.
    sources = [consumer.source.type for consumer in usage.deployment.consumers if consumer.worker == function]
    is_part = function == usage.deployment.receiver or STATE_MACHINE in sources
    is_traced = function.get("TracingConfig", "Mode") == "Active"
    for span, count in ((Span.WEBHOOKS, calls.webhooks), (Span.MONTH, calls.month)):
        yield usage.line(function, "calls", count, "lambda.request", span)
        yield usage.line(function, "GB-seconds", count * gb_seconds, price, span, note)
        yield from log_lines(usage, function, count * LOG_BYTES_PER_CALL, span)
        if is_traced and not (span is Span.WEBHOOKS and is_part):
            traces = usage.traces(count) if span is Span.WEBHOOKS else count
            yield usage.line(function, "traces", traces, "xray.trace", span)


def log_lines(usage: Usage, writer: Resource, size: float, span: Span) -> Iterator[Line]:
    """size: bytes that the writer (a function or a stage) logs. Kept for as long as the log group says."""
    note = f"{LOG_BYTES_PER_CALL} bytes a call" if writer.type.startswith("AWS::Lambda") else ""
    yield usage.line(writer, "log", size / GB, "logs.ingestion", span, note)
    group = usage.deployment.find(
        writer.get("LoggingConfig", "LogGroup") or writer.get("AccessLogSetting", "DestinationArn")
    )
    days = float(group.get("RetentionInDays") or 0) if group else 0.0
    months = days * 24 * 3600 / MONTH_SECONDS
    yield usage.line(writer, "log kept", size / GB * months, "logs.storage", span, f"{days:g} days")


def provisioned_lines(usage: Usage, alias: Resource) -> Iterator[Line | Unpriced]:
    """Execution environments that an alias or version keeps ready, called or not."""
    ready = alias.get("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    function = usage.deployment.find(alias.get("FunctionName"))
    if ready is not None and function is not None:
        gb_seconds = float(ready) * _memory_gb(function) * MONTH_SECONDS
        price = f"lambda.provisioned_gb_second_{_architecture(function)}"
        yield usage.line(alias, "ready environments", gb_seconds, price, Span.MONTH, f"{ready} ready")


def pipe_lines(usage: Usage, pipe: Resource) -> Iterator[Line | Unpriced]:
    """Requests after the filter. Whether its reads of the stream are charged, AWS's pages do not say."""
    consumer = usage.consumer(pipe)
    if consumer is None:
        return
    requests = MILLION * usage.load.filtered_records(consumer)
    yield usage.line(pipe, "requests", requests, "pipes.request", note="records that pass the filter")
    polls = usage.load.shards_of(consumer.source) * aws.STREAM_POLLS_PER_SHARD_PER_SECOND * MONTH_SECONDS
    usd = usage.prices["dynamodb.stream_read"].of(polls)
    yield unpriced(
        pipe,
        f"reads of the stream: AWS says that Lambda's are free, not whether a pipe's are; at most "
        f"{polls / MILLION:,.1f} million a month, {usd:,.2f} USD",
    )


def queue_lines(usage: Usage, queue: Resource) -> Iterator[Line | Unpriced]:
    """Sends, receives and deletes in batches, Lambda's polls while it is empty, and the data keys from KMS."""
    senders = [consumer for consumer in usage.deployment.consumers if consumer.target == queue]
    readers = [consumer for consumer in usage.deployment.consumers if consumer.source == queue]
    for sender in senders:
        sends = min(MILLION * usage.load.filtered_records(sender), usage.batches(sender))
        note = "a batch of the pipe with anything in it"
        yield usage.line(queue, "sends", sends, "sqs.request", note=note)
    for reader in readers:
        yield usage.line(
            queue, "receives and deletes", 2 * usage.batches(reader), "sqs.request", note="one each a batch"
        )
        if usage.deployment.environment_resource(reader.worker, contract.ENV_PROCESSING_QUEUE_URL) == queue:
            note = "one a batch, by the processor"
            yield usage.line(queue, "visibility", usage.batches(reader), "sqs.request", note=note)
        polls = aws.SQS_SOURCE_INITIAL_CONCURRENCY * MONTH_SECONDS / IDLE_POLL_SECONDS
        note = "five pollers, 20 s each; at most"
        yield usage.line(queue, "polls while empty", polls, "sqs.request", Span.MONTH, note)
    if not readers:
        yield unpriced(queue, "only what fails goes there")
    elif queue.get("KmsMasterKeyId") is not None:
        yield _data_key_line(usage, queue, len(senders), len(readers))


def _data_key_line(usage: Usage, queue: Resource, senders: int, readers: int) -> Line:
    """AWS's estimate: (period / reuse) * (2 * senders + readers) a month.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    reuse_seconds = float(queue.get("KmsDataKeyReusePeriodSeconds") or 300)
    requests = MONTH_SECONDS / reuse_seconds * (2 * max(1, senders) + readers)
    return usage.line(queue, "data keys", requests, "kms.request", Span.MONTH, "AWS's estimate")


def schedule_lines(usage: Usage, schedule: Resource) -> Iterator[Line | Unpriced]:
    runs = usage.runs(schedule)
    if runs:
        yield usage.line(schedule, "runs", runs, "scheduler.invocation", Span.MONTH)
    else:
        expression = schedule.get("ScheduleExpression")
        yield unpriced(schedule, f"its runs cannot be counted from {expression!r}")


def state_machine_lines(usage: Usage, machine: Resource) -> Iterator[Line | Unpriced]:
    """Transitions and traces of executions in which nothing fails: a retry is a transition more."""
    if machine not in usage.deployment.started_machines():
        yield unpriced(machine, "no pipe starts it in this mode, so there is nothing to pay")
        return
    consumer = usage.consumer(machine)
    if consumer is None:
        yield unpriced(machine, "what it calls is not known")
        return
    executions, transitions = MILLION * usage.load.items(consumer), count_transitions(machine)
    price, note = "step_functions.transition", f"{transitions} an execution"
    yield usage.line(machine, "state transitions", executions * transitions, price, note=note)
    if machine.get("TracingConfiguration", "Enabled"):
        traces = usage.traces(executions, str(machine.get("StateMachineName")))
        yield usage.line(machine, "traces", traces, "xray.trace")
    yield unpriced(
        machine,
        "whether the start of an execution is a transition by itself, AWS's page does not say; "
        f"at most {usage.prices[price].of(executions):,.2f} USD for a million webhooks",
    )
    yield unpriced(machine, "calls of KMS: one data key serves five minutes of executions")


def _memory_gb(function: Resource) -> float:
    return float(function.get("MemorySize") or 128) / 1024


def _architecture(function: Resource) -> str:
    return str((function.get("Architectures") or ["x86_64"])[0])


def bus_lines(usage: Usage, bus: Resource) -> Iterator[Line | Unpriced]:
    """One event for each transition; deliveries by rules within one account cost nothing more."""
    note = "one each webhook, at most"
    line = _published_line(usage, bus, contract.ENV_EVENT_BUS, "events", "events.custom_event", note)
    yield line or unpriced(bus, "who publishes there is not known")


def topic_lines(usage: Usage, topic: Resource) -> Iterator[Line | Unpriced]:
    """Publications by the notification handler. The price of a delivery depends on its protocol."""
    note = "one each webhook; more at high value"
    line = _published_line(usage, topic, contract.ENV_NOTIFICATIONS_TOPIC, "published", "sns.publish", note)
    yield line or unpriced(topic, "alarms and payments of high value: no count is known")
    if line:
        yield unpriced(topic, "deliveries: none to a queue or function, 0.60 USD a million by HTTPS")


def _published_line(
    usage: Usage, target: Resource, variable: str, item: str, price: str, note: str
) -> Line | None:
    """A line for what the functions publish whose variable names `target`; None when there is no such function."""
    items = [
        usage.load.items(consumer)
        for consumer in usage.deployment.consumers
        if usage.deployment.environment_resource(consumer.worker, variable) == target
    ]
    return usage.line(target, item, MILLION * sum(items), price, note=note) if items else None


def alarm_lines(usage: Usage, alarm: Resource) -> Iterator[Line | Unpriced]:
    """By the metric: an alarm on an expression is paid for each metric in it."""
    metrics = sum("MetricStat" in query for query in alarm.get("Metrics") or ())
    yield usage.line(alarm, "metrics watched", metrics or 1, "cloudwatch.alarm_metric", Span.MONTH)


def endpoint_lines(usage: Usage, endpoint: Resource) -> Iterator[Line | Unpriced]:
    """In each zone; an endpoint by routes (S3, DynamoDB) costs nothing."""
    if endpoint.get("VpcEndpointType") == "Interface":
        hours = HOURS_PER_MONTH * len(endpoint.get("SubnetIds"))
        yield usage.line(endpoint, "interface in a zone", hours, "network.endpoint_hour", Span.MONTH)
        yield unpriced(endpoint, "0.01 USD for each GB through it")


def flow_log_lines(usage: Usage, log: Resource) -> Iterator[Line | Unpriced]:
    yield unpriced(log, "0.50 USD for each GB of flows, as many as connections are made")


PRICED: Final[dict[str, Pricing]] = {
    API_STAGE: stage_lines,
    BUCKET: bucket_lines,
    FUNCTION: function_lines,
    PIPE: pipe_lines,
    QUEUE: queue_lines,
    SCHEDULE: schedule_lines,
    STATE_MACHINE: state_machine_lines,
    TABLE: table_lines,
    "AWS::CloudWatch::Alarm": alarm_lines,
    "AWS::CloudWatch::Dashboard": monthly("dashboard", "cloudwatch.dashboard"),
    "AWS::EC2::EIP": monthly("public address", "network.address_hour", HOURS_PER_MONTH),
    "AWS::EC2::FlowLog": flow_log_lines,
    "AWS::EC2::NatGateway": monthly(
        "NAT gateway",
        "network.nat_hour",
        HOURS_PER_MONTH,
        "0.045 USD for each GB through it, and the way out to the internet",
    ),
    "AWS::EC2::VPCEndpoint": endpoint_lines,
    "AWS::Events::EventBus": bus_lines,
    "AWS::KMS::Key": key_lines,
    "AWS::Lambda::Alias": provisioned_lines,
    "AWS::Lambda::Version": provisioned_lines,
    "AWS::Logs::MetricFilter": monthly("metric", "cloudwatch.metric"),
    "AWS::SNS::Topic": topic_lines,
    "AWS::SecretsManager::Secret": monthly("secret", "secrets.secret"),
    "AWS::WAFv2::WebACL": web_acl_lines,
}

_OF_NO_RESOURCE: Final = (
    Unpriced("every function", FUNCTION, "cold starts: how many depends on the traffic's shape"),
    Unpriced("every function", FUNCTION, "metrics in embedded format, 0.30 USD each a month"),
    Unpriced("api/Stage", API_STAGE, "answers are data out to the internet; a few hundred bytes each"),
    Unpriced("every resource", "", "retries, failures, replays, and what operators ask and search"),
)


def price_deployment(usage: Usage) -> Bill:
    """The bill of every resource of the deployment. Raises KeyError when the price list lacks a price."""
    entries = list(_entries(usage))
    return make_bill([*entries, *_canary_lines(usage, make_bill(entries)), *_OF_NO_RESOURCE])


def _canary_lines(usage: Usage, of_webhooks: Bill) -> Iterator[Line]:
    """What the canary sends goes the way of all webhooks, though not to the ledger; so this is the most."""
    for function in usage.deployment.of_type(FUNCTION):
        calls = usage.calls(function)
        if calls is not None and snake_case_name(function) == CANARY.folder:
            yield usage.line(function, "metrics", CANARY_METRICS, "cloudwatch.metric", Span.MONTH)
            usd = of_webhooks.total(Span.WEBHOOKS)
            webhook = replace(
                usage.prices["lambda.request"], name="canary.webhook", usd=usd, per=MILLION, unit="webhook"
            )
            note = "as any other webhook; at most"
            yield Line(str(function), "its webhooks", calls.month, webhook, Span.MONTH, note)


def _entries(usage: Usage) -> Iterator[Line | Unpriced]:
    for resource in usage.deployment.resources:
        if resource.type in PRICED:
            yield from PRICED[resource.type](usage, resource)
        elif resource.type not in usage.prices.free_types:
            yield unpriced(resource, "no price is known for its type")
