"""Reads transitions from records of the ledger's stream, and groups them so that each group fits a transaction. Pure.

Any regrouping of the same records gives the same transitions and sums.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.domain import events as words
from payment_webhooks.domain.transitions import is_marker
from payment_webhooks.money import EXPONENTS

# DynamoDB API reference, TransactWriteItems: up to 100 actions.
ACTIONS_MAXIMUM: Final = 100
_INSERTED: Final = "INSERT"
_CHANGES: Final = (_INSERTED, "MODIFY", "REMOVE")
_WORD: Final = re.compile(r"[a-z][a-z_]{0,31}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class Bucket(NamedTuple):
    """What is counted together. `hour`: UTC, such as 2026-11-21T06. A transition without an amount has no meaning,
    and perhaps no currency.
    """

    hour: str
    provider: str
    currency: str | None
    state: str
    meaning: str | None


class Tally(NamedTuple):
    """`amount_minor`: the sum of the amounts in whole minor units. `unconfirmed` of the transitions, with
    `unconfirmed_minor` of the sum, rest on a signature that is no MAC (PayPal without confirmation).
    """

    transitions: int = 0
    amount_minor: int = 0
    unconfirmed: int = 0
    unconfirmed_minor: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Counted(NamedTuple):
    """One transition, by the keys of its marker in the ledger."""

    transaction_id: str
    sort_key: str
    bucket: Bucket
    tally: Tally

    @property
    def keys(self) -> tuple[str, str]:
        return self.transaction_id, self.sort_key


def counted_of(record: Mapping[str, Any]) -> Counted | None:
    """The transition that a stream record tells; None for every other change of the ledger.

    A transition happens once, when its marker is inserted: rows, changes and removals (the archive's, too) count
    for nothing, and so do payouts, which are no payments. Raises ValueError, LookupError, TypeError or AttributeError
    for what can't be read.
    """
    name, change = record["eventName"], record["dynamodb"]
    if name not in _CHANGES:
        raise ValueError("not a stream record")
    keys = plain(change["Keys"])
    sort_key: str = keys[contract.TRANSACTION_TIMESTAMP]
    if name != _INSERTED or not is_marker(sort_key):
        return None
    marker = plain(change["NewImage"])
    return None if marker["object_kind"] == words.KIND_PAYOUT else counted_of_marker(marker)


def counted_of_marker(marker: Mapping[str, Any]) -> Counted:
    """The transition of a marker's plain values. Raises what `counted_of` raises."""
    amount, currency, meaning = marker.get("amount_minor"), marker.get("currency"), None
    if amount is not None:
        if type(amount) is not int or currency is None:
            raise ValueError("not an amount of money")
        meaning = _word(marker["amount_meaning"])
    if currency is not None and currency not in EXPONENTS:
        raise ValueError("unknown currency")
    confirmed = marker["confirmed"]
    if type(confirmed) is not bool:
        raise ValueError("not a boolean")
    bucket = Bucket(
        hour=_hour(marker["occurred_at"]),
        provider=_word(marker["provider"]),
        currency=currency,
        state=_word(marker["state"]),
        meaning=meaning,
    )
    minor = amount or 0
    tally = Tally(1, minor) if confirmed else Tally(1, minor, 1, minor)
    return Counted(marker[contract.TRANSACTION_ID], marker[contract.TRANSACTION_TIMESTAMP], bucket, tally)


def sums(transitions: Iterable[Counted]) -> dict[Bucket, Tally]:
    """One tally for each bucket: a transaction may name an item only once."""
    found: dict[Bucket, Tally] = {}
    for each in transitions:
        found[each.bucket] = found.get(each.bucket, Tally()).plus(each.tally)
    return found


def chunks(transitions: Iterable[Counted], actions_maximum: int = ACTIONS_MAXIMUM) -> Iterator[list[Counted]]:
    """In their order, as many as fit: each transition is one action, and each bucket among them one more.

    `transitions` are distinct by their keys; `actions_maximum` is at least 2.
    """
    chunk: list[Counted] = []
    buckets: set[Bucket] = set()
    for each in transitions:
        if len(chunk) + 1 + len(buckets | {each.bucket}) > actions_maximum:
            yield chunk
            chunk, buckets = [], set()
        chunk.append(each)
        buckets.add(each.bucket)
    if chunk:
        yield chunk


def _hour(occurred_at: str) -> str:
    if not _INSTANT.fullmatch(occurred_at):
        raise ValueError("not a UTC time")
    return occurred_at[:13]


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise ValueError("not a word of ours")
    return value
