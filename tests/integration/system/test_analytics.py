"""What webhooks changed in the deployed system, counted once: against the ledger, and when its records come again."""

import json
import random
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payment_webhooks.analytics.counted_effects import Sums, Tally
from payment_webhooks.money import decimal_string
from stacks.function_catalogue import ANALYTICS_PROCESSOR
from tests.integration.system.test_webhooks import EVENTS, in_house_event, stripe_event
from tests.support.library.analytics_records import effect, record
from tests.support.library.events import new_paypal_capture
from tests.support.library.transactions import client_of
from tests.support.system.analytics_totals import counted_totals, ledger_totals, of_all_hours
from tests.support.system.system import System, body_of, wait_for

SEED = 20261121
MADE_UP = "2001-01-01T00"
# Webhooks are counted when they are recorded.
AROUND_NOW = {
    name: f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" for name, days in (("from", -1), ("to", 2))
}


def square_event() -> dict[str, Any]:
    text = (EVENTS / "square" / "payment_updated_jpy.json").read_text()
    event: dict[str, Any] = json.loads(text)
    event["event_id"] = str(uuid.uuid4())
    payment = event["data"]["object"]["payment"]
    payment["id"] = event["data"]["id"] = uuid.uuid4().hex[:22]
    return event


@pytest.fixture(scope="module")
def totals(system: System) -> Sums:
    """Of everything that the session has sent, once this module's webhooks are applied and counted."""
    before = payments_of(ledger_totals(system))
    events = [("stripe", body_of(stripe_event())) for _ in range(4)]
    events += [("square", body_of(square_event())) for _ in range(3)]
    events += [("paypal", body_of(new_paypal_capture())) for _ in range(3)]
    events += [("internal", body_of(in_house_event())) for _ in range(3)]
    events += [("internal", body_of(in_house_event() | {"currency": "KWD", "status": "failed"}))]
    events += [("internal", body_of(in_house_event() | {"amount_minor": 0}))]
    sent = events + events[::2]  # every other one twice
    random.Random(SEED).shuffle(sent)
    for endpoint, body in sent:
        assert system.send(endpoint, body).status_code == 200
    wanted = before + len(events)
    wait_for(lambda: payments_of(ledger_totals(system)), lambda found: found >= wanted)
    return settled(system)


def payments_of(totals: Sums) -> int:
    return sum(tally.payments for tally in totals.values())


def settled(system: System) -> Sums:
    """The counters once they are what the ledger says; what is counted twice never is."""
    found, _ = wait_for(
        lambda: (counted(system, sent=True), ledger_totals(system)),
        lambda pair: of_all_hours(pair[0]) == pair[1],
    )
    return found


def counted(system: System, sent: bool) -> Sums:
    """Counters of webhooks that were sent, or of records that were made up, in an hour that none is of."""
    return {each: tally for each, tally in counted_totals(system).items() if (each.hour == MADE_UP) != sent}


def test_counters_are_what_the_ledger_says(system: System, totals: Sums) -> None:
    assert settled(system)
    ours = {(each.provider, each.currency): each for each in totals}
    assert {("square", "JPY"), ("internal", "KWD"), ("internal", "EUR"), ("stripe", "USD")} <= ours.keys()
    paypal = [tally for each, tally in totals.items() if each.provider == "paypal"]
    assert sum(tally.captured_unconfirmed_minor for tally in paypal) >= 3


def test_counters_of_all_time_are_the_states_of_all_payments(system: System, totals: Sums) -> None:
    """Run before any record is made up, and again when one was."""
    arguments = ("analytics.py", "--suffix", system.suffix, "--local", "--reconcile")
    done = system.run(*arguments, "--json")
    assert done.exit_code == 0, done.text
    found = json.loads(done.stdout)
    assert (found["equal"], found["differences"]) == (True, [])
    assert found["payments"] >= payments_of(totals) > 0
    assert found["counters"] >= len(totals)
    assert "reading both tables whole" in done.stderr
    assert "all sums are equal" in system.run(*arguments).stdout


def test_records_that_come_again_in_other_groups_count_for_nothing(system: System, totals: Sums) -> None:
    records = stream_records(system)
    assert len([each for each in records if each["eventName"] == "INSERT"]) > 2 * len(totals)
    shuffled = random.Random(SEED).sample(records, len(records))
    for batch in (records, *(shuffled[start : start + 7] for start in range(0, len(shuffled), 7))):
        assert invoke(system, batch) == {"batchItemFailures": []}
    assert settled(system)


