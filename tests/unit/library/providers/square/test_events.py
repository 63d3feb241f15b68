"""Square: every type that is read, and bodies that make no sense."""

from typing import Any

import pytest

from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.errors import UnreadableEvent
from tests.support.library.events import REMOVED, changed, event_document
from tests.support.library.ledger import row_of, told_of
from tests.support.library.providers import normalise

PAYMENT, REFUND, DISPUTE = "payment_updated_completed", "refund_created_pending", "dispute_created"


def read(name: str, changes: dict[str, Any]) -> NormalisedEvent:
    return normalise("square", changed(f"square/{name}", changes))


@pytest.mark.parametrize("event_type", ["payment.created", "payment.updated"])
@pytest.mark.parametrize(
    ("square_status", "status", "meaning"),
    [
        ("APPROVED", "authorized", "authorized"),
        ("PENDING", "pending", "requested"),
        ("COMPLETED", "succeeded", "captured"),
        ("CANCELED", "canceled", "requested"),
        ("FAILED", "failed", "requested"),
    ],
)
def test_payments(event_type: str, square_status: str, status: str, meaning: str) -> None:
    event = read(PAYMENT, {"type": event_type, "data.object.payment.status": square_status})
    assert (event.object_kind, event.status, event.amount_meaning) == ("payment", status, meaning)


@pytest.mark.parametrize(
    ("refunded", "expected"),
    [
        (None, ("succeeded", 100, "captured", None, 0)),
        (0, ("succeeded", 100, "captured", None, 0)),
        (40, ("partially_refunded", 40, "refunded_total", 100, 40)),
        (100, ("refunded", 100, "refunded_total", 100, 100)),
    ],
)
def test_refunded_payments_stay_completed(
    refunded: int | None, expected: tuple[str, int, str, int | None, int]
) -> None:
    money = None if refunded is None else {"amount": refunded, "currency": "USD"}
    event = read(PAYMENT, {"data.object.payment.refunded_money": money})
    captured = event.captured_minor
    assert (
        event.status,
        event.amount_minor,
        event.amount_meaning,
        captured,
        event.refunded_total_minor,
    ) == expected


def test_only_a_completed_payment_is_read_as_refunded() -> None:
    refunded = {"data.object.payment.refunded_money": {"amount": 40, "currency": "USD"}}
    event = read(PAYMENT, refunded | {"data.object.payment.status": "CANCELED"})
    assert (event.status, event.amount_minor, event.refunded_total_minor) == ("canceled", 100, None)


def test_the_total_includes_the_tip() -> None:
    changes = {"data.object.payment.amount_money.amount": 100, "data.object.payment.total_money.amount": 120}
    assert read(PAYMENT, changes).amount_minor == 120
    assert read(PAYMENT, changes | {"data.object.payment.total_money": None}).amount_minor == 100


@pytest.mark.parametrize("event_type", ["refund.created", "refund.updated"])
@pytest.mark.parametrize(
    ("square_status", "status"),
    [
        ("PENDING", "pending"),
        ("APPROVED", "pending"),
        ("COMPLETED", "refunded"),
        ("REJECTED", "failed"),
        ("FAILED", "failed"),
    ],
)
def test_refunds(event_type: str, square_status: str, status: str) -> None:
    event = read(REFUND, {"type": event_type, "data.object.refund.status": square_status})
    assert (event.object_kind, event.status, event.amount_meaning) == ("refund", status, "refund")
    assert event.transaction_id == "KkAkhdMsgzn59SM8A89WgKwekxLZY"


def test_a_refund_of_no_payment_is_its_own_transaction() -> None:
    unlinked = {"data.object.refund.payment_id": REMOVED, "data.object.refund.unlinked": True}
    event = read(REFUND, unlinked)
    assert event.transaction_id == event.object_id


