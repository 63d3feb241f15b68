"""The list of payouts, read from a ledger with the indexes of the template."""

import json
from datetime import date
from typing import Any

from payment_webhooks.aws.dynamodb_table import MOST_KEYS
from payment_webhooks.ledger.indexes import LedgerIndexes
from payment_webhooks.ledger.writer import LedgerWriter
from scripts.operations.transactions.payouts import payouts_of
from tests.support.library.events import changed, event_body
from tests.support.library.ledger import payment_event, row_of
from tests.support.library.providers import normalise
from tests.support.library.receiving import LEDGER, TABLES
from tests.support.second_engine.dynamodb import second_dynamodb

FIRST, LAST = date(2025, 10, 9), date(2025, 10, 10)


def never(attempts: int) -> None:
    raise AssertionError("nothing is left unread")


def writer(dynamodb: Any) -> LedgerWriter:
    return LedgerWriter(
        dynamodb, LEDGER, lambda: "2025-10-10T00:00:00.000000Z", lambda _: None, lambda *_: False
    )


def stripe(number: int, status: str, created: int, day: int = 0) -> bytes:
    changes = {"id": f"evt_{number}_{status}", "created": created, "data.object.status": status}
    arrival = 1_760_054_400 + day * 86_400
    payout = {"data.object.id": f"po_{number}", "data.object.arrival_date": arrival}
    return changed("stripe/payout_paid", {**changes, **payout, "type": f"payout.{status}"})


def test_each_payout_is_listed_once_with_what_it_has_come_to_and_no_payment_is() -> None:
    dynamodb = second_dynamodb(TABLES)
    ledger = writer(dynamodb)
    ledger.append(row_of(payment_event("succeeded", 500)))
    bodies = [
        ("stripe", stripe(1, "paid", 1_759_990_061)),
        ("stripe", stripe(1, "failed", 1_760_076_461)),  # a day later: it is of the day on which it began
        ("stripe", stripe(2, "paid", 1_760_076_400, day=1)),
        ("stripe", stripe(3, "paid", 1_760_186_461)),  # of a later day
        ("paypal", event_body("paypal/payouts_item_unclaimed")),
        ("square", event_body("square/payout_sent_published")),  # of 1970
    ]
    for provider, body in bodies:
        ledger.append(row_of(normalise(provider, body)))
    listed = payouts_of(LedgerIndexes(dynamodb, LEDGER, never), FIRST, LAST)
    assert [(each["payout_id"], each["status"], each["amount"]) for each in listed] == [
        ("po_2", "paid", "1234.00"),
        ("C9K5LFQ3E8P7W", "in_transit", "1.00"),
        ("po_1", "failed", "1234.00"),
    ]
    assert [each["arrival_date"] for each in listed] == ["2025-10-11", None, "2025-10-10"]
    assert [each["amount_meaning"] for each in listed] == ["paid_out", "sent", "paid_out"]
    assert listed[0]["transaction_id"] == "stripe:po_2"
    assert json.loads(json.dumps(listed)) == listed


def test_more_than_one_call_takes_are_all_read() -> None:
    dynamodb = second_dynamodb(TABLES)
    ledger = writer(dynamodb)
    for number in range(MOST_KEYS + 5):
        ledger.append(row_of(normalise("stripe", stripe(number, "paid", 1_759_990_061))))
    assert len(payouts_of(LedgerIndexes(dynamodb, LEDGER, never), FIRST, LAST)) == MOST_KEYS + 5
