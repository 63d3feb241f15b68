"""Keeps the progress of an archive, and the lease of the run at work on it, in one item of the ledger's table.

The item is a lease, too: two runs at once would overwrite each other's parts. A run that dies keeps the lease until it
is over, which is longer than a function may run; the next run goes on where the item says.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.archive.parts import Part, part_from_json
from payment_webhooks.aws.dynamodb_items import attribute, item_of, plain
from payment_webhooks.aws.dynamodb_table import DynamoDbTable
from payment_webhooks.aws.json_client import Api
from payment_webhooks.errors import Unavailable

# Longer than a Lambda function may run at all (900 s), so that a lease never ends under its holder.
LEASE_SECONDS: Final = 960
_RUN: Final = "run_id"
_LEASE: Final = "lease_until"


class LeaseLost(Unavailable):
    """Somebody else holds the lease, or has changed the item."""

    def __init__(self) -> None:
        super().__init__("archive_lease_lost")


@dataclass(frozen=True, slots=True)
class Progress:
    """`day`: the oldest that is not worked through; None before the first run. `open_part`: begun, not done."""

    day: str | None = None
    next_part: int = 1
    open_part: Part | None = None


class ProgressItem:
    """The item of one archive (transactions, webhooks). `clock` gives Unix seconds; `run_id` is of this invocation.

    Every method raises Unavailable.
    """

    def __init__(
        self, dynamodb: Api, table: str, archive: str, run_id: str, clock: Callable[[], float]
    ) -> None:
        self._table = DynamoDbTable(dynamodb, table)
        self._archive = archive
        self._run_id = run_id
        self._clock = clock
        self._lease_until = 0

    def take(self) -> Progress | None:
        """Take the lease; None while another run has it."""
        now = int(self._clock())
        self._lease_until = now + LEASE_SECONDS
        write = self._table.update_if(
            self._key,
            "SET #lease = :until, #run = :run",
            # The last: our own attempt, whose answer was lost.
            "attribute_not_exists(#lease) OR #lease < :now OR #run = :run",
            {"#lease": _LEASE, "#run": _RUN},
            item_of({":until": self._lease_until, ":now": now, ":run": self._run_id}),
            ReturnValues="ALL_NEW",
        )
        return _progress(plain(write.item)) if write.done else None

    def save(self, progress: Progress) -> None:
        """Raises LeaseLost when another run has taken over."""
        self._put(progress, self._lease_until)

    def release(self, progress: Progress) -> None:
        """Save, and let the next run begin at once."""
        self._put(progress, 0)

    @property
    def _key(self) -> dict[str, Any]:
        return item_of(
            {
                contract.TRANSACTION_ID: contract.ARCHIVE_PROGRESS,
                contract.TRANSACTION_TIMESTAMP: f"{contract.ARCHIVE_PROGRESS}#{self._archive}",
            }
        )

    def _put(self, progress: Progress, lease_until: int) -> None:
        values = {
            "day": progress.day,
            "next_part": progress.next_part,
            "open_part": progress.open_part.to_json() if progress.open_part else None,
            _RUN: self._run_id,
            _LEASE: lease_until,
        }
        item = {**self._key, **item_of(values)}
        write = self._table.put_if(item, "#run = :run", {"#run": _RUN}, {":run": attribute(self._run_id)})
        if write.refusal is not None:
            raise LeaseLost from write.refusal


def _progress(values: dict[str, Any]) -> Progress:
    part = values.get("open_part")
    return Progress(values.get("day"), values.get("next_part", 1), part_from_json(part) if part else None)


def begun(progress: Progress, part: Part) -> Progress:
    """With this part open; its number is used up, whatever becomes of it."""
    return replace(progress, open_part=part, next_part=part.number + 1)


def closed(progress: Progress) -> Progress:
    return replace(progress, open_part=None)
