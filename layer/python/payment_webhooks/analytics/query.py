"""What one may ask of the counters, and the answer: pure, for the API and the script alike.

Sums never mix currencies. Counts of payments are of whatever group was asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from payment_webhooks.analytics.counted_effects import Bucket, Tally
from payment_webhooks.money import decimal_string

HOUR: Final = "hour"
DAY: Final = "day"
DIMENSIONS: Final = (HOUR, DAY, "provider", "currency", "status")
# What is summed up, in minor units; and in major units by the name without its end.
AMOUNTS: Final = (
    "authorized_minor",
    "captured_minor",
    "captured_unconfirmed_minor",
    "refunded_minor",
    "disputed_minor",
    "held_minor",
    "net_minor",
    "fee_minor",
)
RANGE_DAYS_MAXIMUM: Final = 92  # a quarter: 736 queries, of some milliseconds each
SUMS_MAXIMUM: Final = 5000  # some 600 bytes each; Lambda answers with 6 MB at most
INSTANT_FORMS: Final = "2026-11-21, 2026-11-21T06 or 2026-11-21T06:00:00Z"
_INSTANT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::00(?::00(?:\.0{1,6})?)?Z)?)?", re.ASCII)
_HOUR: Final = timedelta(hours=1)


class InvalidQuery(ValueError):
    """What is wrong with a question, in words for who asked it; `field` is `from`, `to` or `group_by`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class AnalyticsQuery(NamedTuple):
    """Whole hours, UTC: from `first`, before `end`; `group_by` in the order of DIMENSIONS."""

    first: datetime
    end: datetime
    group_by: tuple[str, ...]

    def days(self) -> Iterator[tuple[str, str, str]]:
        """Each day with its first and last hour, such as ("2026-11-21", "06", "23")."""
        hour, last = self.first, self.end - _HOUR
        while hour <= last:
            end_of_day = min(last, hour.replace(hour=23))
            yield f"{hour:%Y-%m-%d}", f"{hour:%H}", f"{end_of_day:%H}"
            hour = end_of_day + _HOUR


def analytics_query(first: str | None, end: str | None, group_by: str | None, now: float) -> AnalyticsQuery:
    """The question of `from`, `to` (not included) and `group_by` (names with commas between).

    Without `to`: up to the end of the current hour; without `from`: the day before `to`; without `group_by`: hour.
    `now` is in Unix seconds. Raises InvalidQuery.
    """
    this_hour = datetime.fromtimestamp(now, UTC).replace(minute=0, second=0, microsecond=0)
    try:
        until = _instant("to", end) if end else this_hour + _HOUR
        since = _instant("from", first) if first else until - timedelta(days=1)
    except OverflowError as error:
        raise InvalidQuery("to", "not a time that can be asked for") from error
    if since >= until:
        raise InvalidQuery("from", "is not before `to`")
    if until - since > timedelta(days=RANGE_DAYS_MAXIMUM):
        raise InvalidQuery("from", f"more than {RANGE_DAYS_MAXIMUM} days before `to`")
    return AnalyticsQuery(since, until, _dimensions(group_by or HOUR))


def answer(query: AnalyticsQuery, counters: Mapping[Bucket, Tally]) -> dict[str, Any]:
    """The JSON document: groups in order, each with its payments and its sums by currency; none where all is 0.

    Raises InvalidQuery when there are more than SUMS_MAXIMUM sums.
    """
    sums: dict[tuple[tuple[str, ...], str], Tally] = {}
    for bucket, tally in counters.items():
        key = tuple(_value(bucket, name) for name in query.group_by), bucket.currency or ""
        sums[key] = sums.get(key, Tally()).plus(tally)
    groups: dict[tuple[str, ...], dict[str, Tally]] = {}
    for (group, currency), tally in sorted(sums.items()):
        if any(tally):
            groups.setdefault(group, {})[currency] = tally
    if sum(map(len, groups.values())) > SUMS_MAXIMUM:
        raise InvalidQuery(
            "group_by", f"more than {SUMS_MAXIMUM} sums; ask for fewer hours or fewer dimensions"
        )
    shown = [_group(query.group_by, key, of_group) for key, of_group in groups.items()]
    return {
        "from": f"{query.first:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{query.end:%Y-%m-%dT%H:%M:%SZ}",
        "group_by": list(query.group_by),
        "payments": sum(group["payments"] for group in shown),
        "groups": shown,
    }


def amounts_of(tally: Tally, currency: str | None) -> dict[str, Any]:
    """In minor units, and under `amounts` as text in major units; without a currency no payment has an amount."""
    minor = {name: getattr(tally, name) for name in AMOUNTS}
    major = (
        {}
        if currency is None
        else {name.removesuffix("_minor"): decimal_string(minor[name], currency) for name in AMOUNTS}
    )
    return {**minor, "amounts": major}


def _group(names: Sequence[str], key: Sequence[str], sums: Mapping[str, Tally]) -> dict[str, Any]:
    return {
        **{name: value or None for name, value in zip(names, key, strict=True)},
        **_counts(sums.values()),
        "sums": [
            {"currency": currency or None, **_counts([tally]), **amounts_of(tally, currency or None)}
            for currency, tally in sums.items()
        ],
    }


def _counts(tallies: Iterable[Tally]) -> dict[str, int]:
    found = list(tallies)
    return {
        "payments": sum(each.payments for each in found),
        "declined_attempts": sum(each.declined_attempts for each in found),
    }


def _value(bucket: Bucket, name: str) -> str:
    if name == HOUR:
        return f"{bucket.hour}:00:00Z"
    value: str | None = bucket.hour[:10] if name == DAY else getattr(bucket, name)
    return value or ""


def _dimensions(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")]
    unknown = sorted(set(names) - set(DIMENSIONS))
    if unknown:
        raise InvalidQuery("group_by", f"any of {', '.join(DIMENSIONS)}, with commas between")
    return tuple(name for name in DIMENSIONS if name in names)


def _instant(field: str, text: str) -> datetime:
    match = _INSTANT.fullmatch(text)
    try:
        if match:
            return datetime.strptime(f"{match[1]}T{match[2] or '00'}", "%Y-%m-%dT%H").replace(tzinfo=UTC)
    except ValueError:
        pass  # such as the 31st of February
    raise InvalidQuery(field, f"a whole hour in UTC, such as {INSTANT_FORMS}")
