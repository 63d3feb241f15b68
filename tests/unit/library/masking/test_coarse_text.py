"""What is masked without being understood: every long run of digits, and what is behind a code's name."""

import re

import pytest

from payment_webhooks.masking.coarse_text import mask_coarsely
from payment_webhooks.masking.mask import mask

VISA = "4242424242424242"


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
        ("4222222222222", "*************"),
        ("422222222222", None),
        (r"\u0037" * 13, r"\u002a" * 13),
        ("424242******4242", None),
        (r"\u0034" * 6 + r"\u002a" * 8, None),
        ("cvv １２３", "cvv ***"),
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


@pytest.mark.parametrize(("length", "left"), [(64, "7"), (63, "*")])
def test_where_codes_are_close_to_each_other_every_digit_goes(length: int, left: str) -> None:
    """A code for each 64 characters: they are looked for no longer."""
    text = "cvv 123 cvv 456 ".ljust(length - 1, "x")
    assert mask_coarsely(f"{text}7") == (
        f"masked coarsely: {text[:4]}*** cvv ***{text[15:]}{left}",
        {"security_code": 2},
    )


def test_a_code_with_two_names_counts_once() -> None:
    text = "x" * 200 + " 3 digit security code: "
    assert mask_coarsely(f"{text}123") == (f"masked coarsely: {text}***", {"security_code": 1})
