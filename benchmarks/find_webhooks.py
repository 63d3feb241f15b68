"""Searches of `find` over many inbox rows: time, and read units, said before and taken.

    python benchmarks/find_webhooks.py [--webhooks 100000]

The webhooks are Stripe's of 1.7 KB, evenly over thirty days; one in a thousand has failed, the rest is processed, and
one body has the text that is looked for. DynamoDB is a stub in another process (stub_dynamodb.py says what it takes and
how it counts units); the rows are as the receiver's code makes them.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import boto3
from project_imports import ROOT
from stub_dynamodb import Item, size_of, stub_dynamodb

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.inbox.items import Delivery, Webhook, build_item
from payment_webhooks.inbox.payloads import StoredBody
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention
from payment_webhooks.transaction_api.listing import Days
from scripts.command_line.boto3_api import client_api
from scripts.operations.find.capacity import Meter
from scripts.operations.find.plan import plan
from scripts.operations.find.question import INBOX, Question
from scripts.operations.find.search import Search
from stacks.names import Names

DAYS: Final = 30
FIRST: Final = datetime(2026, 10, 1, tzinfo=UTC)
LAST: Final = date(2026, 10, DAYS)
FAILED_EVERY: Final = 1000
NEEDLE: Final = "ticket-4711-needle"
# Of status, reason and what waits or is done; each has one more where it is set.
NOT_OPEN: Final = (contract.PENDING_SHARD, contract.PENDING_SINCE)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--webhooks", type=int, default=100_000)
    arguments = parser.parse_args()
    definition = json.loads((ROOT / "output/data.template.json").read_text())["Resources"]["InboxTable"]
    items = list(webhooks(arguments.webhooks))
    described = description(definition["Properties"], items)
    with stub_dynamodb(definition["Properties"], items) as url:
        found = [measured(url, described, *each) for each in questions(arguments.webhooks)]
    print(json.dumps(found, indent=2))
    return 0


def questions(count: int) -> Iterator[tuple[str, Question, int]]:
    """Each with its name and how many it must find."""
    month, day = Days(FIRST.date(), LAST), Days(date(2026, 10, 15), date(2026, 10, 15))
    yield "one event id, four endpoints", Question(month, False, event=event_id(count // 2)), 1
    yield "failed, thirty days", Question(month, False, INBOX, status="failed"), count // FAILED_EVERY
    of_a_day = count // DAYS - sum(
        number % FAILED_EVERY == 0 for number in range(count) if instant(number, count).day == 15
    )
    yield "processed, one day", Question(day, False, INBOX, status="processed"), of_a_day
    yield "a text, one day", Question(day, False, text=NEEDLE), 1
    yield "a text, thirty days", Question(month, False, text=NEEDLE), 1


def measured(
    url: str, described: Mapping[str, Any], name: str, question: Question, wanted: int
) -> dict[str, Any]:
    session = boto3.Session("test", "test", region_name="us-east-1")
    meter = Meter(None)
    api = meter.measured(client_api(session.client("dynamodb", endpoint_url=url)))
    search = Search(Names("bench", "0", "us-east-1"), api, session.client("s3"), question, print)
    started = time.perf_counter()
    hits = list(search.in_tables())
    seconds = time.perf_counter() - started
    if abs(len(hits) - wanted) > 1:  # of a day: the last webhook may be of the next
        raise SystemExit(f"{name}: {len(hits)} found, not {wanted}")
    estimated = plan(question, described, described, FIRST + timedelta(days=DAYS)).units
    return {
        "what": name,
        "found": len(hits),
        "seconds": round(seconds, 2),
        "read_units": meter.units,
        "estimated": round(estimated),
    }


def event_id(number: int) -> str:
    return f"evt_{number:024}"


def instant(number: int, count: int) -> datetime:
    return FIRST + timedelta(days=DAYS) * (number / count)


def webhooks(count: int) -> Iterator[Item]:
    body = (ROOT / "tests/events/stripe/pi_succeeded.json").read_text()
    for number in range(count):
        at = f"{instant(number, count):%Y-%m-%dT%H:%M:%S.%fZ}"
        fingerprint = hashlib.sha256(str(number).encode()).hexdigest()
        is_failed = number % FAILED_EVERY == 0
        status = contract.STATUS_FAILED if is_failed else contract.STATUS_PROCESSED
        webhook = Webhook(
            "stripe",
            "stripe",
            event_id(number),
            "payment_intent.succeeded",
            at,
            True,
            status,
            None,
            fingerprint,
        )
        has_it = instant(number, count).day == 15 and instant(max(0, number - 1), count).day == 14
        payload = body.replace("}", f', "note": "{NEEDLE}"}}', 1) if has_it else body
        delivery = Delivery(
            "key-1", "192.0.2.7", "Root=1-5759e988-bd862e3fe1be46a994272793", at, len(payload)
        )
        item = build_item(webhook, delivery, StoredBody(payload, None, fingerprint))
        waits = attention(status, webhook.webhook_id, at)
        done = {"processed_at": at, contract.ARCHIVE_SHARD: archive_shard(status, webhook.webhook_id, at)}
        yield {
            name: value for name, value in (item | item_of({**waits, **done})).items() if name not in NOT_OPEN
        }


def description(definition: Mapping[str, Any], items: list[Item]) -> dict[str, Any]:
    """As DescribeTable would say it of these rows."""
    indexes = []
    for index in definition["GlobalSecondaryIndexes"]:
        keys = {each["AttributeName"] for each in (*definition["KeySchema"], *index["KeySchema"])}
        names = keys | set(index["Projection"].get("NonKeyAttributes", ()))
        held = [item for item in items if keys <= item.keys()]
        size = sum(size_of({name: item[name] for name in names if name in item}) for item in held)
        indexes.append({"IndexName": index["IndexName"], "ItemCount": len(held), "IndexSizeBytes": size})
    return {
        "ItemCount": len(items),
        "TableSizeBytes": sum(map(size_of, items)),
        "CreationDateTime": FIRST,
        "GlobalSecondaryIndexes": indexes,
    }


if __name__ == "__main__":
    raise SystemExit(main())
