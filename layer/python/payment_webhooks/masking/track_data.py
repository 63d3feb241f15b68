"""Finds the content of a card's magnetic stripe in text, as readers and gateways write it.

Sources: ISO/IEC 7813 (track 1 is %B number ^ name ^ expiry…, track 2 is ; number = expiry…; chips and gateways write D
for its separator); EMV Book 3, annex A (tag 5A: the number, tag 57: what track 2 has; each with its length in bytes).
"""

import re
from collections.abc import Iterator
from typing import Final

from payment_webhooks.masking.card_numbers import is_card_number, is_issued_card_number
from payment_webhooks.masking.findings import (
    CARD_NUMBER,
    TRACK_DATA,
    Finding,
    ascii_digits,
    card_edits,
    every_character,
)

_TRACK_1: Final = re.compile(r"%?[Bb](\d[\d ]{11,22}\d)\^[^\^\r\n\"]{2,26}\^\d{4}[^?\r\n\"]{0,70}\??")
_TRACK_2: Final = re.compile(r";?(?<![A-Za-z_\d*])(\d{13,19})([=Dd])\d{7,25}\??")
_EMV: Final = re.compile(
    r"5[Aa]0(?:7(\d{13,14})|8(\d{15,16})|9(\d{17,18})|[Aa](\d{19}))"
    r"|57(?:0[B-Fb-f]|1[0-3])(\d{13,19})[Dd]\d{7,20}[Ff]?"
)


def find_tracks(text: str) -> Iterator[Finding]:
    """Track data, and the numbers and tracks in EMV tags, that hold a card number."""
    for match in _TRACK_1.finditer(text) if "^" in text else ():
        if is_card_number(ascii_digits(match[1])):
            yield Finding(TRACK_DATA, every_character(*match.span()))
    for match in _TRACK_2.finditer(text):
        digits = ascii_digits(match[1])
        # A hash, too, has digits beside a d: there the number's beginning has to be an issuer's.
        if is_card_number(digits) if match[2] == "=" else is_issued_card_number(digits):
            yield Finding(TRACK_DATA, every_character(*match.span()))
    yield from _find_tags(text)


def _find_tags(text: str) -> Iterator[Finding]:
    for match in _EMV.finditer(text):
        group = match.lastindex or 0
        if not is_issued_card_number(ascii_digits(match[group])):
            continue
        if group == _EMV.groups:
            yield Finding(TRACK_DATA, every_character(match.start(group), match.end()))
        else:
            yield Finding(CARD_NUMBER, card_edits(text, *match.span(group)))
