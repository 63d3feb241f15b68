"""The operation that asks the counters of payments: its description, its schemas, its handler."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from payment_webhooks.analytics.query import (
    AMOUNTS,
    DIMENSIONS,
    INSTANT_FORMS,
    RANGE_DAYS_MAXIMUM,
    SUMS_MAXIMUM,
    InvalidQuery,
    analytics_query,
    answer,
)
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.transaction_api.description import Operation, Parameter, Schema
from payment_webhooks.transaction_api.request import ApiRequest, InvalidRequest
from payment_webhooks.transaction_api.schemas import record

if TYPE_CHECKING:  # the build describes the operation and calls nothing
    from payment_webhooks.analytics.reader import AnalyticsReader

GET_ANALYTICS: Final = "getAnalytics"

_HOUR_PATTERN: Final = (
    "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3])(:00(:00)?Z)?)?$"
)
_ONE: Final = f"({'|'.join(DIMENSIONS)})"
_GROUP_BY_PATTERN: Final = f"^{_ONE}(,{_ONE}){{0,{len(DIMENSIONS) - 1}}}$"
_INSTANT: Final[Schema] = {"type": "string", "pattern": "^[0-9-]{10}T[0-9]{2}:00:00Z$"}
_CHANGE: Final[Schema] = {
    "type": "integer",
    "description": "How many more there are; grouped by status, fewer where payments went to another one",
}
_WORD: Final[Schema] = {"type": ["string", "null"]}
_COUNTS: Final[Mapping[str, Schema]] = {"payments": _CHANGE, "declined_attempts": _CHANGE}
_SUM: Final = record(
    "By how much the payments of one currency changed; less than 0 where they lost it",
    {
        "currency": {
            "type": ["string", "null"],
            "description": "ISO 4217; null: payments that tell no amount",
        },
        **_COUNTS,
        **{name: {"type": "integer", "description": "Minor units of `currency`"} for name in AMOUNTS},
        "amounts": {
            "type": "object",
            "description": "The same as text in major units, with all digits; none without a currency",
            "properties": {name.removesuffix("_minor"): {"type": "string"} for name in AMOUNTS},
            "additionalProperties": False,
        },
    },
)
_GROUP: Final = record(
    "One group, with the dimensions that were asked for",
    {
        "hour": _INSTANT,
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "provider": {"type": "string", "enum": list(PROVIDERS.names)},
        "currency": _WORD,
        "status": {"type": "string"},
        **_COUNTS,
        "sums": {"type": "array", "items": _SUM},
    },
    *DIMENSIONS,
)

ANALYTICS_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Analytics": record(
        "By how much payments and their money changed; sums never mix currencies",
        {
            "from": _INSTANT,
            "to": _INSTANT,
            "group_by": {"type": "array", "items": {"type": "string", "enum": list(DIMENSIONS)}},
            "payments": _CHANGE,
            "groups": {"type": "array", "items": _GROUP},
        },
    )
}


def _hour(name: str, description: str, example: str) -> Parameter:
    form = f"a whole hour in UTC, such as {INSTANT_FORMS}"
    return Parameter(name, "query", {"type": "string", "pattern": _HOUR_PATTERN}, form, description, example)


ANALYTICS_OPERATIONS: Final = (
    Operation(
        GET_ANALYTICS,
        "GET",
        "/analytics",
        "Counts and sums of payments",
        "What each event changed, in the hour in which it was recorded: over all time, what all payments are now. "
        f"At most {RANGE_DAYS_MAXIMUM} days and {SUMS_MAXIMUM} sums.",
        (
            _hour("from", "The first hour; without it, a day before `to`", "2026-11-20"),
            _hour(
                "to", "The end, not included; without it, that of the current hour", "2026-11-21T06:00:00Z"
            ),
            Parameter(
                "group_by",
                "query",
                {"type": "string", "pattern": _GROUP_BY_PATTERN},
                f"any of {', '.join(DIMENSIONS)}, with commas between",
                "What makes a group; without it, hour",
                "day,provider",
            ),
        ),
        answer="Analytics",
    ),
)


class AnalyticsAnswers:
    """`now` gives Unix seconds."""

    def __init__(self, reader: "AnalyticsReader", now: Callable[[], float]) -> None:
        self._reader = reader
        self._now = now

    def get(self, request: ApiRequest) -> dict[str, Any]:
        """Raises InvalidRequest, Unavailable."""
        given = request.values
        try:
            query = analytics_query(given.get("from"), given.get("to"), given.get("group_by"), self._now())
            return answer(query, self._reader.counters(query))
        except InvalidQuery as error:
            raise InvalidRequest(f"{error}.") from error
