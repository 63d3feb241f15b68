"""Transitions of the deployed system, counted once: against the ledger, and when their records come again."""

import json
import random
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from payment_webhooks.analytics.transitions import Bucket, Tally
from payment_webhooks.money import decimal_string
from stacks.function_catalogue import ANALYTICS_PROCESSOR
from tests.integration.system.test_webhooks import EVENTS, in_house_event, stripe_event
from tests.support.library.analytics_records import record
from tests.support.library.transactions import client_of
from tests.support.system.analytics_totals import by_state, counted_totals, true_totals
from tests.support.system.system import System, body_of, wait_for

SEED = 20261121
MADE_UP = "2001-01-01T00"


def square_event() -> dict[str, Any]:
    text = (EVENTS / "square" / "payment_updated_jpy.json").read_text()
    event: dict[str, Any] = json.loads(text)
    event["event_id"] = str(uuid.uuid4())
    payment = event["data"]["object"]["payment"]
    payment["id"] = event["data"]["id"] = uuid.uuid4().hex[:22]
    return event


def paypal_event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / "paypal" / "capture_completed_published.json").read_text())
    event["id"] = f"WH-{uuid.uuid4().hex.upper()}"
    event["resource"]["id"] = uuid.uuid4().hex[:17].upper()
    return event


@pytest.fixture(scope="module")
def totals(system: System) -> dict[Bucket, Tally]:
    """Of everything that the session has sent, once this module's webhooks are applied and counted."""
    before = sum(by_state(true_totals(system)).values())
    events = [("stripe", body_of(stripe_event())) for _ in range(4)]
    events += [("square", body_of(square_event())) for _ in range(3)]
    events += [("paypal", body_of(paypal_event())) for _ in range(3)]
    events += [("internal", body_of(in_house_event())) for _ in range(3)]
    events += [("internal", body_of(in_house_event() | {"currency": "KWD", "status": "failed"}))]
    events += [("internal", body_of(in_house_event() | {"amount_minor": 0}))]
    sent = events + events[::2]  # every other one twice
    random.Random(SEED).shuffle(sent)
    for endpoint, body in sent:
        assert system.send(endpoint, body).status_code == 200
    wanted = before + len(events)
    wait_for(lambda: true_totals(system), lambda found: sum(by_state(found).values()) >= wanted)
    return settled(system)


def settled(system: System) -> dict[Bucket, Tally]:
    """The counters once they are what the ledger says; what is counted twice never is."""
    found, _ = wait_for(
        lambda: (counted(system, sent=True), true_totals(system)), lambda pair: pair[0] == pair[1]
    )
    return found


def counted(system: System, sent: bool) -> dict[Bucket, Tally]:
    """Counters of webhooks that were sent, or of records that were made up, in an hour that none is of."""
    return {each: tally for each, tally in counted_totals(system).items() if (each.hour == MADE_UP) != sent}


def test_counters_are_what_the_ledger_says(system: System, totals: dict[Bucket, Tally]) -> None:
    assert settled(system)
    ours = {(each.provider, each.currency): each for each in totals}
    assert {("square", "JPY"), ("internal", "KWD"), ("internal", "EUR"), ("stripe", "USD")} <= ours.keys()
    assert sum(tally.unconfirmed for each, tally in totals.items() if each.provider == "paypal") >= 3


def test_records_that_come_again_in_other_groups_count_for_nothing(
    system: System, totals: dict[Bucket, Tally]
) -> None:
    records = stream_records(system)
    assert len([each for each in records if each["eventName"] == "INSERT"]) > 2 * len(totals)
    shuffled = random.Random(SEED).sample(records, len(records))
    for batch in (records, *(shuffled[start : start + 7] for start in range(0, len(shuffled), 7))):
        assert invoke(system, batch) == {"batchItemFailures": []}
    assert settled(system)


def test_batches_that_overlap_at_the_same_time_count_each_transition_once(system: System) -> None:
    run = uuid.uuid4().hex
    records = [
        record(number, transaction_id=f"{run}:{number}", occurred_at=f"{MADE_UP}:00:00.000000Z")
        for number in range(300)
    ]
    before = sum((tally.transitions for tally in counted(system, sent=False).values()), 0)
    batches = [records[start : start + 100] for start in range(0, 201, 20)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda batch: invoke(system, batch), batches))
    assert answers == [{"batchItemFailures": []}] * len(batches)
    after = sum((tally.transitions for tally in counted(system, sent=False).values()), 0)
    assert after - before == 300


def test_a_record_that_cannot_be_read_is_kept_and_stops_nothing(
    system: System, totals: dict[Bucket, Tally]
) -> None:
    found = next(each for each in stream_records(system) if "transition#" in json.dumps(each))
    found["dynamodb"]["NewImage"]["occurred_at"] = {"S": f"never-{uuid.uuid4().hex}"}
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


def test_the_api_answers_who_signs(system: System, totals: dict[Bucket, Tally]) -> None:
    client = client_of(system)
    query = {"from": "2026-11-20", "to": "2026-11-23", "group_by": "currency,meaning"}
    answer = client.get("/analytics", query)
    assert answer.status == 200
    within = [
        (each, tally) for each, tally in settled(system).items() if "2026-11-20" <= each.hour < "2026-11-23"
    ]
    found = {
        (group["currency"], group["meaning"]): (group["transitions"], each["amount_minor"], each["amount"])
        for group in answer.document["groups"]
        for each in group["sums"]
    }
    assert found.keys() == {(each.currency, each.meaning) for each, _ in within}
    for (currency, meaning), (transitions, amount_minor, amount) in found.items():
        ours = [tally for each, tally in within if (each.currency, each.meaning) == (currency, meaning)]
        assert transitions == sum(tally.transitions for tally in ours)
        assert amount_minor == sum(tally.amount_minor for tally in ours)
        assert amount == decimal_string(amount_minor, currency)
    refused = client.get("/analytics", {"from": "yesterday"})
    assert (refused.status, refused.document["error"]) == (400, "invalid_request")
    assert refused.document["message"].startswith("from: a whole hour in UTC")
    assert system.get_from(client.url("/analytics")).status_code == 403


def test_the_script_tells_the_same(system: System, totals: dict[Bucket, Tally]) -> None:
    there = ("--suffix", system.suffix, "--local", "--from", "2026-11-20", "--to", "2026-11-23")
    done = system.run("analytics.py", *there, "--group-by", "provider,state", "--json")
    assert done.exit_code == 0, done.text
    found = json.loads(done.stdout)
    within = {
        each: tally for each, tally in settled(system).items() if "2026-11-20" <= each.hour < "2026-11-23"
    }
    assert within
    assert {(group["provider"], group["state"]): group["transitions"] for group in found["groups"]} == {
        (provider, state): sum(
            tally.transitions
            for each, tally in within.items()
            if (each.provider, each.state) == (provider, state)
        )
        for provider, state in {(each.provider, each.state) for each in within}
    }
    done = system.run("analytics.py", *there)
    assert done.exit_code == 0, done.text
    assert "█" in done.stdout
    done = system.run("analytics.py", "--suffix", "absent", "--local")
    assert done.exit_code == 2
    assert "table-analytics-absent" in done.stderr
