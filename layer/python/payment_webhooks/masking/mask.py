"""Masks card data in what is stored of a webhook (PCI DSS 4.0.1, 3.3 and 3.5): nothing else changes.

Card numbers keep their first six and last four digits; security codes, PINs and track data keep nothing.
Providers do not send such data; merchants and buyers type it into free text, and in-house senders make
mistakes.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from payment_webhooks.masking.plain_text import Edit

_SEPARATOR: Final = r"(?:[ \t\-.+\x00]|\\+u[0-9a-fA-F]{4}|\\+[tnr]|%[0-9a-fA-F]{2})"
# Thirteen digits with little between them, not inside a word (`\n4242…` in a JSON string is not inside one).
_LONG_RUN: Final = re.compile(
    r"[0-9](?:(?<![A-Za-z0-9_].)|(?<=\\[nrtbf].)|(?<=\\u[0-9a-fA-F]{4}.)|(?<=%..[0-9]))"
    rf"(?:{_SEPARATOR}{{0,3}}[0-9]){{12}}",
    re.DOTALL,
)
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})|%(3[0-9]|5[cC]|25)")
# What shows that one of the named codes may be there: the name, then its first digit with little between them.
# Most bodies have none of the words on the left; some have a name with a verdict (`"cvc_check": "pass"`).
# Compiled when first used: a cold start pays for none of them.
_DIGIT: Final = (
    r"(?:[^a-z0-9]{0,3}(?:code|number|no|nr|num|value))?"
    r"(?:[^a-z0-9]|\\+u[0-9a-f]{4}|\\+[nrt]|%..|is|was){0,12}[0-9]"
)
_CODE_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("cv", rf"cv[vcnd]2?{_DIGIT}"),
    ("csc", rf"csc{_DIGIT}"),
    ("cav2", rf"cav2{_DIGIT}"),
    ("cid", rf"cid{_DIGIT}"),
    ("curity", rf"curity[^a-z0-9]{{0,3}}code{_DIGIT}"),
    ("verif", rf"verification{_DIGIT}"),
    ("card", rf"card[^a-z0-9]{{0,3}}code{_DIGIT}"),
    ("pin", rf"pin{_DIGIT}|pin[^a-z0-9]{{0,3}}(?:block|data)|encrypted[^a-z0-9]{{0,3}}pin"),
    ("identification", rf"identification{_DIGIT}"),
    ("track", r"track[^a-z0-9]{0,3}(?:[123]|data)"),
    ("stripe", r"mag(?:netic)?[^a-z0-9]{0,3}stripe"),
    ("swipe", r"swipe[^a-z0-9]{0,3}data"),
)


class MaskedBody(NamedTuple):
    """What may be stored: the body, and how many card numbers, codes, PINs and tracks were masked in it."""

    body: bytes
    counts: Mapping[str, int]


def mask(body: bytes) -> MaskedBody:
    """`body` with its card data masked; the same object when it has none. Never raises.

    A masked JSON document stays valid JSON (a number becomes a string). Counts are by kind: `card_number`,
    `security_code`, `pin`, `track_data`. Masking a masked body changes nothing.
    """
    encoding = _encoding_of(body)
    text = body.decode(encoding, "surrogateescape")
    counts: dict[str, int] = {}
    # What is masked may uncover another reading of what stands around it: repeated until nothing is found.
    # Each round takes digits away, so it ends.
    while may_hold_card_data(text):
        edits = _edits(text, counts)
        if not edits:
            break
        text = _apply(text, edits)
    return MaskedBody(text.encode(encoding, "surrogateescape") if counts else body, counts)


def _encoding_of(body: bytes) -> str:
    """UTF-16 when the body is exactly that (every second byte of its digits is zero), else UTF-8.

    UTF-8 with surrogateescape takes any bytes and gives back the same bytes.
    """
    if b"\x00" in body[:4] or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-be" if body[:2] == b"\xfe\xff" or body[:1] == b"\x00" else "utf-16-le"
        try:
            if body.decode(encoding).encode(encoding) == body:
                return encoding
        except UnicodeError:
            pass
    return "utf-8"


def may_hold_card_data(text: str) -> bool:
    """A quick look that may say yes in vain, but never no: nearly all bodies end here."""
    if not text.isascii():
        if any(map(str.isdecimal, set(_NOT_ASCII.findall(text)))):
            return True
        text = _NOT_ASCII.sub(
            " ", text
        )  # many of them are blanks and dashes; a letter taken for one does no harm
    if _LONG_RUN.search(text):
        return True
    if ("\\u" in text or "%" in text) and any(_hides_a_digit(match) for match in _ESCAPED.finditer(text)):
        return True
    lowered = text.lower()
    return any(word in lowered and re.search(pattern, lowered) for word, pattern in _CODE_WORDS)


def _hides_a_digit(match: re.Match[str]) -> bool:
    if match[2]:
        return True
    character = chr(int(match[1], 16))
    # digits beyond the BMP are surrogate pairs; an escaped escape character may begin anything
    return character.isdecimal() or "\ud800" <= character <= "\udbff" or character in "\\%"


def _edits(text: str, counts: dict[str, int]) -> "dict[int, Edit]":
    from payment_webhooks.masking.json_bodies import (
        find_in_body,  # only the rare body that needs it pays for the import
    )

    found = {finding.edits: finding.kind for finding in find_in_body(text) if finding.edits}
    for kind in found.values():
        counts[kind] = counts.get(kind, 0) + 1
    return {edit.start: edit for edits in found for edit in edits}


def _apply(text: str, edits: "dict[int, Edit]") -> str:
    pieces: list[str] = []
    at = 0
    for start in sorted(edits):
        if start >= at:  # a whole number token wins over what was found inside of it
            pieces += (text[at:start], edits[start].text)
            at = edits[start].end
    pieces.append(text[at:])
    return "".join(pieces)
