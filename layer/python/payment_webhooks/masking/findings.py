"""What the finders of card data give back: kinds, findings, and the edits that mask them."""

import re
from typing import Final, NamedTuple

from payment_webhooks.masking.card_numbers import hidden_part

CARD_NUMBER: Final = "card_number"
SECURITY_CODE: Final = "security_code"
PIN: Final = "pin"
TRACK_DATA: Final = "track_data"

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_DIGITS: Final = re.compile(r"\d+")


class Edit(NamedTuple):
    """Replace text[start:end] by `text`."""

    start: int
    end: int
    text: str


class Finding(NamedTuple):
    kind: str
    edits: tuple[Edit, ...]


def ascii_digits(text: str) -> str:
    """The decimal digits of `text` as ASCII, whatever script they are written in; all else is left out."""
    if text.isascii():
        return _NOT_DIGITS.sub("", text)
    return "".join(str(int(character)) for character in text if character.isdecimal())


def lowered(text: str) -> str:
    """`text` in lower case, of the same length."""
    return text.replace(
        "\u0130", "I"
    ).lower()  # the dotted capital I is two characters in lower case, and the only one


def every_character(start: int, end: int) -> tuple[Edit, ...]:
    """The edit that leaves nothing of text[start:end]."""
    return (Edit(start, end, "*" * (end - start)),)


def stars(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """An edit for each run of digits in text[start:end], so that separators stay as they are."""
    return tuple(
        Edit(*match.span(), "*" * (match.end() - match.start()))
        for match in _DIGITS.finditer(text, start, end)
    )


def card_edits(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """The edits that leave the first six and last four digits of the number in text[start:end]."""
    places = [at for at in range(start, end) if text[at].isdecimal()]
    hidden = hidden_part(len(places))
    return stars(text, places[hidden.start], places[hidden.stop - 1] + 1)
