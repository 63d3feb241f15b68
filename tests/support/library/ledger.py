"""Events and ledger rows of one transaction, in one line each."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect, IsHighValue, effect_of, object_of
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.facts import facts_of
from payment_webhooks.domain.ledger_row import LedgerRow, ledger_row
from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.domain.payout import fold_payout, is_payout
from payment_webhooks.ledger.changes import payment_after
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.timestamps import utc_timestamp

FIRST_SECOND: Final = 1_759_990_000
PAYMENT_MEANINGS: Final = {
    words.AUTHORIZED: words.MEANING_AUTHORIZED,
    words.SUCCEEDED: words.MEANING_CAPTURED,
    words.PARTIALLY_REFUNDED: words.MEANING_REFUNDED_TOTAL,
    words.REFUNDED: words.MEANING_REFUNDED_TOTAL,
}


class Told(NamedTuple):
    row: LedgerRow
    effect: Effect


def payment_event(
    status: str, amount_minor: int | None, second: int = 0, event_id: str = ""
) -> NormalisedEvent:
    """An event of the payment itself. A refunded one carries its amount as the cumulative total."""
    meaning = PAYMENT_MEANINGS.get(status, words.MEANING_REQUESTED)
    return NormalisedEvent(
        provider="stripe",
        event_id=event_id or f"evt_{status}_{amount_minor}_{second}",
        event_type=f"payment.{status}",
        created=utc_timestamp(FIRST_SECOND + second),
        occurred_at=utc_timestamp(FIRST_SECOND + second),
        transaction_id="pi_1",
        object_kind=words.KIND_PAYMENT,
        object_id="pi_1",
        status=status,
        amount_minor=amount_minor,
        amount_meaning=meaning,
        currency="USD",
        amount_provider_raw=amount_minor,
        captured_minor=None,
        refunded_total_minor=amount_minor if meaning == words.MEANING_REFUNDED_TOTAL else None,
        customer_id=None,
        livemode=True,
        account=None,
        object_created_at=None,
        authorized_minor=None,
        released_minor=None,
        withdrawn_minor=None,
        fee_minor=None,
        provider_status=None,
        occasion=None,
        outside_provider=None,
        arrival_date=None,
        invoice_id=None,
        subscription_id=None,
        order_id=None,
        shares=(),
        payment_ids=("pi_1",),
    )


def refund_event(object_id: str, status: str, amount_minor: int, second: int = 0) -> NormalisedEvent:
    return _of_object(words.KIND_REFUND, words.MEANING_REFUND, object_id, status, amount_minor, second)


def dispute_event(object_id: str, status: str, amount_minor: int, second: int = 0) -> NormalisedEvent:
    return _of_object(words.KIND_DISPUTE, words.MEANING_DISPUTED, object_id, status, amount_minor, second)


def _of_object(
    kind: str, meaning: str, object_id: str, status: str, amount_minor: int, second: int
) -> NormalisedEvent:
    return payment_event(status, amount_minor, second, f"evt_{object_id}_{status}_{second}")._replace(
        event_type=f"{kind}.{status}",
        object_kind=kind,
        object_id=object_id,
        amount_meaning=meaning,
        refunded_total_minor=None,
    )


def row_of(event: NormalisedEvent, transaction_id: str | None = None, *, confirmed: bool = True) -> LedgerRow:
    return ledger_row(
        event,
        endpoint="stripe",
        webhook_id=f"stripe:{event.event_id}",
        webhook_timestamp=event.created,
        recorded_at="2025-10-09T06:10:00.000000Z",
        confirmed=confirmed,
        transaction_id=transaction_id,
    )


def payment_of(rows: Sequence[LedgerRow]) -> Payment:
    """The head of one payment, whose rows were written in this order."""
    payment: Payment | None = None
    for number, row in enumerate(rows, start=1):
        payment = payment_after(payment, row, fold(rows[:number]))
        if is_payout(row):
            payment = payment._replace(payout=fold_payout(rows[:number]))
    assert payment is not None
    return payment


def payments_of(rows: Iterable[LedgerRow]) -> list[Payment]:
    """The heads of all payments of these rows."""
    written: dict[str, list[LedgerRow]] = {}
    for row in rows:
        written.setdefault(row.transaction_id, []).append(row)
    return [payment_of(each) for each in written.values()]


def rows_of(*events: NormalisedEvent) -> list[LedgerRow]:
    return [row_of(event) for event in events]


def told_of(*events: NormalisedEvent, is_high_value: IsHighValue = lambda *_: False) -> list[Told]:
    """What each event, in this order, changes of its payment; without those that change nothing that is told."""
    return told_of_rows(*rows_of(*events), is_high_value=is_high_value)


def told_of_rows(*rows: LedgerRow, is_high_value: IsHighValue = lambda *_: False) -> list[Told]:
    told: list[Told] = []
    before: PaymentState | None = None
    for number, row in enumerate(rows, start=1):
        after = fold(rows[:number])
        facts = (None if before is None else facts_of(before), facts_of(after))
        objects = (None if before is None else object_of(before, row), object_of(after, row))
        effect = effect_of(row, number, facts, objects, is_high_value)
        before = after
        if effect is not None:
            told.append(Told(row, effect))
    return told
