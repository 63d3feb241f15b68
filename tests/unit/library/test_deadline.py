"""All calls of an invocation share one deadline."""

import math

import pytest

from payment_webhooks.deadline import LEAST_USEFUL_SECONDS, Deadline
from payment_webhooks.errors import Unavailable


def test_a_step_gets_its_own_limit_or_what_is_left() -> None:
    now = 100.0
    deadline = Deadline(lambda: now)
    deadline.start(8.0)
    assert deadline.limit(2.0) == 2.0
    now = 107.0
    assert deadline.limit(2.0) == 1.0
    now = 108.0 - LEAST_USEFUL_SECONDS / 2
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        deadline.limit(2.0)


def test_each_invocation_starts_anew() -> None:
    now = 0.0
    deadline = Deadline(lambda: now)
    assert deadline.remaining_seconds() == math.inf
    deadline.start(1.0)
    now = 5.0
    deadline.start(1.0)
    assert deadline.remaining_seconds() == 1.0


@pytest.mark.parametrize(("milliseconds", "seconds"), [(300_000, 45.0), (30_000, 29.5)])
def test_an_invocation_may_end_before_lambda_ends_it(milliseconds: int, seconds: float) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return milliseconds

    deadline = Deadline(lambda: 7.0)
    deadline.start_from(Context(), 45)
    assert deadline.remaining_seconds() == seconds


def test_pauses_grow_to_the_longest_and_end_with_the_time() -> None:
    now, slept = 0.0, list[float]()
    deadline = Deadline(lambda: now, slept.append)
    deadline.start(8.0)
    for attempts in [1] * 200 + [3] * 200 + [10] * 200:
        deadline.pause(attempts, 0.01, 0.5)
    assert min(slept) >= 0
    assert [max(slept[first : first + 200]) for first in (0, 200, 400)] == pytest.approx(
        [0.01, 0.04, 0.5], rel=0.2
    )
    now = 8.0
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        deadline.pause(1, 0.01, 0.5)
