"""When a person is told that the runtime's support ends: half a year before, with the days and the way out."""

from datetime import date

import pytest

from scripts.deployment.runtime_support import runtime_advice
from stacks.parameters.artifacts import RUNTIME


@pytest.mark.parametrize(
    ("runtime", "today", "is_told"),
    [
        ("python3.11", date(2027, 1, 1), False),  # 180 days before 2027-06-30
        ("python3.11", date(2027, 1, 2), True),
        ("python3.11", date(2028, 1, 1), True),
        ("python3.12", date(2027, 1, 2), False),
        ("python9.9", date(2027, 1, 2), False),  # cfn-lint is older than the runtime
    ],
)
def test_it_is_told_in_the_last_180_days_of_support_and_after(
    runtime: str, today: date, is_told: bool
) -> None:
    assert (runtime_advice({"Runtime": runtime}, today) is not None) is is_told


@pytest.mark.fact("P9010")
def test_the_days_and_the_way_out_are_named() -> None:
    advice = runtime_advice({"Runtime": "python3.11"}, date(2027, 5, 1))
    assert advice is not None
    assert (
        "ends on 2027-06-30; it refuses new functions from 2027-07-31, updates from 2027-08-31"
        in advice.message
    )
    assert advice.fix.startswith("Runtime=python3.14")


@pytest.mark.parametrize("runtime", RUNTIME.allowed)
def test_of_every_runtime_that_may_be_chosen_the_day_is_known(runtime: str) -> None:
    assert runtime_advice({"Runtime": runtime}, date(2099, 1, 1)) is not None
