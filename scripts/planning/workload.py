"""The average webhook of a mix of traffic: calls, stream records and audit records."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from payment_webhooks.audit.records import audit_record, json_line
from scripts.planning.recorded_calls import INBOX, LEDGER, Work, record_webhook


@dataclass(frozen=True)
class Workload:
    """Averages over the two kinds of new webhook, plain and PayPal's; duplicates are not in them.

    paypal_share: of the new ones; these are stored with two guard items. duplicate_share: redeliveries, of all
    requests; they end in the receiver.
    """

    body_bytes: int
    paypal_share: float
    duplicate_share: float = 0.0

    @cached_property
    def plain(self) -> Work:
        return record_webhook(self.body_bytes, claims_transmission=False)

    @cached_property
    def paypal(self) -> Work:
        return record_webhook(self.body_bytes, claims_transmission=True)

    def record(self) -> None:
        """Record the calls of both kinds now. Raises ValueError for bodies that are too long for a row."""
        _ = self.plain, self.paypal

    def mean(self, figure: Callable[[Work], float]) -> float:
        return self.paypal_share * figure(self.paypal) + (1 - self.paypal_share) * figure(self.plain)

    def records(self, table: str, filters: Sequence[str] = ()) -> float:
        """Records of the table's stream for one webhook; with `filters` (JSON patterns), those that pass."""
        patterns = [json.loads(text) for text in filters]
        return self.mean(
            lambda work: sum(
                not patterns or any(matches(pattern, write.stream_record) for pattern in patterns)
                for write in work.calls.writes_to(table)
            )
        )

    @property
    def audit_records(self) -> float:
        """One for each change of a webhook and of the ledger, none for a guard's."""
        return self.mean(lambda work: len(_audit_lines(work)))

    @property
    def audit_bytes(self) -> float:
        """Of the audit records of a webhook, before they are compressed; a guard has none."""
        return self.mean(lambda work: sum(map(len, _audit_lines(work))))


def matches(pattern: Mapping[str, Any], record: Any) -> bool:
    """EventBridge's matching: each field of the pattern lists the values or prefixes that it accepts, or must exist.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. Raises ValueError for
    another operator, which is written as an object: better no figure than a wrong one.
    """
    return all(
        isinstance(record, Mapping) and name in record and _accepts(wanted, record[name])
        for name, wanted in pattern.items()
    )


def _accepts(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, value)
    return any(_equals_or_begins(choice, value) for choice in wanted)


def _equals_or_begins(choice: Any, value: Any) -> bool:
    if not isinstance(choice, Mapping):
        return bool(choice == value)
    if choice == {"exists": True}:
        return True
    if choice.keys() != {"prefix"}:
        raise ValueError(f"planning does not know this operator of a filter: {choice}")
    return isinstance(value, str) and value.startswith(choice["prefix"])


def _audit_lines(work: Work) -> list[bytes]:
    writes = [*work.calls.writes_to(INBOX), *work.calls.writes_to(LEDGER)]
    records = [audit_record(write.stream_record) for write in writes]
    return [json_line(record) for record in records if record is not None]