def test_batches_that_overlap_at_the_same_time_count_each_effect_once(system: System) -> None:
    run = uuid.uuid4().hex
    records = [
        record(number, told=effect(hour=MADE_UP), transaction_id=f"{run}:{number}") for number in range(300)
    ]
    before = payments_of(counted(system, sent=False))
    batches = [records[start : start + 100] for start in range(0, 201, 20)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda batch: invoke(system, batch), batches))
    assert answers == [{"batchItemFailures": []}] * len(batches)
    assert payments_of(counted(system, sent=False)) - before == 300
    done = system.run("analytics.py", "--suffix", system.suffix, "--local", "--reconcile", "--json")
    assert done.exit_code == 1, done.text  # the ledger has no such payments
    assert {(each["status"], each["measure"]) for each in json.loads(done.stdout)["differences"]} == {
        ("succeeded", "payments"),
        ("succeeded", "captured_minor"),
    }


def test_a_record_that_cannot_be_read_is_kept_and_stops_nothing(system: System, totals: Sums) -> None:
    found = next(each for each in stream_records(system) if "effect" in each["dynamodb"].get("NewImage", {}))
    found["dynamodb"]["NewImage"]["effect"] = {"S": f"never-{uuid.uuid4().hex}"}
    assert invoke(system, [found]) == {"batchItemFailures": []}
    objects = system.client("s3").list_objects_v2(
        Bucket=system.names.failures_bucket, Prefix="unreadable/analytics-processor/"
    )["Contents"]
    kept = [
        json.loads(
            system.client("s3")
            .get_object(Bucket=system.names.failures_bucket, Key=each["Key"])["Body"]
            .read()
        )
        for each in objects
    ]
    assert {"Records": [found]} in kept
    assert settled(system)


def invoke(system: System, records: Sequence[dict[str, Any]]) -> Any:
    answer = system.client("lambda").invoke(
        FunctionName=system.names.function(ANALYTICS_PROCESSOR.folder),
        Payload=json.dumps({"Records": records}),
    )
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def stream_records(system: System) -> list[dict[str, Any]]:
    """All that the ledger's stream holds, in the form in which Lambda gets it."""
    arn = system.client("dynamodb").describe_table(TableName=system.names.transactions_table)["Table"][
        "LatestStreamArn"
    ]
    streams = system.client("dynamodbstreams")
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            if not page["Records"]:
                break
            found += page["Records"]
            iterator = page.get("NextShardIterator")
    return json.loads(json.dumps(found, default=_seconds))  # type: ignore[no-any-return]


def _seconds(value: datetime) -> float:
    return value.astimezone(UTC).timestamp()


def test_the_api_answers_who_signs(system: System, totals: Sums) -> None:
    client = client_of(system)
    query = {**AROUND_NOW, "group_by": "currency,status"}
    answer = client.get("/analytics", query)
    assert answer.status == 200
    found = {
        (group["currency"], group["status"]): (
            each["payments"],
            each["net_minor"],
            each["amounts"].get("net"),
        )
        for group in answer.document["groups"]
        for each in group["sums"]
    }
    ours: dict[tuple[str | None, str], Tally] = {}
    for each, tally in settled(system).items():
        key = each.currency, each.status
        ours[key] = ours.get(key, Tally()).plus(tally)
    assert found == {
        key: (tally.payments, tally.net_minor, key[0] and decimal_string(tally.net_minor, key[0]))
        for key, tally in ours.items()
        if any(tally)
    }
    refused = client.get("/analytics", {"from": "yesterday"})
    assert (refused.status, refused.document["error"]) == (400, "invalid_request")
    assert refused.document["message"].startswith("from: a whole hour in UTC")
    assert system.get_from(client.url("/analytics")).status_code == 403


def test_the_script_tells_the_same(system: System, totals: Sums) -> None:
    there = ["--suffix", system.suffix, "--local"]
    there += [word for name, hour in AROUND_NOW.items() for word in (f"--{name}", hour)]
    done = system.run("analytics.py", *there, "--group-by", "provider,status", "--json")
    assert done.exit_code == 0, done.text
    ours: Counter[tuple[str, str]] = Counter()
    for each, tally in settled(system).items():
        ours[each.provider, each.status] += tally.payments
    found = json.loads(done.stdout)["groups"]
    assert {(group["provider"], group["status"]): group["payments"] for group in found} == {**ours}
    done = system.run("analytics.py", *there)
    assert done.exit_code == 0, done.text
    assert "█" in done.stdout
    done = system.run("analytics.py", "--suffix", "absent", "--local")
    assert done.exit_code == 2
    assert "table-analytics-absent" in done.stderr
