"""What packed text says, and that what is found in it is masked at its own place."""

import pytest

from payment_webhooks.masking.findings import CARD_NUMBER, Edit, Finding
from payment_webhooks.masking.mask import mask
from payment_webhooks.masking.packed_text import PackedText, unescape_json, unescape_percent
from payment_webhooks.masking.search import Search

VISA = "4242424242424242"


def each_character(unpacked: PackedText | None) -> list[str]:
    """What the packed text has for each character of the text, in which that character alone is found."""
    assert unpacked is not None
    found = (Finding(CARD_NUMBER, (Edit(at, at + 1, "*"),)) for at in range(len(unpacked.text)))
    packed = unpacked._packed
    return [
        packed[edit.start : edit.end] for each in unpacked.in_packed(found, Search(0)) for edit in each.edits
    ]


@pytest.mark.parametrize("rest", ["", r" \q", ' "'], ids=["JSON", "no JSON", "a quotation mark"])
def test_escapes_are_what_they_stand_for(rest: str) -> None:
    """Also in a text of which JSON would have nothing."""
    pieces = [
        "a",
        r"\"",
        r"\\",
        r"\/",
        r"\b",
        r"\f",
        r"\n",
        r"\r",
        r"\t",
        r"\u0034",
        r"\ud835\udfd2",
        r"\ud835",
        "z",
    ]
    unpacked = unescape_json("".join(pieces) + rest, Search(0))
    assert unpacked is not None
    assert unpacked.text == 'a"\\/\b\f\n\r\t4\U0001d7d2\ud835z' + rest
    assert each_character(unpacked)[: len(pieces)] == pieces


def test_a_text_without_escapes_is_not_packed() -> None:
    assert unescape_json("a", Search(0)) is None
    assert unescape_percent("a=b", Search(0)) is None
    assert unescape_percent("a+b", Search(0)) is None


@pytest.mark.parametrize(
    ("packed", "text", "pieces"),
    [
        ("a=1+2%2B", "a=1 2+", ["a", "=", "1", "+", "2", "%2B"]),
        ("a=1+2", "a=1 2", ["a", "=", "1", "+", "2"]),
        ("1+2%2B", "1+2+", ["1", "+", "2", "%2B"]),
        ("a=b c+%34", "a=b c+4", ["a", "=", "b", " ", "c", "+", "%34"]),  # a blank: no form
        ("%c3%A9%34%ff%e2%82%ac.", "\u00e94\udcff\u20ac.", ["%c3%A9", "%34", "%ff", "%e2%82%ac", "."]),
        ("5%", "5%", ["5", "%"]),
    ],
)
def test_percent_encoding_is_what_it_stands_for(packed: str, text: str, pieces: list[str]) -> None:
    unpacked = unescape_percent(packed, Search(0))
    assert unpacked is not None
    assert unpacked.text == text
    assert each_character(unpacked) == pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'{"n":"\t\"4242424242424242\" \u00e9"}', r'{"n":"\t\"424242******4242\" \u00e9"}'),
        (r'{"n":"{\"n\":4242424242424242}"}', r'{"n":"{\"n\":\"424242******4242\"}"}'),
        ("a=%7B%22n%22:4242424242424242%7D&b", "a=%7B%22n%22:424242******4242%7D&b"),
        ("%7B%22n%22:4242424242424242%7D", "%7B%22n%22:%22424242******4242%22%7D"),
    ],
)
def test_what_takes_the_place_of_a_number_is_packed_like_it(text: str, expected: str) -> None:
    assert mask(text.encode()).body.decode() == expected
