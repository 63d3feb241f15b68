"""What happened to a webhook in the inbox: received, attempts, decisions, its end, erased, archived, expired. Pure.

The audit trail has each change, but for the last minute, and with the second of the change; the item has the latest of
each, to the microsecond. So both are asked, and what both tell is told once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.items import CONFLICT_MARK, UNREADABLE_TIMESTAMP
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.trace.audit_trail import BEFORE, opened_at
from scripts.operations.trace.moment import Moment, details_of

INBOX: Final = "inbox"
_ARCHIVED: Final = "archived"
AUDIT: Final = "audit trail"
PROVIDER: Final = "provider"
_TROUBLE: Final = contract.ATTENTION_STATUSES
_ENDS: Final = (*contract.ATTENTION_STATUSES, contract.STATUS_PROCESSED, contract.STATUS_IGNORED)
_ATTEMPT: Final = frozenset({"attempts", "last_error", "attempts_unended"})
Values = Mapping[str, Any]


def inbox_moments(items: Sequence[Values], audit: Iterable[Values], with_attempts: bool) -> list[Moment]:
    """Of all items and records of a trace. with_attempts: also those that failed, which logs tell better."""
    by_item: dict[tuple[str, str], list[Values]] = {}
    for record in audit:
        by_item.setdefault((record["webhook_id"], record["webhook_timestamp"]), []).append(record)
    for item in items:
        by_item.setdefault(_key(item), [])
    stored = {_key(item): item for item in items}
    found: list[Moment] = []
    for key, records in by_item.items():
        of_records = list(_of_records(records, with_attempts))
        of_item = [
            each
            for each in _of_item(stored.get(key, {}))
            if not any(_is_same(each, other) for other in of_records)
        ]
        found += _created(key, bool(of_records or of_item))
        found += [*of_records, *of_item]
    return list(dict.fromkeys(found))  # an event and what came under its id were created at once


def _is_same(one: Moment, other: Moment) -> bool:
    """Whether both tell one thing: the stream's time of a change is a moment after the item's, and of whole seconds."""
    if one.what == other.what == _ARCHIVED:
        return True  # an item is marked some time after its part was opened
    between = abs(datetime.fromisoformat(one.at) - datetime.fromisoformat(other.at))
    return one.what.partition(":")[0] == other.what.partition(":")[0] and between <= BEFORE


def _key(item: Values) -> tuple[str, str]:
    return str(item[contract.WEBHOOK_ID]), str(item[contract.WEBHOOK_TIMESTAMP])


def _created(key: tuple[str, str], is_known: bool) -> Iterator[Moment]:
    """When the provider made the event; of a body that can't be read nobody knows that."""
    webhook_id, timestamp = key
    if is_known and not timestamp.startswith(UNREADABLE_TIMESTAMP):
        yield Moment(timestamp.partition(CONFLICT_MARK)[0], "created by the provider", PROVIDER, webhook_id)


def _of_records(records: Sequence[Values], with_attempts: bool) -> Iterator[Moment]:
    """In the order of the stream: a second that is rounded down never comes before what went before it."""
    earliest = ""
    for record in records:
        moment = _of_record(record, with_attempts)
        if moment is not None:
            earliest = max(earliest, moment.at)
            yield moment._replace(at=earliest)


def _of_record(record: Values, with_attempts: bool) -> Moment | None:
    changed = set(record.get("changed_attributes", ()))
    at, subject, proof = str(record["changed_at"]), str(record["webhook_id"]), record.get("key")
    if record["change"] == "INSERT":
        return _received(record, subject, record.get("status_to"))._replace(source=AUDIT, proof=proof)
    if record["change"] == "REMOVE":
        by = record.get("changed_by")
        return Moment(at, "expired" if by else "removed", AUDIT, subject, details_of(by=by), not by, proof)
    if contract.DECIDED_AT in changed:
        return _decided(record, subject, record.get("status_to"))._replace(source=AUDIT, proof=proof)
    if contract.ERASED_AT in changed and contract.ERASED_AT in record:
        return _erased(record, subject)._replace(source=AUDIT, proof=proof)
    if contract.ARCHIVED_IN in changed:
        where = details_of(object=record.get(contract.ARCHIVED_IN))
        return Moment(at, _ARCHIVED, AUDIT, subject, where, proof=proof)
    if record.get("status_to") != record.get("status_from"):
        ended = _ended(record, subject, str(record.get("status_to")), at)
        return ended._replace(source=AUDIT, proof=proof)
    if not changed & _ATTEMPT or not with_attempts:
        return None
    details = details_of(attempts=record.get("attempts"), error=record.get("last_error"))
    return Moment(at, "attempt failed", AUDIT, subject, details, True, proof)


