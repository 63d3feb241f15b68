"""No body takes more work than its size allows, whoever made it: what would is masked coarsely, and loses more."""

import re
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

import pytest

from payment_webhooks.masking.coarse_text import mask_coarsely
from payment_webhooks.masking.mask import MaskedBody, mask
from payment_webhooks.masking.search import Search, TooMuchWork
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


def test_work_is_counted_by_characters() -> None:
    search = Search(1_000_000)
    search.spend(14_000_000)
    with pytest.raises(TooMuchWork):
        search.spend(1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a {VISA} b", f"a {'*' * 16} b"),
        ("4242-4242/4242\n4242", "****-****/****\n****"),
        ("４２４２４２４２４２４２４２４２", "*" * 16),
        (r"\u0034" * 16, r"\u002a" * 16),
        (r"\\u0034" * 16, r"\\u002a" * 16),
        ("%34" * 16, "%**" * 16),
        (r"4242\u00a04242\u00a04242\u00a04242", r"****\u00a0****\u00a0****\u00a0****"),
        ("4242%C2%A04242%C2%A04242%C2%A04242", "****%C*%A*****%C*%A*****%C*%A*****"),
        ("カード4242424242424242です", "カード****************です"),
        ("5A084242424242424242", "5A******************"),
        ('"cvv":"123","x":12', '"cvv":"***","x":12'),
        ("security code is 1234.", "security code is ****."),
        ('"pin_block":"0412AC89ABCDEF67"', f'"pin_block":"{"*" * 16}"'),
        ('"id":"3CP0000000a001","at":"2025-10-09T08:53:21"', None),
        ('"u":"42424242-4242-a242-8242-b24242424242"', None),
    ],
)
def test_coarsely_masked(text: str, expected: str | None) -> None:
    assert mask_coarsely(text)[0] == f"masked coarsely: {text if expected is None else expected}"


def test_what_is_masked_coarsely_keeps_no_long_run() -> None:
    body = (f"{VISA} cvc 123 of a card that somebody gave by telephone, with the expiry " * 8_000).encode()
    masked = mask(body)
    assert masked.is_coarse
    assert masked.is_suspect
    assert masked.counts == {"card_number": 8_000, "security_code": 8_000}
    assert not re.search(rb"[0-9]{3}", masked.body)
