"""Which part of a provider's events is compared next."""

import itertools

import pytest

from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.windows import due, early, kept, oldest_listed, slices

NOW = 1_790_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


def test_what_is_younger_than_a_quarter_of_an_hour_may_be_on_its_way() -> None:
    assert early(NOW).until == NOW - 15 * MINUTE


def test_what_may_still_come_late_into_the_list_is_compared_early_and_for_good_later() -> None:
    assert due(NOW - 5 * HOUR, NOW, 30) == (Window(NOW - 5 * HOUR + 1, NOW - 75 * MINUTE), None)
    assert early(NOW) == Window(NOW - 75 * MINUTE + 1, NOW - 15 * MINUTE)
    assert due(NOW - 75 * MINUTE, NOW + HOUR, 30).window == early(NOW)


def test_what_the_provider_lists_no_more_is_told() -> None:
    """Off for 40 days, of a provider that lists 30: ten days are forgotten."""
    found = due(NOW - 40 * DAY, NOW, 30)
    assert found.window == Window(NOW - 30 * DAY + HOUR, NOW - 75 * MINUTE)
    assert found.forgotten == Window(NOW - 40 * DAY + 1, NOW - 30 * DAY + HOUR - 1)


@pytest.mark.parametrize(("days", "oldest"), [(30, NOW - 30 * DAY + HOUR), (28, NOW - 28 * DAY + HOUR)])
def test_the_last_hour_that_is_listed_is_left_out(days: int, oldest: int) -> None:
    """The provider forgets while we read."""
    assert oldest_listed(NOW, days) == oldest
    assert kept(Window(oldest, NOW), NOW, days) == (Window(oldest, NOW), None)


def test_a_window_of_which_nothing_is_listed_any_more_is_empty() -> None:
    found = kept(Window(NOW - 60 * DAY, NOW - 50 * DAY), NOW, 30)
    assert list(slices(found.window)) == []
    assert found.forgotten == Window(NOW - 60 * DAY, NOW - 50 * DAY)


def test_slices_cover_the_window_once_and_in_order() -> None:
    parts = list(slices(Window(NOW, NOW + 3600)))
    assert len(parts) == 5
    assert parts[0].since == NOW
    assert parts[-1] == Window(NOW + 3600, NOW + 3600)
    assert all(later.since == earlier.until + 1 for earlier, later in itertools.pairwise(parts))
    assert all(part.until - part.since < 15 * MINUTE for part in parts)
