"""What is stored of one webhook, or of one payment with all of its webhooks: inbox, ledger, audit, archive, markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.day_shards import day_of
from payment_webhooks.domain.effect import Effect, from_text
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, as_json
from payment_webhooks.domain.payout import PayoutState
from payment_webhooks.domain.payout import as_json as payout_as_json
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader
from payment_webhooks.money import optional_decimal_string
from scripts.command_line.boto3_api import client_api
from scripts.operations.archive.objects import archived_lines, manifests, webhooks_in
from scripts.operations.cold_objects import InGlacier
from scripts.operations.redrive.letters import Letter
from scripts.operations.trace.audit_trail import audit_records, put_back

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from stacks.names import Names

# The stored copy of the body is for the processor alone: a trace is pasted into tickets and chats.
NOT_SHOWN: Final = ("payload", "payload_base64", "payload_key", "fingerprint")
# A webhook is archived under the day on which it was done, which is after its row was written.
_DONE_WITHIN: Final = timedelta(hours=1)
# Of a day and provider, some 1 MB each: more are not read for one trace.
MOST_PARTS: Final = 100


TAMPERED: Final = "tampered"  # the outcome of the audit logger's line of a change that no function makes


class Unread(NamedTuple):
    """What a trace could not read; `command`: what to run for it, if there is something."""

    what: str
    command: str = ""


class LogLine(NamedTuple):
    """A line of a function's log. `at`: UTC, six digits, when it was written."""

    at: str
    fields: Mapping[str, Any]


