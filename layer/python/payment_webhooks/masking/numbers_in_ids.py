"""Finds card numbers that are a part of an id: `pan_4242…`, `c4242…`, `4242…-1`.

In text digits inside an id are left alone, as ids are made of them; here is for where a number would name something.
"""

import re
from collections.abc import Iterator
from typing import Final

from payment_webhooks.masking.card_numbers import (
    MAXIMUM_DIGITS,
    digits_before_expiry,
    is_issued_card_number,
    is_printed_grouping,
)
from payment_webhooks.masking.findings import ascii_digits
from payment_webhooks.masking.search import Search

_UNITS_A_CHARACTER: Final = 6
_UNITS_A_GROUP: Final = 200
_UNITS_A_WINDOW: Final = 150

# Thirteen digits or more, with what an id may have between them (providers/fields.py), and no letter.
_RUN: Final = re.compile(r"\d(?<!\d\d)(?:[._:-]{0,4}+\d){12,}+")
_GROUP: Final = re.compile(r"\d+")
_SMALLEST_FIRST_GROUP: Final = 4
_SMALLEST_GROUP: Final = 3
# Ids that programs make have digits by chance, and 1 to 5 of 10,000 would pass for a card number: UUIDs, MongoDB's
# object ids, and digests of 32, 40 and 64 characters.
_MADE_OF_HEX: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})"
    r"(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def holds_card_number(identifier: str) -> bool:
    """True for an id, or another short text that is stored as it is, with a card number in any part of it."""
    return any(find_in_ids(identifier, Search(len(identifier))))


def find_in_ids(text: str, search: Search) -> Iterator[tuple[int, int]]:
    """Where a run of digits, or a printed grouping of them, is an issued card number, whatever letters touch it.

    Raises TooMuchWork.
    """
    search.spend(len(text) * _UNITS_A_CHARACTER)
    at = 0
    for start, end in [*(match.span() for match in _MADE_OF_HEX.finditer(text)), (len(text), len(text))]:
        for run in _RUN.finditer(text, at, max(at, start)):
            yield from _in_run(text, run, search)
        at = end


def _in_run(text: str, run: re.Match[str], search: Search) -> Iterator[tuple[int, int]]:
    search.spend(len(run[0]) * _UNITS_A_GROUP)
    groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
    for first, (start, end) in enumerate(groups):
        if end - start < _SMALLEST_FIRST_GROUP:
            continue
        sizes: list[int] = []
        for begins, ends in groups[first:]:
            search.spend(_UNITS_A_WINDOW)
            sizes.append(ends - begins)
            if sizes[-1] < _SMALLEST_GROUP or sum(sizes) > MAXIMUM_DIGITS:
                break
            if is_printed_grouping(sizes) and is_issued_card_number(ascii_digits(text[start:ends])):
                yield start, ends
        if length := digits_before_expiry(ascii_digits(text[start:end])):
            yield start, start + length
