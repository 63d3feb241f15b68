"""No body takes more work than its size allows, whoever made it: what would is masked coarsely, and loses more."""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

import pytest

from payment_webhooks.masking.mask import MaskedBody, mask
from tests.support.hostile_bodies import HOSTILE_BODIES, HostileBody

pytestmark = pytest.mark.no_cover  # it counts calls and bytes itself, of lines that test_mask.py covers

VISA = "4242424242424242"
SIZE_BYTES = 400_000
# Of Python functions and of C's: a call is some 50 ns, so this is less than the 0.4 s for each MB that a body may take.
MOST_CALLS_A_BYTE = 2.0
MOST_BYTES_A_BYTE = 65

any_hostile = pytest.mark.parametrize("hostile", HOSTILE_BODIES, ids=lambda hostile: hostile.name)


def calls_of(function: Callable[[], MaskedBody]) -> tuple[MaskedBody, int]:
    """What it gives back, and how many calls it made: the same on any machine, at any load."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return function(), calls
    finally:
        sys.setprofile(before)


@any_hostile
def test_a_body_takes_no_more_work_than_its_size_allows(hostile: HostileBody) -> None:
    """benchmarks/masking.py holds the same bodies against the clock."""
    body = hostile.of_size(SIZE_BYTES)
    mask(b"4242424242424242")  # what is loaded and compiled once is not the body's
    masked, calls = calls_of(lambda: mask(body))
    assert calls <= MOST_CALLS_A_BYTE * max(len(body), SIZE_BYTES)
    assert not (hostile.fine and masked.is_coarse)


@any_hostile
def test_a_body_takes_no_more_memory_than_there_is(hostile: HostileBody) -> None:
    """A body of 4.6 MB may take 300 MB: the receiver has 512, of which some 100 are Python's, and the request's."""
    body = hostile.of_size(SIZE_BYTES)
    mask(b"4242424242424242")
    tracemalloc.start()
    try:
        mask(body)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes <= MOST_BYTES_A_BYTE * max(len(body), SIZE_BYTES)


@any_hostile
def test_no_hostile_body_keeps_a_card_number(hostile: HostileBody) -> None:
    masked = mask(hostile.of_times(hostile.times)).body
    assert VISA.encode() not in masked
    assert mask(masked).body == masked
