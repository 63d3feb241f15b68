"""Reads webhooks from the inbox for the processor, and records how far each has come.

Which status follows which: transitions.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import attribute, plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.sparse_indexes import archive_shard, attention

OPEN_STATUSES = (contract.STATUS_RECEIVED, contract.STATUS_FAILED)
_ATTEMPTS = "attempts"
_LAST_ERROR = "last_error"
# Attempts in a row that began and of whose end nothing is known.
_UNENDED = "attempts_unended"
# There from giving up until the dead letter is sent, so that a crash between the two loses none.
_LETTER_DUE = "dead_letter_due"
_OF_WHAT_IS_OPEN = (contract.PENDING_SHARD, contract.PENDING_SINCE, _UNENDED)
# What an update may name, as the processor's role has it: how far a webhook has come, and nothing that came with it.
MARKED = (
    contract.WEBHOOK_ID,
    contract.WEBHOOK_TIMESTAMP,
    contract.STATUS,
    contract.STATUS_REASON,
    "processed_at",
    contract.TRANSACTION_ID,
    contract.ARCHIVE_SHARD,
    contract.ATTENTION_SHARD,
    contract.ATTENTION_SINCE,
    _ATTEMPTS,
    _LAST_ERROR,
    _LETTER_DUE,
    *_OF_WHAT_IS_OPEN,
)
# An item that is not there has no status, so no update ever creates one.
_IS_OPEN = f"#{contract.STATUS} = :received OR #{contract.STATUS} = :failed"
_IS_TO_BE_GIVEN_UP = f"#{contract.STATUS} = :received OR attribute_exists(#{_LETTER_DUE})"


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """One item. The body is `payload` (text, or bytes when it is not UTF-8) or the object `payload_key`.

    payload_sha256: of the body as it came. erased_sha256: of what is left of it, once personal data was taken out.
    """

    keys: InboxKeys
    endpoint: str
    provider: str
    event_id: str
    status: str
    received_at: str
    trace_id: str | None
    payload: str | bytes | None = field(repr=False)
    payload_key: str | None
    payload_sha256: str
    accepted_from: str | None = None  # the status from which a person has accepted it
    attempts: int = 0
    unended: int = 0
    told_until: str | None = None  # of one that was processed before: what its rows of then changed was told
    erased_sha256: str | None = None
    reason: str | None = None
    money: str | None = (
        None  # what it says of money, of one that was fetched from its provider, as it never came
    )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended. `reason` explains a status other than processed."""

    status: str
    reason: str | None = None
    transaction_id: str | None = None