class Step(NamedTuple):
    """An event in the history of a workflow's execution. `type` is Step Functions' word; state, error: "" for none."""

    at: str
    execution: str
    type: str
    state: str = ""
    error: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Trace:
    """What is known of one webhook, or of one payment and all of its webhooks. All is empty for what never arrived.

    subject: the id that was asked for; of_payment: whether it is a payment's. inbox: items, and what the archive has of
    those that have expired. effects: what rows changed, by their event id. notifications: markers of the payment.
    parts: where rows are archived. lines, steps, untold, letters: how it ran (`runs.py`); untold: notifications,
    "{type}#{event id}", that should be told and are not. unread: what could not be read.
    """

    subject: str
    inbox: tuple[dict[str, Any], ...] = ()
    ledger: tuple[LedgerRow, ...] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)
    state: PaymentState | None = None
    audit: tuple[dict[str, Any], ...] = ()
    payout: PayoutState | None = None  # where the ledger has a payout, and no payment
    notifications: tuple[dict[str, Any], ...] = ()
    parts: tuple[ArchivedPart, ...] = ()
    lines: tuple[LogLine, ...] = ()
    steps: tuple[Step, ...] = ()
    untold: tuple[str, ...] = ()
    letters: tuple[Letter, ...] = ()
    unread: tuple[Unread, ...] = ()
    of_payment: bool = False

    @property
    def found(self) -> bool:
        """Something is stored of it, or the audit logger has told of its end."""
        return bool(self.inbox or self.lines or (self.of_payment and self.ledger))

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """Those that are the subject's own: of a payment all, of a webhook what it told."""
        return tuple(row for row in self.ledger if self.of_payment or row.webhook_id == self.subject)

    @property
    def inbox_statuses(self) -> tuple[str, ...]:
        return tuple(str(item.get(contract.STATUS)) for item in self.inbox)

    def as_document(self) -> dict[str, Any]:
        """The fields as values of JSON, by their names."""
        return {
            **asdict(replace(self, effects={})),
            "ledger": [
                {**row._asdict(), "amount": optional_decimal_string(row.amount_minor, row.currency)}
                for row in self.ledger
            ],
            "effects": {event_id: effect.changes for event_id, effect in self.effects.items()},
            "state": None if self.state is None else as_json(self.state),
            "payout": None if self.payout is None else payout_as_json(self.payout),
            **{
                name: [each._asdict() for each in getattr(self, name)]
                for name in ("parts", "lines", "steps", "letters", "unread")
            },
        }


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a DynamoDB item, without what is not shown."""
    return {name: value for name, value in values.items() if name not in NOT_SHOWN}


def trace(
    names: Names, dynamodb: DynamoDBClient, s3: S3Client, webhook_id: str, archived_on: str | None = None
) -> Trace:
    """Reads (strongly consistent) everything that is stored of `webhook_id` ("{endpoint}:{event id}").

    archived_on: the day on which it was done, to look for it in the archive where the inbox has it no more. `names` has
    account and region, which the buckets' names hold. Raises ClientError or ServiceError when not allowed.
    """
    source = _Source(names, dynamodb, s3)
    inbox = source.inbox_items(webhook_id)
    if not inbox and archived_on is not None:
        inbox = source.archived(archived_on, None, {webhook_id})
    ids = sorted({str(item["transaction_id"]) for item in inbox if "transaction_id" in item})
    entries = map(source.entries, ids)  # several ids may be of one payment
    payments = {each.payment.transaction_id: each for each in entries if each.payment}.values()
    return source.complete(webhook_id, inbox, payments, ids, [webhook_id])


def trace_payment(names: Names, dynamodb: DynamoDBClient, s3: S3Client, transaction_id: str) -> Trace:
    """The same of a payment or payout with all of its webhooks, whichever of its ids is asked for; of those that the
    inbox has no more, the archive is asked for under the day of their row.
    """
    source = _Source(names, dynamodb, s3)
    entries = source.entries(transaction_id)
    webhook_ids = list(dict.fromkeys(row.webhook_id for row in entries.rows if row.webhook_id))
    inbox = [item for webhook_id in webhook_ids for item in source.inbox_items(webhook_id)]
    gone = set(webhook_ids) - {str(item[contract.WEBHOOK_ID]) for item in inbox}
    for (day, provider), wanted in _days_of(entries.rows, gone).items():
        inbox += source.archived(day, provider, wanted)
    ids = sorted({transaction_id, *(row.transaction_id for row in entries.rows)})
    found = source.complete(transaction_id, inbox, [entries] if entries.rows else [], ids, webhook_ids)
    return replace(found, of_payment=True)


def with_put_back(found: Trace, names: Names, s3: S3Client) -> Trace:
    """The trace with what came into the ledger again soon after it was removed, as its lines tell."""
    tampered = [line.fields for line in found.lines if line.fields.get("outcome") == TAMPERED]
    records, unread = _read(put_back(s3, names.audit_bucket, tampered))
    return replace(found, audit=(*found.audit, *records), unread=(*found.unread, *unread))


def _read(records: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Unread]]:
    """Records of the audit trail, and the objects that can't be read."""
    read, unread = list[dict[str, Any]](), list[Unread]()
    for each in records:
        if "unread" in each:
            unread.append(Unread(f"audit object {each['key']} {each['unread']}", each["next_step"]))
        else:
            read.append(each)
    return read, unread


def _days_of(rows: Iterable[LedgerRow], webhook_ids: set[str]) -> dict[tuple[str, str], set[str]]:
    """By day and provider, the webhooks that may be archived there."""
    days: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.webhook_id in webhook_ids:
            recorded = datetime.fromisoformat(row.recorded_at)
            for instant in (recorded, recorded + _DONE_WITHIN):
                days.setdefault((day_of(instant.isoformat()), row.provider), set()).add(row.webhook_id)
    return days


