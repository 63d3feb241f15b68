"""Which part of a provider's events is compared next. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.providers.event_list import Window

# What is younger may be on its way: providers deliver within seconds, and repeat after minutes.
SETTLE_SECONDS: Final = 15 * 60
# An event may come late into the list, too: what is younger than both together is compared once more when it is older.
LATE_SECONDS: Final = 3600
# The comparison is recorded after each: what was interrupted costs no more than this again.
SLICE_SECONDS: Final = 15 * 60
# The provider forgets while we read.
FORGOTTEN_MARGIN_SECONDS: Final = 3600


class Due(NamedTuple):
    """`forgotten`: what should have been compared, and the provider lists no more."""

    window: Window
    forgotten: Window | None


def oldest_listed(now_seconds: float, listed_days: int) -> int:
    """From when on the provider still lists its events."""
    return int(now_seconds) - listed_days * DAY_SECONDS + FORGOTTEN_MARGIN_SECONDS


def settled(now_seconds: float) -> int:
    """Up to when an event that has not come is missed."""
    return int(now_seconds) - SETTLE_SECONDS


def complete(now_seconds: float) -> int:
    """Up to when the list has all that it will have."""
    return settled(now_seconds) - LATE_SECONDS


def due(compared_until: int, now_seconds: float, listed_days: int) -> Due:
    """What a run at `now_seconds` has to compare, when everything up to `compared_until` was compared for good."""
    return kept(Window(compared_until + 1, complete(now_seconds)), now_seconds, listed_days)


def early(now_seconds: float) -> Window:
    """What it compares after that, so that what never came is found soon; it will be due in later runs. A run that is
    behind has no time for it, and reads each part once.
    """
    return Window(complete(now_seconds) + 1, settled(now_seconds))


def kept(asked: Window, now_seconds: float, listed_days: int) -> Due:
    """What the provider still lists of a window. The window may be empty: then it ends before it begins."""
    oldest = oldest_listed(now_seconds, listed_days)
    if asked.since >= oldest:
        return Due(asked, None)
    return Due(Window(oldest, asked.until), Window(asked.since, min(asked.until, oldest - 1)))


def slices(window: Window) -> Iterator[Window]:
    """The window in parts, the oldest first; none when it is empty."""
    for since in range(window.since, window.until + 1, SLICE_SECONDS):
        yield Window(since, min(since + SLICE_SECONDS - 1, window.until))
