"""Reads effects from records of the ledger's stream, and groups them so that each group fits a transaction. Pure.

An effect takes what its payment was from one bucket and adds what it is to another, or to the same. So over all time,
each bucket's sum is that of the payments that are there now. Any regrouping of the same records gives the same sums.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.domain.effect import Effect, from_text
from payment_webhooks.domain.facts import Facts
from payment_webhooks.money import EXPONENTS

# DynamoDB API reference, TransactWriteItems: up to 100 actions.
ACTIONS_MAXIMUM: Final = 100
_INSERTED: Final = "INSERT"
_CHANGES: Final = (_INSERTED, "MODIFY", "REMOVE")
_WORD: Final = re.compile(r"[a-z][a-z_]{0,31}")
_HOUR: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]")


class Bucket(NamedTuple):
    """What is counted together. hour: UTC, of recording, such as 2026-11-21T06. currency, status: of the payment."""

    hour: str
    provider: str
    currency: str | None
    status: str


class Tally(NamedTuple):
    """Sums over payments, or changes of them: then less than 0, too. Amounts are in minor units.

    After `payments`, the names are those of `Facts`.
    """

    payments: int = 0
    authorized_minor: int = 0
    captured_minor: int = 0
    captured_unconfirmed_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    held_minor: int = 0
    fee_minor: int = 0
    declined_attempts: int = 0

    @property
    def net_minor(self) -> int:
        return self.captured_minor - self.refunded_minor - self.disputed_minor

    def plus(self, other: "Tally") -> "Tally":
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def times(self, factor: int) -> "Tally":
        return Tally(*(factor * value for value in self))


Sums = dict[Bucket, Tally]


class Counted(NamedTuple):
    """One effect, by the keys of its row in the ledger. sums: of one bucket or two; none is all 0."""

    transaction_id: str
    sort_key: str
    sums: Sums

    @property
    def keys(self) -> tuple[str, str]:
        return self.transaction_id, self.sort_key


def counted_of(record: Mapping[str, Any]) -> Counted | None:
    """The effect that a stream record tells; None for every other change of the ledger.

    An effect happens once, when its row is inserted: changes and removals (the archive's, too) count for nothing.
    Raises ValueError, LookupError, TypeError or AttributeError for what can't be read.
    """
    name, change = record["eventName"], record["dynamodb"]
    if name not in _CHANGES:
        raise ValueError("not a stream record")
    if name != _INSERTED or contract.EFFECT not in change["NewImage"]:
        return None
    return counted_of_row(plain(change["NewImage"]))


def counted_of_row(row: Mapping[str, Any]) -> Counted | None:
    """The effect of a row's plain values; None for one that changes no sum, as no payout does. Raises what `counted_of`
    raises."""
    found = sums_of(from_text(row[contract.EFFECT]), row["provider"])
    keys = row[contract.TRANSACTION_ID], row[contract.TRANSACTION_TIMESTAMP]
    return Counted(*keys, found) if found else None


def sums_of(effect: Effect, provider: str) -> Sums:
    """What an effect adds to each bucket that it changes. Raises ValueError for an effect that can't be counted."""
    if not _HOUR.fullmatch(effect.hour):
        raise ValueError("not an hour")
    found: Sums = {}
    for facts, sign in ((effect.before, -1), (effect.after, 1)):
        if facts is not None:
            bucket = Bucket(effect.hour, _word(provider), facts.currency, _word(facts.status))
            add(found, bucket, tally_of(facts).times(sign))
    return without_zeros(found)


def tally_of(facts: Facts) -> Tally:
    """What one payment with these facts is in its bucket. Raises ValueError for facts that can't be counted."""
    values = [getattr(facts, name) or 0 for name in Tally._fields[1:]]
    if any(type(value) is not int for value in values):
        raise ValueError("not a whole number")
    if facts.currency is not None and facts.currency not in EXPONENTS:
        raise ValueError("unknown currency")
    return Tally(1, *values)


def add(found: Sums, bucket: Bucket, tally: Tally) -> None:
    found[bucket] = found.get(bucket, Tally()).plus(tally)


def without_zeros(found: Mapping[Bucket, Tally]) -> Sums:
    """As it depends on the groups in which effects are counted whether what comes to nothing is there."""
    return {bucket: tally for bucket, tally in found.items() if any(tally)}


def sums(effects: Iterable[Counted]) -> Sums:
    """One tally for each bucket: a transaction may name an item only once."""
    found: Sums = {}
    for each in effects:
        for bucket, tally in each.sums.items():
            add(found, bucket, tally)
    return without_zeros(found)


def chunks(effects: Iterable[Counted], actions_maximum: int = ACTIONS_MAXIMUM) -> Iterator[list[Counted]]:
    """In their order, as many as fit: each effect is one action, and each bucket among them one more.

    `effects` are distinct by their keys; `actions_maximum` is at least 3.
    """
    chunk: list[Counted] = []
    buckets: set[Bucket] = set()
    for each in effects:
        if len(chunk) + 1 + len(buckets | each.sums.keys()) > actions_maximum:
            yield chunk
            chunk, buckets = [], set()
        chunk.append(each)
        buckets |= each.sums.keys()
    if chunk:
        yield chunk


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise ValueError("not a word of ours")
    return value