class _Source:
    """Where a trace is read from; `unread` grows by what can't be."""

    def __init__(self, names: Names, dynamodb: DynamoDBClient, s3: S3Client) -> None:
        self._names, self._dynamodb, self._s3 = names, dynamodb, s3
        self._unread: list[Unread] = []
        self._ledger = LedgerReader(client_api(dynamodb), names.transactions_table)

    def entries(self, transaction_id: str) -> LedgerEntries:
        """What the ledger has of it; nothing where somebody has changed that into what can't be read."""
        try:
            return self._ledger.read(transaction_id)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            why = f"{type(error).__name__}: changed by hand (docs/incidents.md)"
            self._unread.append(Unread(f"ledger of {transaction_id}, {why}"))
            return LedgerEntries(())

    def inbox_items(self, webhook_id: str) -> list[dict[str, Any]]:
        return self._query(self._names.inbox_table, contract.WEBHOOK_ID, webhook_id)

    def archived(self, day: str, provider: str | None, wanted: set[str]) -> list[dict[str, Any]]:
        """What the archive has of these webhooks under a day."""
        bucket = self._names.archive_bucket
        parts = [
            each
            for each in manifests(self._s3, bucket, contract.ARCHIVE_WEBHOOKS, day)
            if provider in (None, each["provider"])
        ]
        if len(parts) > MOST_PARTS:
            self._unread.append(Unread(f"{len(parts) - MOST_PARTS} of {len(parts)} archive parts of {day}"))
        found, cold = webhooks_in(
            self._s3, bucket, parts[:MOST_PARTS], lambda item: item[contract.WEBHOOK_ID] in wanted
        )
        self._unread += [Unread(each.message, each.command) for each in cold]
        return [shown(item) for item in found]

    def complete(
        self,
        subject: str,
        inbox: Sequence[dict[str, Any]],
        payments: Iterable[LedgerEntries],
        transaction_ids: Sequence[str],
        webhook_ids: Sequence[str],
    ) -> Trace:
        """With what follows from the inbox's items and the ledger's entries."""
        payments = list(payments)
        rows = tuple(row for entries in payments for row in entries.rows)
        effects = {event: from_text(text) for each in payments for event, text in each.effects.items()}
        parts = tuple(part for each in payments for part in each.archived)
        told = next((each.payment.told for each in payments if each.payment), None)
        return Trace(
            subject=subject,
            inbox=tuple(map(shown, inbox)),
            ledger=rows,
            effects={**self._archived_effects(parts, transaction_ids), **effects},
            state=told if isinstance(told, PaymentState) else None,
            payout=told if isinstance(told, PayoutState) else None,
            audit=tuple(record for each in webhook_ids for record in self._audit_records(each, inbox, rows)),
            notifications=tuple(
                item
                for each in transaction_ids
                for item in self._query(self._names.notifications_table, contract.TRANSACTION_ID, each)
            ),
            parts=parts,
            unread=tuple(self._unread),
        )

    def _archived_effects(self, parts: Iterable[ArchivedPart], ids: Iterable[str]) -> dict[str, Effect]:
        """Those of rows of these transactions whose parts can be read."""
        found: dict[str, Effect] = {}
        for part in parts:
            try:
                generations = [each for name in ids for each in archived_lines(self._s3, [part], name)]
            except InGlacier as cold:
                self._unread.append(Unread(cold.message, cold.command))
                continue
            rows = [row for each in generations for line in each["lines"] for row in line["rows"]]
            found |= {
                row["event_id"]: from_text(row[contract.EFFECT]) for row in rows if row.get(contract.EFFECT)
            }
        return found

    def _audit_records(
        self, webhook_id: str, inbox: Iterable[Mapping[str, Any]], rows: Iterable[LedgerRow]
    ) -> list[dict[str, Any]]:
        of_it = [item for item in inbox if item[contract.WEBHOOK_ID] == webhook_id]
        times = of_it or [{"recorded_at": row.recorded_at} for row in rows if row.webhook_id == webhook_id]
        records, unread = _read(audit_records(self._s3, self._names.audit_bucket, webhook_id, times))
        self._unread += unread
        return records

    def _query(self, table: str, key: str, value: str) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": {"S": value}},
        )
        items: list[Any] = [item for page in pages for item in page["Items"]]
        return [plain(item) for item in items]
