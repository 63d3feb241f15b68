"""What waits is found by what its body tells, each part of a question holds, and what can't be read is named."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from payment_webhooks.transaction_api.listing import Days
from scripts.operations.find.question import Question
from scripts.operations.find.search import Hit, Search
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER

NAMES: Any = SimpleNamespace(inbox_table=INBOX, transactions_table=LEDGER, payload_bucket="payloads")
PAYMENT = {
    "id": "order-17",
    "type": "payment",
    "status": "succeeded",
    "created_at": "2026-11-21T09:00:00Z",
    "transaction_id": "T-17",
    "amount_minor": 12500,
    "currency": "EUR",
    "customer_id": "C-4711",
    "livemode": False,
}
LIVE = {"id": "order-18", "transaction_id": "T-18", "customer_id": "C-4712", "livemode": True}


def body(**changes: Any) -> bytes:
    return json.dumps({**PAYMENT, **changes}).encode()


class Indexed:
    """The tables of a receiver and a processor, with the indexes that the fake has not."""

    def __init__(self, processing: Processing) -> None:
        self.dynamodb = processing.dynamodb

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "BatchGetItem":
            asked = {
                table: {**keys, "ConsistentRead": True} for table, keys in parameters["RequestItems"].items()
            }
            return self.dynamodb(operation, {"RequestItems": asked})
        if "IndexName" not in parameters:
            return self.dynamodb(operation, {**parameters, "ConsistentRead": True})
        name, value = re.findall(r"([#:]\w+)", parameters["KeyConditionExpression"])[:2]
        attribute = parameters["ExpressionAttributeNames"][name]
        wanted = parameters["ExpressionAttributeValues"][value]
        items = self.dynamodb.items(parameters["TableName"])
        return {"Items": [item for item in items if item.get(attribute) == wanted]}


def search(processing: Processing, s3: Any = None, **parts: Any) -> tuple[list[Hit], Search]:
    days = Days(date(2026, 11, 20), date(2026, 11, 21))
    found = Search(NAMES, Indexed(processing), s3, Question(days, has_days=False, **parts), lambda _: None)
    return list(found.in_tables()), found


def ids(processing: Processing, **parts: Any) -> list[tuple[str, str]]:
    return [(hit.place, hit.id) for hit in search(processing, **parts)[0]]


@pytest.fixture(scope="module")
def processing() -> Processing:
    """One that is processed, one that is pending, one that waits as live money came to a test endpoint, one that can't
    be read."""
    found = Processing()
    found.process(found.store("internal", body()))
    found.store("internal", body(id="order-19", transaction_id="T-19", amount_minor=999))
    found.store("internal", body(**LIVE))
    found.store("internal", b'{"id": "cut off')
    return found


@pytest.mark.parametrize(
    "parts",
    [
        {"amount": Decimal("125.00")},
        {"amount": Decimal("125"), "currency": "EUR", "place": "inbox", "status": "unexpected"},
        {"transaction": "T-18"},
        {"customer": "internal:C-4712"},
        {"event": "order-18", "amount": Decimal("125")},
    ],
)
def test_money_that_waits_is_found_by_what_its_body_tells(
    processing: Processing, parts: dict[str, Any]
) -> None:
    hits, _ = search(processing, **parts)
    waits = [hit for hit in hits if hit.place == "inbox"]
    assert [(hit.id, hit.status, hit.amount) for hit in waits] == [
        ("internal:order-18", "unexpected", "125.00 EUR")
    ]


def test_what_is_pending_is_found_too() -> None:
    found = Processing()
    found.store("internal", body())
    assert ids(found, amount=Decimal("125.00")) == [("inbox", "internal:order-17")]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"transaction": "T-17"}, [("ledger", "internal:T-17"), ("inbox", "internal:order-17")]),
        ({"transaction": "T-17", "amount": Decimal("99")}, []),
        ({"transaction": "T-17", "status": "failed"}, []),
        ({"transaction": "T-17", "place": "inbox"}, [("inbox", "internal:order-17")]),
        ({"event": "order-17", "amount": Decimal("99999")}, []),
        ({"event": "order-17", "status": "failed"}, []),
        ({"event": "order-17", "transaction": "T-17"}, [("inbox", "internal:order-17")]),
        ({"event": "order-17", "transaction": "T-18"}, []),
        ({"customer": "C-4712", "currency": "USD"}, []),
    ],
)
def test_each_part_of_a_question_holds(
    processing: Processing, parts: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert ids(processing, **parts) == found


def test_what_waits_and_can_not_be_read_is_named() -> None:
    found = Processing()
    found.store("internal", b'{"id": "cut off')
    hits, done = search(found, amount=Decimal("125"))
    assert (hits, [each.why for each in done.unsearched]) == ([], ["body_not_json"])
    assert [hit.status for hit in search(found, status="quarantined")[0]] == ["quarantined"]


@pytest.mark.parametrize(
    ("code", "why"), [("NoSuchKey", "its body is gone: s3://payloads/"), ("AccessDenied", "AccessDenied")]
)
def test_a_body_that_is_gone_is_named_and_the_others_are_searched(code: str, why: str) -> None:
    found = Processing()
    found.store("internal", body(id="order-16", note="x" * 350_000))
    found.store("internal", body())
    s3: Any = boto3.client("s3", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    with Stubber(s3) as stubber:
        stubber.add_client_error("get_object", code)
        hits, done = search(found, s3, text="order-")
        stubber.add_client_error("get_object", code)
        shown, _ = search(found, s3, event="order-16", with_bodies=True)
    assert [hit.id for hit in hits] == ["internal:order-17"]
    assert [(each.id, why in each.why) for each in done.unsearched] == [("internal:order-16", True)]
    assert [(hit.id, hit.body) for hit in shown] == [("internal:order-16", None)]


def test_of_what_was_erased_it_is_said_when_and_under_which_ticket() -> None:
    found = Processing()
    keys = found.store("internal", body())
    found.dynamodb.set(INBOX, keys, "erased_at", {"S": "2026-11-22T08:00:00.000000Z"})
    found.dynamodb.set(INBOX, keys, "erasure_ticket", {"S": "OPS-4711"})
    (hit,) = search(found, event="order-17")[0]
    assert hit.erased == "personal data erased on 2026-11-22, ticket OPS-4711"


def test_a_webhook_of_the_ledgers_rows_is_one_of_its_payment_and_shown_once() -> None:
    found = Processing()
    keys = found.store("internal", body())
    found.process(keys)
    another_id = {"S": body(transaction_id="T-of-the-order").decode()}
    cut_off = {"S": '{"id": "cut off'}
    for name, value in {
        "status": {"S": "failed"},
        "attention_shard": {"S": "failed#0"},
        "payload": another_id,
    }.items():
        found.dynamodb.set(INBOX, keys, name, value)
    both = [("ledger", "internal:T-17"), ("inbox", "internal:order-17")]
    assert ids(found, transaction="T-17", amount=Decimal("125")) == both
    found.dynamodb.set(INBOX, keys, "payload", cut_off)
    assert ids(found, transaction="T-17") == both  # its body is not needed
