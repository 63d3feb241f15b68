"""Finds changes of ledger and inbox that no function of the system makes.

A row never changes. The archiver alone removes one, in the transaction that writes the summary which holds it: that of
its payment, or of the one that has taken its payment over. A summary has rows of its own payment alone and only gains
some, and a head stays and moves on by rows. What came with a webhook stays as it came, until it expires; personal data
alone may be taken out of it, by an erasure. One that was never applied may give its place to another delivery of it.

What is added is not judged: a row or a webhook that is made up looks like a true one.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.inbox.transitions import may_follow
from payment_webhooks.inbox.verdict import verdict_of

if TYPE_CHECKING:
    from payment_webhooks.domain.ledger_row import LedgerRow

ROW_CHANGED: Final = "row_changed"
ROW_REMOVED: Final = "row_removed"
SUMMARY_OF_OTHERS: Final = "summary_of_others"
SUMMARY_REDUCED: Final = "summary_reduced"
SUMMARY_REMOVED: Final = "summary_removed"
HEAD_CHANGED: Final = "head_changed"
HEAD_REMOVED: Final = "head_removed"
WEBHOOK_CHANGED: Final = "webhook_changed"
WEBHOOK_REMOVED: Final = "webhook_removed"

# Of an item of the inbox, which no function changes once it is there; the others say how far it has come.
OF_THE_WEBHOOK: Final[Sequence[str]] = (
    "endpoint",
    "provider",
    "event_id",
    "fingerprint",
    "payload",
    "payload_key",
    "payload_sha256",
    "guarded_webhook_id",
    "guarded_timestamp",
    *contract.OF_AN_ERASURE,
)
_OF_THE_DELIVERY: Final = (
    "event_type",
    "livemode",
    "received_at",
    contract.FIRST_RECEIVED_AT,
    "verified_by",
    "source_ip",
    "trace_id",
    "size_bytes",
    contract.SOURCE,
    contract.MONEY,
)
# Another delivery of the same webhook may have the rest otherwise, and a guard is taken over by another transmission.
_SAME_IN_EACH_DELIVERY: Final = ("endpoint", "provider", "event_id", "fingerprint")
# AWS, "DynamoDB Streams and Time to Live".
_TIME_TO_LIVE: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class LedgerWatch(NamedTuple):
    """items: all of a transaction, strongly consistent; raises Unavailable.
    rows: those of an item, a row or a summary; raises ValueError for an item that is neither.
    `pause` waits, given the number of looks before.
    """

    items: Callable[[str], Sequence[Item]]
    rows: Callable[[Item], Sequence["LedgerRow"]]
    pause: Callable[[int], None]


def tampering(record: Mapping[str, Any], watch: LedgerWatch) -> str | None:
    """What is wrong with a change of ledger or inbox; None for an ordinary one.

    A query may meet a transaction half-way, so what looks wrong in the ledger is looked at again. Raises Unavailable,
    and what reading a record raises that is not of a stream's form.
    """
    if contract.TRANSACTION_ID not in record["dynamodb"]["Keys"]:
        return _of_inbox(record)
    wrong = _of_ledger(record, watch)
    if wrong is None:
        return None
    watch.pause(1)
    return _of_ledger(record, watch)


def _of_inbox(record: Mapping[str, Any]) -> str | None:
    change = record["dynamodb"]
    if record["eventName"] == "INSERT":
        return None
    old: Item = change["OldImage"]
    if record["eventName"] == "REMOVE":
        by = record.get("userIdentity") or {}
        expired = contract.ARCHIVED_IN in old and all(
            by.get(name) == text for name, text in _TIME_TO_LIVE.items()
        )
        return None if expired else WEBHOOK_REMOVED
    new: Item = change["NewImage"]
    if not _comes_on(old, new):
        return WEBHOOK_CHANGED
    fixed: Sequence[str] = (*OF_THE_WEBHOOK, *_OF_THE_DELIVERY)
    if old[contract.STATUS]["S"] == contract.STATUS_GUARD:
        fixed = ("fingerprint", "guarded_webhook_id")
    elif _came_again(old, new):
        fixed = _SAME_IN_EACH_DELIVERY
    if all(old.get(name) == new.get(name) for name in fixed):
        return None
    is_erased = contract.ERASED_AT in new and _is_erasure(old, new, change["ApproximateCreationDateTime"])
    return None if is_erased else WEBHOOK_CHANGED


def _is_erasure(old: Item, new: Item, changed_seconds: float) -> bool:
    # Most containers see none, and it takes the providers.
    from payment_webhooks.audit.erasure import is_erasure

    return is_erasure(old, new, changed_seconds)


def _comes_on(old: Item, new: Item) -> bool:
    """Whether the status may follow; and the payment is named by the processor alone, as it applies the webhook."""
    before, after = (each.get(contract.STATUS, {}).get("S", "") for each in (old, new))
    is_applied = before != after == contract.STATUS_PROCESSED and contract.TRANSACTION_ID in new
    of_payments = [each.get(contract.TRANSACTION_ID) for each in (old, new)]
    return may_follow(before, after) and (is_applied or of_payments[0] == of_payments[1])


def _came_again(old: Item, new: Item) -> bool:
    """Whether the receiver has stored the webhook anew, in place of one that was never applied, as inbox/store.py
    does. One that was erased comes back whole.
    """
    first = old.get(contract.FIRST_RECEIVED_AT, old["received_at"])
    return (
        verdict_of(old).turns_into(verdict_of(new))
        and contract.TRANSACTION_ID not in old
        and not any(name in new for name in contract.OF_AN_ERASURE)
        and new.get(contract.FIRST_RECEIVED_AT) == first
        and new["received_at"] != old["received_at"]
    )


def _of_ledger(record: Mapping[str, Any], watch: LedgerWatch) -> str | None:
    change, event = record["dynamodb"], record["eventName"]
    transaction_id: str = change["Keys"][contract.TRANSACTION_ID]["S"]
    entry: str = change["Keys"][contract.TRANSACTION_TIMESTAMP]["S"]
    old, new = change.get("OldImage"), change.get("NewImage")
    if entry == contract.ARCHIVE_SUMMARY:
        return _of_summary(event, transaction_id, old, new, watch)
    if event == "INSERT" or entry.startswith(contract.ARCHIVE_PREFIX):
        return None  # `archive#...`: how far the archive is
    if entry == contract.PAYMENT_ENTRY:
        if event == "REMOVE":
            return HEAD_REMOVED
        return None if _moves_on(transaction_id, old, new, watch) else HEAD_CHANGED
    if event != "REMOVE":
        return ROW_CHANGED
    return None if _is_kept(transaction_id, old, watch) else ROW_REMOVED


def _of_summary(
    event: str, transaction_id: str, old: Item | None, new: Item | None, watch: LedgerWatch
) -> str | None:
    if event == "REMOVE":
        return SUMMARY_REMOVED
    kept = _rows(watch, new)
    if old is not None and not _hold(kept, _rows(watch, old)):
        return SUMMARY_REDUCED
    own = {transaction_id, *_Payment(transaction_id, watch).members}
    return None if kept and {row.transaction_id for row in kept} <= own else SUMMARY_OF_OTHERS


def _is_kept(transaction_id: str, row: Item, watch: LedgerWatch) -> bool:
    removed = _rows(watch, row)
    summaries = _Payment(transaction_id, watch).summaries
    return bool(removed) and any(_hold(_rows(watch, each), removed) for each in summaries)


def _moves_on(transaction_id: str, old: Item, new: Item, watch: LedgerWatch) -> bool:
    """Whether a head changes as the program does it: by rows, which raise its version, or to another day of the
    archive's index; or into a pointer, with the row that says so. A pointer stays.
    """
    if contract.ALIAS_OF in old:
        return False
    into = new.get(contract.ALIAS_OF, {}).get("S")
    before = int(old[contract.VERSION]["N"])
    after = before + 1 if into is not None else int(new[contract.VERSION]["N"])
    if after == before:
        return {**old, contract.ARCHIVE_SHARD: {}} == {**new, contract.ARCHIVE_SHARD: {}}
    rows = {row.sort_key: row for row in _Payment(transaction_id, watch).own_rows}
    if not before < after <= len(rows):
        return False
    return into is None or into in _merged_into(rows.values())


def _merged_into(rows: Iterable["LedgerRow"]) -> set[str]:
    """The payments of which a row says that they have taken this one over."""
    from payment_webhooks.domain.events import MERGED  # which the rows have loaded

    return {row.object_id for row in rows if row.status == MERGED}


class _Payment:
    """What the ledger has of a transaction: its own items, and those of each payment that took over the last."""

    def __init__(self, transaction_id: str, watch: LedgerWatch) -> None:
        self._id, self._watch = transaction_id, watch
        self._items: dict[str, dict[str, Item]] = {}
        of: str | None = transaction_id
        while of is not None and of not in self._items:
            self._items[of] = {each[contract.TRANSACTION_TIMESTAMP]["S"]: each for each in watch.items(of)}
            head = self._items[of].get(contract.PAYMENT_ENTRY, {})
            of = head.get(contract.ALIAS_OF, {}).get("S")
        found = tuple(json.loads(head.get(contract.MEMBERS, {}).get("S", "[]")))
        # A payment that was taken over is itself a member of the last; who points to another is none yet.
        self.members = found if len(self._items) == 1 or transaction_id in found else ()

    @property
    def summaries(self) -> list[Item]:
        """Those in which rows of this transaction may stand."""
        of = self._items if self.members else (self._id,)
        found = (self._items[each].get(contract.ARCHIVE_SUMMARY) for each in of)
        return [summary for summary in found if summary is not None]

    @property
    def own_rows(self) -> list["LedgerRow"]:
        """Each row of this transaction, wherever it stands; one that is archived meanwhile perhaps twice."""
        items = [*self._items[self._id].values(), *self.summaries]
        return [row for item in items for row in _rows(self._watch, item) if row.transaction_id == self._id]


def _hold(kept: Sequence["LedgerRow"], rows: Sequence["LedgerRow"]) -> bool:
    """Whether every row stands among those that are kept as it is."""
    return set(rows) <= set(kept)


def _rows(watch: LedgerWatch, item: Item | None) -> Sequence["LedgerRow"]:
    """What nobody can read, holds nothing."""
    try:
        return watch.rows(item or {})
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError):
        return ()