@pytest.mark.parametrize(
    "event_type",
    [
        "dispute.created",
        "dispute.state.updated",
        "dispute.state.changed",
        "dispute.evidence.created",
        "dispute.evidence.added",
        "dispute.evidence.deleted",
        "dispute.evidence.removed",
    ],
)
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("INQUIRY_EVIDENCE_REQUIRED", "inquiry"),
        ("INQUIRY_PROCESSING", "inquiry"),
        ("INQUIRY_CLOSED", "dispute_won"),
        ("EVIDENCE_REQUIRED", "disputed"),
        ("PROCESSING", "disputed"),
        ("WON", "dispute_won"),
        ("LOST", "dispute_lost"),
        ("ACCEPTED", "dispute_lost"),
        ("A_STATE_OF_NEXT_YEAR", "disputed"),
    ],
)
def test_disputes(event_type: str, state: str, status: str) -> None:
    event = read(DISPUTE, {"type": event_type, "data.object.dispute.state": state})
    assert (event.object_kind, event.status, event.amount_minor) == ("dispute", status, 8801)


def test_the_older_dispute_schema_is_read() -> None:
    dispute = event_document(f"square/{DISPUTE}")["data"]["object"]["dispute"]
    older = {name: value for name, value in dispute.items() if name != "id"} | {"dispute_id": "D-1"}
    event = read(DISPUTE, {"type": "dispute.state.changed", "data.object": {"object": older}})
    assert (event.object_id, event.status) == ("D-1", "disputed")


def told_disputes(*steps: dict[str, str]) -> list[str]:
    """The event ids of those that are told, of a dispute that is told in these steps."""
    events = [
        read(
            DISPUTE,
            {f"data.object.dispute.{name}": value for name, value in changes.items()}
            | {"event_id": str(number)},
        )
        for number, changes in enumerate(steps)
    ]
    return [told.row.event_id for told in told_of(*events)]


def test_the_chargeback_after_an_inquiry_is_told() -> None:
    assert told_disputes({"state": "INQUIRY_PROCESSING"}, {"state": "EVIDENCE_REQUIRED"}) == ["0", "1"]


def test_a_dispute_that_is_opened_again_is_told_again() -> None:
    first, second = ({"state": "EVIDENCE_REQUIRED"}, {"state": "PROCESSING"})
    again = {"state": "EVIDENCE_REQUIRED", "due_at": "2020-05-04T00:00:00.000Z"}
    assert told_disputes(first, second, again) == ["0", "2"]


@pytest.mark.parametrize(
    ("source_type", "flags"),
    [
        ("CASH", ("outside_provider",)),
        ("EXTERNAL", ("outside_provider",)),
        ("CARD", ()),
        ("BANK_ACCOUNT", ()),
    ],
)
def test_money_that_comes_in_no_payout_is_flagged(source_type: str, flags: tuple[str, ...]) -> None:
    state = fold([row_of(read(PAYMENT, {"data.object.payment.source_type": source_type}))])
    assert (state.captured_minor, state.flags) == (100, flags)


@pytest.mark.parametrize(
    ("name", "account", "provider_status", "created"),
    [
        (PAYMENT, "6SSW7HV8K2ST5:S8GWD5R9QB376", "COMPLETED", "2020-11-22T21:16:51.086000Z"),
        (REFUND, "6SSW7HV8K2ST5:NAQ1FHV6ZJ8YV", "PENDING", "2020-02-06T21:27:41.836000Z"),
        (DISPUTE, "0HPGX5JYE6EE1:VJDQQP3CG14EY", "EVIDENCE_REQUIRED", "2020-02-19T21:24:53.258000Z"),
    ],
)
def test_every_object_tells_its_location_its_status_and_its_beginning(
    name: str, account: str, provider_status: str, created: str
) -> None:
    event = read(name, {})
    assert (event.account, event.provider_status, event.object_created_at) == (
        account,
        provider_status,
        created,
    )


def test_without_a_location_the_account_is_the_merchant() -> None:
    assert read(PAYMENT, {"data.object.payment.location_id": REMOVED}).account == "6SSW7HV8K2ST5"


