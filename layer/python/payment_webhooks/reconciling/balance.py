"""Collects what a provider's books have, as much as one answer to a person takes. Pure but for the pages."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.balance_list import BalancePage, MoneyEntry

# Of 200 bytes each: an answer of Lambda has 6 MB
# (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MOST_ENTRIES: Final = 10_000


class BalancePart(NamedTuple):
    """`next_cursor`: where to go on, None at the end. `failure` ended it before; then ask for it again."""

    measures: tuple[str, ...]
    entries: tuple[MoneyEntry, ...]
    next_cursor: str | None
    failure: Unavailable | None = None


def balance_part(
    measures: tuple[str, ...], pages: Iterator[BalancePage], may_go_on: Callable[[], bool]
) -> BalancePart:
    """At least one page, and no further ones when `may_go_on` says so or the answer is full."""
    entries: list[MoneyEntry] = []
    try:
        for page in pages:
            entries += page.entries
            if page.cursor is None or not may_go_on() or len(entries) >= MOST_ENTRIES:
                return BalancePart(measures, tuple(entries), page.cursor)
    except Unavailable as error:
        return BalancePart(measures, (), None, error)
    raise AssertionError("the last page has no cursor")


def balance_answer(part: BalancePart | None) -> dict[str, Any]:
    """What a person's command is answered, as JSON; None: the endpoint has no credentials."""
    if part is None:
        return {"has_credentials": False}
    return {
        "has_credentials": True,
        "measures": part.measures,
        "entries": part.entries,
        "next": part.next_cursor,
        "failure": None if part.failure is None else part.failure.reason,
    }
