"""Says of an item of a restored table whether the live table has lost or changed it, and what to write then. Pure.

An item that is gone, or is another now, is mostly as it should be: rows go into the archive, heads move on, webhooks
get done and expire. What the system itself does is left alone; only what it never does is damage.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.erasure import is_left_of
from payment_webhooks.audit.tampering import OF_THE_WEBHOOK, LedgerWatch, tampering
from payment_webhooks.aws.dynamodb_items import AttributeValue, Item, item_of, plain
from payment_webhooks.inbox.sparse_indexes import archive_shard

SAME: Final = "same"
MOVED_ON: Final = "moved on"
ARCHIVED: Final = "archived since"
EXPIRED: Final = "expired"
MISSING: Final = "missing"
CHANGED: Final = "changed"
DAMAGE: Final = (MISSING, CHANGED)


class Judged(NamedTuple):
    """`write`: what the live table should have; None where nothing is to be written."""

    verdict: str
    write: Item | None = None


# Given the item as it was and as it is now (None: gone).
Judge = Callable[[Item, Item | None], Judged]


def of_ledger(watch: LedgerWatch) -> Judge:
    """Rows and summaries by what the audit logger calls tampering. `watch` reads the live table."""

    def judge(then: Item, now: Item | None) -> Judged:
        entry = then[contract.TRANSACTION_TIMESTAMP]["S"]
        if now is None:
            wrong = tampering(_change("REMOVE", then, then), watch) is not None
            return Judged(MISSING, then) if wrong else Judged(ARCHIVED)
        if then == now:
            return Judged(SAME)
        if entry == contract.PAYMENT_ENTRY:
            wrong = _went_back(then, now)
        else:
            wrong = tampering(_change("MODIFY", then, now), watch) is not None
        return Judged(CHANGED, then) if wrong else Judged(MOVED_ON)

    return judge


def _change(name: str, old: Item, new: Item) -> dict[str, Any]:
    """As the stream would tell it."""
    keys = {key: old[key] for key in (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)}
    return {"eventName": name, "dynamodb": {"Keys": keys, "OldImage": old, "NewImage": new}}


def _went_back(then: Item, now: Item) -> bool:
    """Whether a head is another without being a later one. A payment may become a pointer, a pointer stays."""
    if contract.ALIAS_OF in then or contract.ALIAS_OF in now:
        return then.get(contract.ALIAS_OF, now.get(contract.ALIAS_OF)) != now.get(contract.ALIAS_OF)
    versions = [plain(each).get(contract.VERSION, 0) for each in (then, now)]
    # The archiver moves a payment to another day of its index, at the same version.
    same = {**then, contract.ARCHIVE_SHARD: {}} == {**now, contract.ARCHIVE_SHARD: {}}
    return not same and versions[1] <= versions[0]


def of_inbox(now_seconds: float) -> Judge:
    def judge(then: Item, now: Item | None) -> Judged:
        if now is None:
            return _unless_expired(then, contract.INBOX_EXPIRES_AT, now_seconds)
        if then == now:
            return Judged(SAME)
        fixed = {name: then[name] for name in OF_THE_WEBHOOK if name in then}
        if fixed == {name: now[name] for name in OF_THE_WEBHOOK if name in now}:
            return Judged(MOVED_ON)
        progress = {name: value for name, value in now.items() if name not in OF_THE_WEBHOOK}
        before = {**progress, **fixed}
        return Judged(MOVED_ON) if is_left_of(before, now) else Judged(CHANGED, before)

    return judge


def of_notifications(now_seconds: float) -> Judge:
    def judge(then: Item, now: Item | None) -> Judged:
        if now is None:
            return _unless_expired(then, contract.NOTIFICATION_EXPIRES_AT, now_seconds)
        return Judged(SAME if then == now else MOVED_ON)

    return judge


def _unless_expired(then: Item, expires_at: str, now_seconds: float) -> Judged:
    end = then.get(expires_at)
    return Judged(EXPIRED) if end and float(end["N"]) <= now_seconds else Judged(MISSING, then)


def is_pending(item: Item) -> bool:
    """Whether the pipe would send this item of the inbox to the processor."""
    return item.get(contract.STATUS) == {"S": contract.STATUS_RECEIVED}


def as_processed(item: Item, row: Mapping[str, AttributeValue]) -> Item:
    """A pending item as the processor left it: `row` is of the ledger and proves that it was applied, so nobody may be
    told of it again.
    """
    at = row["recorded_at"]["S"]
    done = {
        contract.STATUS: contract.STATUS_PROCESSED,
        "processed_at": at,
        "transaction_id": row[contract.TRANSACTION_ID]["S"],
        contract.ARCHIVE_SHARD: archive_shard(contract.STATUS_PROCESSED, item[contract.WEBHOOK_ID]["S"], at),
    }
    no_more = (contract.PENDING_SHARD, contract.PENDING_SINCE, contract.STATUS_REASON)
    return {name: value for name, value in item.items() if name not in no_more} | item_of(done)
