"""Works out what an event changes: its payment's next state, its effect, and the payments that it joins. Pure.

An event may name several ids of its payment. Ids that nothing is known of become pointers to it. Where two of them have
a payment each, the first takes over the rows of the other: each of the two gets a row that says so, with equal and
opposite effects, and the other's head becomes a pointer. So the sum of all effects stays the sum of all states.

An event with several parts of one payment, such as a dispute over two captures, has a row for each; the effect of all
of them is that of the last.
"""

from collections.abc import Sequence
from typing import NamedTuple

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import correction
from payment_webhooks.domain.effect import Effect, IsHighValue, effect_of, object_of
from payment_webhooks.domain.facts import Facts, facts_of
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import ObjectState, PaymentState, fold
from payment_webhooks.domain.payout import fold_payout, is_payout
from payment_webhooks.ledger import payment_items
from payment_webhooks.ledger.payment_items import Payment, Pointer
from payment_webhooks.ledger.reader import Found, LedgerEntries


class Written(NamedTuple):
    """version: of the payment's state that the row makes."""

    row: LedgerRow
    version: int
    effect: Effect | None


class Changes(NamedTuple):
    """`written`: the rows, the event's own last. `before`: the payment as it was read; None for a new one. `merged`:
    payments as they were read that become pointers. `aliases`: ids that become pointers, of which nothing is known.
    """

    written: tuple[Written, ...]
    before: Payment | None
    after: Payment
    merged: tuple[Payment, ...]
    aliases: tuple[str, ...]

    @property
    def pointers(self) -> list[Pointer]:
        ids = (*(each.transaction_id for each in self.merged), *self.aliases)
        return [Pointer(each, self.after.transaction_id) for each in ids]


def changes_of(rows: Sequence[LedgerRow], found: Found, is_high_value: IsHighValue) -> Changes:
    """What the rows of one event, one at least, change, if they are to be written to what was found under the ids that
    it names. The last is the one that is told.
    """
    entries = found.payments[0] if found.payments else None
    before = entries.payment if entries else None
    transaction_id = before.transaction_id if before else found.unknown[0]
    parts = [row.of_payment(transaction_id) for row in rows]
    merges = _Merges(parts[-1], entries)
    for other in found.payments[1:]:
        merges.take_over(other)
    own = merges.row
    state = fold([*merges.rows, *parts])
    version = merges.version + len(parts)
    after = payment_after(before, own, state)._replace(version=version, members=merges.members)
    after = after._replace(began_at=min(each.began_at for each in (after, *merges.merged)))
    facts: tuple[Facts | None, Facts | None] = (merges.facts, facts_of(state))
    if is_payout(own):
        after, facts = after._replace(payout=fold_payout([*merges.rows, own])), (None, None)
    effect = effect_of(
        own,
        version,
        facts,
        (merges.object_before(), object_of(state, own)),
        is_high_value,
    )
    if effect is not None and len(parts) > 1:
        effect = effect._replace(amount_minor=sum(each.amount_minor or 0 for each in parts))
    if effect is not None and effect.rise("refunded_minor") < 0 and own.object_kind == words.KIND_PAYMENT:
        pending = any(_is_pending_refund(each) for each in state.objects)
        effect = effect._replace(refund_pending=pending)
    untold = (Written(each, merges.version + n, None) for n, each in enumerate(parts[:-1], start=1))
    return Changes(
        written=(*merges.written, *untold, Written(own, version, effect)),
        before=before,
        after=after,
        merged=tuple(merges.merged),
        aliases=tuple(each for each in found.unknown if each != transaction_id),
    )


def _is_pending_refund(state: ObjectState) -> bool:
    return (state.object_kind, state.status) == (words.KIND_REFUND, words.PENDING)


class _Merges:
    """What a payment has become by what it has taken over so far. `facts`: those that the last row has left."""

    def __init__(self, row: LedgerRow, entries: LedgerEntries | None) -> None:
        payment = entries.payment if entries else None
        self.row = row
        self.rows = list(entries.rows) if entries else []
        self.version = payment.version if payment else 0
        self.facts = facts_of(payment.state) if payment else None
        self.members = payment.members if payment else ()
        self.merged: list[Payment] = []
        self.written: list[Written] = []
        self._head = payment

    def take_over(self, entries: LedgerEntries) -> None:
        other, number = entries.payment, len(self.merged) + 1
        assert other is not None
        self.rows += entries.rows
        self.version += 1
        facts = facts_of(fold(self.rows))
        for transaction_id, about, name, version, change in (
            (self.row.transaction_id, other, "took", self.version, (self.facts, facts)),
            (other.transaction_id, self.row, "merged", other.version + 1, (facts_of(other.state), None)),
        ):
            event_id = f"{self.row.event_id}#{name}{number}"
            said = correction(
                self.row._replace(transaction_id=transaction_id),
                words.MERGED,
                event_id,
                self.row.recorded_at,
                about.transaction_id,
            )
            said = said._replace(confirmed=all(each.confirmed for each in change if each is not None))
            effect = effect_of(said, version, change, (None, None), lambda *_: False)
            self.written.append(Written(said, version, effect))
        self.facts = facts
        self.members = (*self.members, other.transaction_id, *other.members)
        self.merged.append(other)

    def object_before(self) -> ObjectState | None:
        """The refund or dispute of the row, as it was."""
        if self._head is None:
            return None
        if self.merged:
            return object_of(fold(self.rows), self.row)
        found = object_of(self._head.state, self.row)
        if found is None and self._head.objects_left_out:
            found = object_of(fold(self.rows), self.row)
        return found


def payment_after(before: Payment | None, row: LedgerRow, state: PaymentState) -> Payment:
    """The head of the payment once `row` is written, of which `state` is the sum with all others."""
    shown, left_out = payment_items.bounded(state)
    dispute_since = None if state.dispute_status is None else row.occurred_at
    if before is None:
        return Payment(
            transaction_id=row.transaction_id,
            version=1,
            endpoint=row.endpoint,
            provider=row.provider,
            state=shown,
            began_at=row.occurred_at,
            status_since=row.occurred_at,
            recorded_at=row.recorded_at,
            dispute_since=dispute_since,
            objects_left_out=left_out,
        )
    same_status = before.state.status == state.status
    same_dispute = before.state.dispute_status == state.dispute_status
    return before._replace(
        version=before.version + 1,
        state=shown,
        began_at=min(before.began_at, row.occurred_at),
        status_since=before.status_since if same_status else row.occurred_at,
        recorded_at=row.recorded_at,
        dispute_since=before.dispute_since if same_dispute else dispute_since,
        objects_left_out=left_out,
    )
