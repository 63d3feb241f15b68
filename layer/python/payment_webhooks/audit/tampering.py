"""Finds changes of the ledger that no function of the system makes: rows that change or go, and what they became.

A row never changes. The archiver alone removes one, in the transaction that writes the summary which holds it: that of
its payment, or of the one that has taken its payment over. A summary only gains rows, and a head stays.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item

ROW_CHANGED: Final = "row_changed"
ROW_REMOVED: Final = "row_removed"
SUMMARY_REDUCED: Final = "summary_reduced"
SUMMARY_REMOVED: Final = "summary_removed"
HEAD_REMOVED: Final = "head_removed"

# Whether every row of the second item, a row or a summary, stands unchanged in the first, a summary; raises ValueError
# for an item that is neither.
Holds = Callable[[Item, Item], bool]


class LedgerWatch(NamedTuple):
    """read: the item of a transaction under a sort key, strongly consistent, or None; raises Unavailable."""

    read: Callable[[str, str], Item | None]
    holds: Holds


def tampering(record: Mapping[str, Any], watch: LedgerWatch) -> str | None:
    """What is wrong with a change of the ledger; None for an ordinary one, and for one of another table.

    Raises Unavailable, and what reading a record raises that is not of a stream's form.
    """
    change = record["dynamodb"]
    if contract.TRANSACTION_ID not in change["Keys"] or record["eventName"] == "INSERT":
        return None
    transaction_id: str = change["Keys"][contract.TRANSACTION_ID]["S"]
    entry: str = change["Keys"][contract.TRANSACTION_TIMESTAMP]["S"]
    removed = record["eventName"] == "REMOVE"
    if entry == contract.PAYMENT_ENTRY:
        return HEAD_REMOVED if removed else None
    if entry == contract.ARCHIVE_SUMMARY:
        if removed:
            return SUMMARY_REMOVED
        return None if _hold(watch, change["NewImage"], change["OldImage"]) else SUMMARY_REDUCED
    if entry.startswith(contract.ARCHIVE_PREFIX):
        return None  # how far the archive is
    if not removed:
        return ROW_CHANGED
    held = any(_hold(watch, summary, change["OldImage"]) for summary in _summaries(watch, transaction_id))
    return None if held else ROW_REMOVED


def _summaries(watch: LedgerWatch, transaction_id: str) -> Iterator[Item]:
    """Those in which rows of this transaction may stand: its own, then that of each payment that took over the last."""
    of: str | None = transaction_id
    seen: set[str] = set()
    while of is not None and of not in seen:
        seen.add(of)
        summary = watch.read(of, contract.ARCHIVE_SUMMARY)
        if summary is not None:
            yield summary
        head = watch.read(of, contract.PAYMENT_ENTRY) or {}
        of = head.get(contract.ALIAS_OF, {}).get("S")


def _hold(watch: LedgerWatch, summary: Item, item: Item) -> bool:
    try:
        return watch.holds(summary, item)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError):
        return False  # what nobody can read, holds nothing