@pytest.mark.parametrize(
    ("amounts", "fee"),
    [([59], 59), ([59, -9], 50), ([-59], -59), ([], None), ([59, "9"], None), ([2**60], None)],
)
def test_the_fee_is_what_square_keeps_in_all(amounts: list[Any], fee: int | None) -> None:
    fees = [{"amount_money": {"amount": amount, "currency": "USD"}, "type": "INITIAL"} for amount in amounts]
    assert read(PAYMENT, {"data.object.payment.processing_fee": fees}).fee_minor == fee


def test_the_fee_of_the_app_goes_with_it() -> None:
    fees = {"processing_fee": [{"amount_money": {"amount": 59}}], "app_fee_money": {"amount": 10}}
    back = {"processing_fee": [{"amount_money": {"amount": -59}}], "app_fee_money": {"amount": 10}}
    paid = read(PAYMENT, {f"data.object.payment.{name}": value for name, value in fees.items()})
    refund = read(REFUND, {f"data.object.refund.{name}": value for name, value in back.items()})
    assert (paid.fee_minor, refund.fee_minor) == (69, -69)


@pytest.mark.parametrize("fees", [None, 5, "59", [None], [{}], [{"amount_money": 59}]])
def test_a_fee_that_makes_no_sense_holds_up_no_payment(fees: Any) -> None:
    event = read(PAYMENT, {"data.object.payment.processing_fee": fees})
    assert (event.status, event.fee_minor) == ("succeeded", None)


@pytest.mark.parametrize(
    "event_type", ["order.created", "payment.of_next_year", "dispute", "terminal.refund.updated"]
)
def test_other_types_are_ignored_whatever_they_hold(event_type: str) -> None:
    bodies: list[Any] = [REMOVED, None, [], {"id": 7}, {"id": "x", "object": 5}]
    for data in bodies:
        assert read(PAYMENT, {"type": event_type, "data": data}).status == "ignored"


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (PAYMENT, {"data": REMOVED}, "missing_data"),
        (PAYMENT, {"data.object": {}}, "missing_payment"),
        (PAYMENT, {"data.object.payment.id": REMOVED}, "missing_object_id"),
        (PAYMENT, {"data.object.payment.status": "NEXT_YEAR"}, "unknown_status"),
        (PAYMENT, {"data.object.payment.total_money.amount": 1.5}, "invalid_amount"),
        (PAYMENT, {"data.object.payment.total_money.amount": -1}, "negative_amount"),
        (PAYMENT, {"data.object.payment.total_money.currency": "BTC"}, "unknown_currency"),
        (PAYMENT, {"data.object.payment.total_money": {}}, "missing_amount"),
        (PAYMENT, {"data.object.payment.updated_at": "soon"}, "invalid_timestamp"),
        (
            PAYMENT,
            {"data.object.payment.refunded_money": {"amount": 1, "currency": "EUR"}},
            "currency_mismatch",
        ),
        (REFUND, {"data.object.refund.payment_id": REMOVED}, "missing_transaction_id"),
        (REFUND, {"data.object.refund.status": "NEXT_YEAR"}, "unknown_status"),
        (DISPUTE, {"data.object.dispute.disputed_payment": REMOVED}, "missing_transaction_id"),
        (DISPUTE, {"data.object.dispute.state": REMOVED}, "missing_status"),
    ],
)
def test_a_known_type_that_makes_no_sense_is_unreadable(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(name, changes)
    assert raised.value.reason == reason


def test_a_payment_names_its_order_and_a_refund_does_not_name_its_own() -> None:
    assert read(PAYMENT, {}).order_id == "03O3USaPaAaFnI6kkwB1JxGgBsUZY"
    assert read(PAYMENT, {"data.object.payment.order_id": ["o"]}).order_id is None
    assert read(REFUND, {"data.object.refund.order_id": "ORDER-OF-THE-REFUND"}).order_id is None