class InboxProgress:
    """Every method raises Unavailable when the table does not answer. `now` gives a UTC time, six digits."""

    def __init__(self, dynamodb: Api, table: str, now: Callable[[], str]) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._now = now

    def load(self, webhook_id: str) -> list[StoredWebhook]:
        """Every item of one webhook id, strongly consistent, in the order of their timestamps."""
        items = self._table.query(
            "#id = :id", {"#id": contract.WEBHOOK_ID}, {":id": {"S": webhook_id}}, ConsistentRead=True
        )
        return [_stored(plain(item)) for item in items]

    def finish(self, keys: InboxKeys, result: Result) -> bool:
        """Mark a webhook as done; False when it was not open any more (another attempt was faster)."""
        now = self._now()
        waits = attention(result.status, keys.webhook_id, now)
        changes = {
            contract.STATUS: result.status,
            "processed_at": now,
            "transaction_id": result.transaction_id,
            contract.ARCHIVE_SHARD: archive_shard(result.status, keys.webhook_id, now),
        }
        cleared = {contract.STATUS_REASON: result.reason, **waits}
        removed = [name for name, value in cleared.items() if value is None]
        return self._update(keys, {**changes, **cleared}, [*_OF_WHAT_IS_OPEN, *removed], {_ATTEMPTS: 1})

    def begin_again(self, keys: InboxKeys) -> bool:
        """Count an attempt before it is made: of an earlier one nobody knows how it ended."""
        return self._update(keys, {}, [], {_UNENDED: 1})

    def record_failure(self, keys: InboxKeys, error: str, counts: bool = True) -> bool:
        """Record an attempt that failed and will be repeated. `error` is a reason code; `counts`: whether it is one of
        those after which the webhook is given up.
        """
        return self._update(keys, {_LAST_ERROR: error}, [_UNENDED], {_ATTEMPTS: int(counts)})

    def give_up(self, keys: InboxKeys, reason: str, attempts: int = 1) -> bool:
        """Mark a webhook as failed, so that nothing brings it again but a person. True for the one who does so first,
        or of whose predecessor no dead letter is known: that one sends it, and says so by `letter_sent`.

        `attempts` are those that have not been counted: 0 when each has been recorded.
        """
        now = self._now()
        changes = {
            contract.STATUS: contract.STATUS_FAILED,
            contract.STATUS_REASON: reason,
            _LAST_ERROR: reason,
            _LETTER_DUE: now,
            **attention(contract.STATUS_FAILED, keys.webhook_id, now),
        }
        return self._update(keys, changes, _OF_WHAT_IS_OPEN, {_ATTEMPTS: attempts}, _IS_TO_BE_GIVEN_UP)

    def letter_sent(self, keys: InboxKeys) -> bool:
        """The dead letter of a webhook that was given up is in its queue."""
        return self._update(keys, {}, [_LETTER_DUE], {})

    def _update(
        self,
        keys: InboxKeys,
        changes: Mapping[str, str | None],
        removed: Sequence[str],
        added: Mapping[str, int],
        condition: str = _IS_OPEN,
    ) -> bool:
        """Apply `changes`, remove the attributes `removed` and add to the numbers `added`, if the condition holds. A
        value of None leaves the attribute unchanged. False if the item does not exist or the condition fails.
        """
        values = {name: attribute(value) for name, value in changes.items() if value is not None}
        more = {name: attribute(number) for name, number in added.items()}
        clauses = {
            "SET": [f"#{name} = :{name}" for name in values],
            "REMOVE": [f"#{name}" for name in removed],
            "ADD": [f"#{name} :{name}" for name in more],
        }
        statuses = {":received": contract.STATUS_RECEIVED, ":failed": contract.STATUS_FAILED}
        return self._table.update_if(
            {
                contract.WEBHOOK_ID: {"S": keys.webhook_id},
                contract.WEBHOOK_TIMESTAMP: {"S": keys.timestamp},
            },
            " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts),
            condition,
            {f"#{name}": name for name in (*values, *removed, *more, contract.STATUS)},
            {
                **{f":{name}": value for name, value in {**values, **more}.items()},
                **{name: attribute(value) for name, value in statuses.items() if name in condition},
            },
        ).done


def _stored(item: Mapping[str, Any]) -> StoredWebhook:
    return StoredWebhook(
        keys=InboxKeys(item[contract.WEBHOOK_ID], item[contract.WEBHOOK_TIMESTAMP]),
        endpoint=item["endpoint"],
        provider=item["provider"],
        event_id=item["event_id"],
        status=item[contract.STATUS],
        received_at=item["received_at"],
        trace_id=item.get("trace_id"),
        payload=item.get("payload"),
        payload_key=item.get("payload_key"),
        payload_sha256=item["payload_sha256"],
        accepted_from=(
            item.get(contract.DECIDED_FROM)
            if item.get(contract.DECISION) == contract.DECISION_ACCEPT
            else None
        ),
        attempts=int(item.get(_ATTEMPTS, 0)),
        unended=int(item.get(_UNENDED, 0)),
        # What was never processed has no transaction.
        told_until=item.get("processed_at") if "transaction_id" in item else None,
        erased_sha256=item.get(contract.ERASED_SHA256),
        reason=item.get(contract.STATUS_REASON),
        money=item.get(contract.MONEY),
    )
