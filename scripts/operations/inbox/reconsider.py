"""Judges stored webhooks of an endpoint again, after its settings, or a reader, have changed.

Those that wait are found in the attention index, those that were ignored in the archive index, under the day on which
they were: what has been archived is not found, and only its provider can send it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.day_shards import later
from payment_webhooks.domain.events import IGNORED
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.inbox.items import FINGERPRINT
from payment_webhooks.inbox.verdict import TAKEN, Verdict
from payment_webhooks.providers.provider import Provider, normalise, read_envelope
from payment_webhooks.receiving.judgement import judge
from scripts.command_line.errors import RolledBack
from scripts.operations.inbox.decisions import Decision, Item, payload_of, store_verdict
from scripts.operations.inbox.search import Filter, find

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from payment_webhooks.endpoints.secret_document import EndpointSecret

_KEYS: Final = (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)
_KEPT: Final = (*_KEYS, contract.STATUS, contract.STATUS_REASON, FINGERPRINT)


class Search(NamedTuple):
    """Which webhooks are judged again: those that were given one of these reasons on a day from `first` to `last`."""

    endpoint: str
    reasons: Sequence[str]
    first: str
    last: str


class Change(NamedTuple):
    """A webhook that is judged otherwise now. `item` has no body."""

    item: Item
    before: Verdict
    after: Verdict

    @property
    def title(self) -> str:
        """Both verdicts, for people."""
        return " -> ".join(
            verdict.status if verdict.reason is None else f"{verdict.status} ({verdict.reason})"
            for verdict in (self.before, self.after)
        )


def find_changes(
    dynamodb: DynamoDBClient,
    s3: S3Client,
    table: str,
    bucket: str,
    search: Search,
    provider: Provider,
    secret: EndpointSecret,
) -> tuple[list[Change], int]:
    """What changes, and how many webhooks were judged. Nothing is written."""
    changes, judged = [], 0
    for shown in _found(dynamodb, table, search):
        keys = {name: {"S": str(shown[name])} for name in _KEYS}
        answer: Mapping[str, Any] = dynamodb.get_item(TableName=table, Key=keys, ConsistentRead=True)
        item = plain(answer.get("Item", {}))
        before = Verdict(item.get(contract.STATUS, ""), item.get(contract.STATUS_REASON))
        if before.reason not in search.reasons:
            continue  # the index is a moment behind
        judged += 1
        after = judge_body(payload_of(s3, bucket, item), provider, secret)
        if before.turns_into(after):
            changes.append(Change({name: item[name] for name in _KEPT}, before, after))
    return changes, judged


def judge_body(body: bytes, provider: Provider, secret: EndpointSecret) -> Verdict:
    """What receiver and processor would make of it now; what can't be read is taken, for the processor to say so."""
    try:
        envelope = read_envelope(provider, body)
        verdict = judge(envelope.livemode, envelope.account, secret)
        if verdict != TAKEN:
            return verdict
        event = normalise(provider, body)
    except UnreadableEvent:
        return TAKEN
    says_nothing = event.status == IGNORED or event.transaction_id is None
    return Verdict(contract.STATUS_IGNORED, event.ignored_for) if says_nothing else TAKEN


def apply_changes(
    dynamodb: DynamoDBClient,
    table: str,
    changes: Iterable[Change],
    decision: Decision,
    pause: Callable[[], None],
) -> Counter[str]:
    """How many got which status, and how many were `changed meanwhile` and left alone. `pause` is called before each
    write.
    """
    done: Counter[str] = Counter()
    for change in changes:
        pause()
        try:
            store_verdict(dynamodb, table, change.item, change.after, contract.DECISION_RECONSIDER, decision)
            done[change.after.status] += 1
        except RolledBack:
            done["changed meanwhile"] += 1
    return done


def _found(dynamodb: DynamoDBClient, table: str, search: Search) -> Iterator[dict[str, Any]]:
    """What the indexes show."""
    first, end = (
        datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (search.first, later(search.last, 1))
    )
    waits = [contract.STATUS_UNEXPECTED] if contract.REASON_MODE in search.reasons else []
    ignored = [contract.STATUS_IGNORED] if {*search.reasons} - {contract.REASON_MODE} else []
    for status in (*waits, *ignored):
        wanted = Filter(status, [search.endpoint], since=first, until=end)
        for entry in find(dynamodb, table, wanted):
            if entry.get(contract.STATUS_REASON) in search.reasons:
                yield entry
