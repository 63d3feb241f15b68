"""Compares what the ledger and a provider's books say that a day changed of each payment. Pure.

Both are sums over three times: the margin before the day, the day, and the margin after it. The day is compared; the
margins tell where one side has on a neighbour day what the other has on this one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import counted
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.domain.payout import fold_payout, is_payout
from payment_webhooks.providers.balance_list import (
    CAPTURED,
    DISPUTED,
    GIVEN_BACK,
    PAID_OUT,
    REFUNDED,
    MoneyEntry,
)
from payment_webhooks.timestamps import utc_timestamp

MARGIN: Final = timedelta(hours=3)

NEVER_CAME = "never_came"
NOT_AT_PROVIDER = "not_at_provider"
AMOUNTS_DIFFER = "amounts_differ"
REFUND_MISSING = "refund_missing"
DISPUTE_MISSING = "dispute_missing"
PAYOUT_DIFFERS = "payout_differs"
DAY_BEFORE = "day_before"
DAY_AFTER = "day_after"
UNCONFIRMED = "unconfirmed"

CAUSES: Final = {
    NEVER_CAME: "a webhook of it never came, or waits here",
    NOT_AT_PROVIDER: "forged, of another account or mode, or booked on another day",
    AMOUNTS_DIFFER: "a webhook of it never came or waits here, or it was converted",
    REFUND_MISSING: "the webhook of a refund never came, or waits here",
    DISPUTE_MISSING: "the webhook of a dispute, or of its end, never came, or waits here",
    PAYOUT_DIFFERS: "a webhook of the payout, or of its failure, is not applied here",
    DAY_BEFORE: "midnight is between them: see the day before",
    DAY_AFTER: "midnight is between them: see the day after",
    UNCONFIRMED: "it rests on an event that the provider has not confirmed",
}
_MISSING: Final = {
    CAPTURED: NEVER_CAME,
    REFUNDED: REFUND_MISSING,
    DISPUTED: DISPUTE_MISSING,
    GIVEN_BACK: REFUND_MISSING,
}

# Of the margin before, the day, the margin after; minor units.
Changes = tuple[int, int, int]
# By measure and currency.
Money = Mapping[tuple[str, str], Changes]
_NOTHING: Final[Changes] = (0, 0, 0)


class InLedger(NamedTuple):
    money: Money
    confirmed: bool


class Difference(NamedTuple):
    transaction_id: str
    measure: str
    currency: str
    ledger_minor: int
    provider_minor: int
    cause: str


def edges_of(day: datetime) -> tuple[str, ...]:
    """Where the three times begin, and the end."""
    after = day + timedelta(days=1)
    return tuple(utc_timestamp(each.timestamp()) for each in (day - MARGIN, day, after, after + MARGIN))


def ledger_money(rows: Iterable[LedgerRow], edges: Sequence[str]) -> InLedger:
    """What the rows of one payment say, each at the time at which it occurred; of a payout, when it was first told."""
    known = counted(rows)
    if known and all(map(is_payout, known)):
        return _payout_money(known, edges)
    states = [fold(row for row in known if row.occurred_at < edge) for edge in edges]
    whole = fold(known)
    given_back = [state.refunded_minor + state.disputed_minor for state in states]
    sums = {
        CAPTURED: [state.captured_minor for state in states],
        REFUNDED: [state.refunded_minor for state in states],
        DISPUTED: [state.disputed_minor for state in states],
        GIVEN_BACK: given_back,
    }
    money = {
        (measure, whole.currency or ""): (each[1] - each[0], each[2] - each[1], each[3] - each[2])
        for measure, each in sums.items()
    }
    return InLedger(money, whole.confirmed)


def _payout_money(rows: Sequence[LedgerRow], edges: Sequence[str]) -> InLedger:
    """As SquareBalance: all of it at the beginning, and nothing at all of one that failed."""
    payout = fold_payout(rows)
    stays = payout.status not in (words.FAILED, words.CANCELED)
    entry = MoneyEntry(
        PAID_OUT,
        payout.payout_id,
        payout.amount_minor or 0 if stays else 0,
        payout.currency or "",
        min(row.occurred_at for row in rows),
    )
    return InLedger(provider_money([entry], edges), payout.confirmed)


def provider_money(entries: Iterable[MoneyEntry], edges: Sequence[str]) -> Money:
    """What the entries of one payment say."""
    money: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        time = sum(entry.occurred_at >= edge for edge in edges) - 1
        if 0 <= time < len(_NOTHING):
            money.setdefault((entry.measure, entry.currency), [0, 0, 0])[time] += entry.amount_minor
    return {key: (each[0], each[1], each[2]) for key, each in money.items()}


def differences(
    ledger: Mapping[str, InLedger], provider: Mapping[str, Money], measures: Sequence[str]
) -> list[Difference]:
    """Of each payment of either side, by its transaction id; of the measures that the provider tells."""
    found = []
    for transaction_id in sorted({*ledger, *provider}):
        ours = ledger.get(transaction_id, InLedger({}, True))
        theirs = provider.get(transaction_id, {})
        for measure, currency in sorted({*ours.money, *theirs}):
            one = ours.money.get((measure, currency), _NOTHING)
            other = theirs.get((measure, currency), _NOTHING)
            if measure in measures and one[1] != other[1]:
                cause = _cause(measure, one, other, ours.confirmed)
                found.append(Difference(transaction_id, measure, currency, one[1], other[1], cause))
    return found


def _cause(measure: str, ours: Changes, theirs: Changes, confirmed: bool) -> str:
    if sum(ours) == sum(theirs):
        return DAY_BEFORE if ours[0] != theirs[0] else DAY_AFTER
    if measure == PAID_OUT:
        return PAYOUT_DIFFERS
    if theirs[1] == 0:
        return NOT_AT_PROVIDER if confirmed else UNCONFIRMED
    if measure == CAPTURED and ours[1] != 0:
        return AMOUNTS_DIFFER
    # A dispute that is won lowers what is disputed: there, too, the side that changed less lacks something.
    return _MISSING[measure] if abs(ours[1]) < abs(theirs[1]) else NOT_AT_PROVIDER