def _of_item(item: Values) -> Iterator[Moment]:
    """What an item says of itself; the audit trail may not have it yet, or not be readable."""
    if not item:
        return
    subject, status = str(item[contract.WEBHOOK_ID]), str(item.get(contract.STATUS))
    decided = item.get(contract.DECISION)
    if "received_at" in item:
        yield _received(item, subject, item.get(contract.DECIDED_FROM) or _first_status(item))
    if decided:
        yield _decided(item, subject, None if status in _ENDS else status)
    if status in _ENDS and ("processed_at" in item or status == contract.STATUS_FAILED):
        at = item.get("processed_at") or item.get(contract.ATTENTION_SINCE)
        if at is not None:
            yield _ended(item, subject, status, str(at))
    if contract.ERASED_AT in item:
        yield _erased(item, subject)
    yield from _archived(item, subject)


def _archived(item: Values, subject: str) -> Iterator[Moment]:
    """When the part was opened, which its key says."""
    location = str(item.get(contract.ARCHIVED_IN, ""))
    opened = opened_at(location)
    if opened is not None:
        yield Moment(
            utc_timestamp(opened.timestamp()), _ARCHIVED, INBOX, subject, details_of(object=location)
        )


def _first_status(item: Values) -> str | None:
    """Under which it came: one that an attempt has ended was taken; of any other its own status tells it."""
    was_taken = "processed_at" in item or item.get(contract.STATUS) in (
        contract.STATUS_PROCESSED,
        contract.STATUS_FAILED,
    )
    return contract.STATUS_RECEIVED if was_taken else item.get(contract.STATUS)


def _received(values: Values, subject: str, status: object) -> Moment:
    is_plain = status in (None, contract.STATUS_RECEIVED)
    is_fetched = values.get(contract.SOURCE) == contract.SOURCE_RECONCILED
    reason = "" if is_plain else values.get(contract.STATUS_REASON)
    is_verified = bool(values.get("verified_by")) and not is_fetched
    details = details_of(
        event_type=values.get("event_type"),
        signature="none: it never came" if is_fetched else "verified" if is_verified else None,
        key=values.get("verified_by") if is_verified else None,
        from_address=values.get("source_ip"),
        reason=reason,
        bytes=values.get("size_bytes"),
        trace=values.get("trace_id"),
    )
    came = "fetched from the provider's list" if is_fetched else "received"
    what = came if is_plain else f"{came}: {status}"
    return Moment(
        str(values.get("received_at") or values.get("changed_at")),
        what,
        INBOX,
        subject,
        details,
        status in _TROUBLE,
    )


def _decided(values: Values, subject: str, status: object) -> Moment:
    details = details_of(
        by=values.get(contract.DECIDED_BY),
        note=values.get(contract.DECISION_NOTE),
        ticket=values.get(contract.DECISION_TICKET),
        was=values.get(contract.DECIDED_FROM),
        is_now=status,
    )
    what = f"a person decided: {values.get(contract.DECISION)}"
    return Moment(str(values.get(contract.DECIDED_AT)), what, INBOX, subject, details)


def _erased(values: Values, subject: str) -> Moment:
    details = details_of(by=values.get(contract.ERASED_BY), ticket=values.get(contract.ERASURE_TICKET))
    try:
        at = utc_timestamp(str(values[contract.ERASED_AT]))
    except UnreadableEvent:
        at = str(values.get("changed_at") or values.get("received_at"))
        return Moment(at, "erased, at a time that nobody can read", INBOX, subject, details, True)
    return Moment(at, "personal data erased", INBOX, subject, details)


def _ended(values: Values, subject: str, status: str, changed_at: str) -> Moment:
    """How it ended, and of one that was given up, after what."""
    is_given_up = status == contract.STATUS_FAILED
    details = details_of(
        reason=values.get(contract.STATUS_REASON),
        error=values.get("last_error") if is_given_up else None,
        attempts=values.get("attempts"),
        payment=values.get("transaction_id"),
    )
    is_new = is_given_up or status == contract.STATUS_RECEIVED
    at = changed_at if is_new else str(values.get("processed_at") or changed_at)
    what = "given up: failed" if is_given_up else status
    return Moment(at, what, INBOX, subject, details, status in _TROUBLE)
