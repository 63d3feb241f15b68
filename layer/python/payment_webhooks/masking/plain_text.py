"""Finds card data in plain text: by form (grouped digits, track data) and by the words in front of it."""

import re
from collections.abc import Iterator
from typing import Final

from payment_webhooks.masking.card_numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    digits_before_expiry,
    is_card_number,
    is_issued_card_number,
    is_printed_grouping,
)
from payment_webhooks.masking.field_names import NUMBER_WORDS, Meaning
from payment_webhooks.masking.findings import CARD_NUMBER, Finding, ascii_digits, card_edits
from payment_webhooks.masking.numbers_in_ids import find_in_ids
from payment_webhooks.masking.search import Search
from payment_webhooks.masking.track_data import find_tracks
from payment_webhooks.masking.written_codes import find_code_after_expiry, find_codes

_UNITS_A_TEXT: Final = 300
_UNITS_A_CHARACTER: Final = 6
_UNITS_A_RUN: Final = 400
_UNITS_A_LABEL: Final = 1500
_UNITS_A_WINDOW: Final = 60
_UNITS_A_DIGIT: Final = 15  # or what is between two
_UNITS_A_FINDING: Final = 500

_BLANKS: Final = r" \t\u00a0\u2000-\u200f\u202a-\u202f\u2060-\u2069\u3000\ufe0f\ufeff\u00ad\x00"
_DASHES: Final = r"\-\u2010-\u2015\u2043\u2212\uff0d\u00b7\u2027\u30fb"
# No letter of ASCII, no digit and no mask may touch a number: digits inside an id such as `3CP00000000000001` are none.
# Letters of other scripts may, as Chinese and Japanese put no blank.
_NO_PART_OF_ID: Final = r"[A-Za-z_*\d]"
_NETWORK_BEFORE: Final = "|".join(rf"(?<=(?i:{name}).)" for name in ("visa", "card", "amex"))
# Each group is taken once: going back through a text of digits would take more memory than the receiver has.
_RUN: Final = re.compile(
    rf"\d(?:(?<!{_NO_PART_OF_ID}.)|{_NETWORK_BEFORE})\d*+(?!{_NO_PART_OF_ID})"
    rf"(?:[{_BLANKS}{_DASHES}.]{{1,4}}+\d++(?!{_NO_PART_OF_ID}))*+",
    re.DOTALL,
)
# The groups of a printed card with anything between them, if it is the same each time: 4242/4242/4242/4242.
_ODD_GROUPS: Final = re.compile(
    rf"\d(?<!{_NO_PART_OF_ID}.)\d{{3}}(?P<gap>[^A-Za-z\d\"]{{1,3}})(?:\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{4}}|\d{{6}}(?P=gap)\d{{5}})(?!{_NO_PART_OF_ID})"
)
_RUN_GAP: Final = re.compile(rf"[{_BLANKS}{_DASHES}.]+")
_GROUP: Final = re.compile(r"\d+")
_NO_CENTS: Final = re.compile(r"\.0{1,2}\Z")
_LABEL: Final = re.compile(
    r"(?P<name>[A-Za-z][\w\-\[\].]*(?<=[\w\]]))(?P<join>[\"'\])]*\s*(?:(?:number|no|nr|is|was)?\s*[:=#>]|is|was|\s|[-/.])?"
    r"[\s\"'(\[<]*)\Z"
)
_WORD_BEFORE: Final = re.compile(r"[A-Za-z]+[ .:_-]{1,2}\Z")
_LABEL_REACH: Final = 72  # characters looked at before a number
_IBAN_HEAD: Final = re.compile(r"(?<![A-Za-z])[A-Z]{2}[0-9]{2} ?(?:[A-Z]{4} )?\Z")
_PHONE_SIGN: Final = re.compile(r"(?<![\w])\+\Z")
_LONGEST_PHONE: Final = 15  # ITU-T E.164
_SMALLEST_FIRST_GROUP: Final = 4  # of a number among others; alone, its digits may stand one by one
_IDENTIFIER_GROUPS: Final = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 4, 3))

Span = tuple[int, int]


def find_in_text(text: str, meaning: Meaning, search: Search) -> Iterator[Finding]:
    """All card data in `text`, a value whose own name has this `meaning`. Raises TooMuchWork."""
    search.spend(_UNITS_A_TEXT + len(text) * _UNITS_A_CHARACTER)
    tracks: list[Span] = []
    if len(text) >= MINIMUM_DIGITS:
        for finding in find_tracks(text):
            search.spend(_UNITS_A_FINDING)
            ((start, end, _),) = finding.edits
            tracks.append((start, end))
            yield finding
        tracks.sort()
        yield from _find_numbers(text, tracks, meaning, search)
        for match in _ODD_GROUPS.finditer(text):
            search.spend(_UNITS_A_RUN)
            if _is_lone_number(text, match):
                yield Finding(CARD_NUMBER, card_edits(text, *match.span()))
        if not search.spare_ids:
            for start, end in find_in_ids(text, search):
                search.spend(_UNITS_A_FINDING)
                yield Finding(CARD_NUMBER, card_edits(text, start, end))
    yield from find_codes(text, meaning, search)


def _find_numbers(text: str, tracks: list[Span], meaning: Meaning, search: Search) -> Iterator[Finding]:
    """The numbers between the tracks: those in a track are gone with it."""
    at = 0
    for start, end in [*tracks, (len(text), len(text))]:
        for run in _RUN.finditer(text, at, max(at, start)):
            if len(run[0]) >= MINIMUM_DIGITS:
                yield from _find_in_run(text, run, meaning, search)
        at = max(at, end)


def _is_lone_number(text: str, match: re.Match[str]) -> bool:
    """True for a card number that is no part of a longer list, and that is not found as a run anyway."""
    gap, start, end = match["gap"], match.start(), match.end()
    if _RUN_GAP.fullmatch(gap):
        return False
    in_list = text.startswith(gap, end) and text[end + len(gap) : end + len(gap) + 1].isdecimal()
    before = max(0, start - len(gap))
    in_list |= text[before:start] == gap and text[max(0, before - 1) : before].isdecimal()
    return not in_list and is_issued_card_number(ascii_digits(match[0]))


def _find_in_run(text: str, run: re.Match[str], meaning: Meaning, search: Search) -> Iterator[Finding]:
    # Before they are made: of a text of digits the groups would take more memory than the receiver has.
    search.spend(_UNITS_A_RUN + len(run[0]) * _UNITS_A_DIGIT)
    groups = [group.span() for group in _GROUP.finditer(text, run.start(), run.end())]
    if meaning is not Meaning.CARD:
        search.spend(_UNITS_A_LABEL)
        meaning = _meaning_before(text, run, meaning, search)
    if _NO_CENTS.search(run[0]):
        groups.pop()
    next_free = 0
    for first, last in _windows(text, groups):
        search.spend(_UNITS_A_WINDOW)
        if first < next_free:
            continue
        window = groups[first : last + 1]
        if _is_card(text, window, meaning, whole_run=len(window) == len(groups)):
            next_free = last + 1
            search.spend(_UNITS_A_FINDING)
            yield from _card(text, window[0][0], window[-1][1])
    if len(groups) == 1 and meaning is not Meaning.IDENTIFIER:
        ((start, end),) = groups
        if length := digits_before_expiry(ascii_digits(text[start:end])):
            yield from _card(text, start, start + length)


def _card(text: str, start: int, end: int) -> Iterator[Finding]:
    yield Finding(CARD_NUMBER, card_edits(text, start, end))
    yield from find_code_after_expiry(text, end)


def _windows(text: str, groups: list[Span]) -> Iterator[Span]:
    """Runs of groups, as (first, last), of 13 to 19 digits, that begin and end at a blank or the run's end.

    A dash or a dot never ends a number: the groups of a UUID belong together. The longest of one start come first.
    """
    count = len(groups)
    starts = [True] + [_is_blank(text[groups[at - 1][1] : groups[at][0]]) for at in range(1, count)]
    for first in range(count):
        total = 0
        lasts: list[int] = []
        begins = starts[first] and (
            first == 0 or groups[first][1] - groups[first][0] >= _SMALLEST_FIRST_GROUP
        )
        for last in range(first, count) if begins else ():
            total += groups[last][1] - groups[last][0]
            if total > MAXIMUM_DIGITS:
                break
            if total >= MINIMUM_DIGITS and (last + 1 == count or starts[last + 1]):
                lasts.append(last)
        for last in reversed(lasts):
            yield first, last


_DASH: Final = re.compile(rf"[{_DASHES}.]")


def _is_blank(separator: str) -> bool:
    return not _DASH.search(separator)


def _is_card(text: str, window: list[Span], meaning: Meaning, *, whole_run: bool) -> bool:
    sizes = tuple(end - start for start, end in window)
    if meaning is Meaning.CARD and whole_run:
        return is_card_number(ascii_digits(text[window[0][0] : window[-1][1]]))
    if meaning is Meaning.IDENTIFIER and sizes not in _IDENTIFIER_GROUPS:
        return False
    if not is_printed_grouping(sizes) or (sizes[0] < _SMALLEST_FIRST_GROUP and not whole_run):
        return False
    return is_issued_card_number(ascii_digits(text[window[0][0] : window[-1][1]]))


def _meaning_before(text: str, run: re.Match[str], meaning: Meaning, search: Search) -> Meaning:
    """The meaning that the words right before a run give it; `meaning` when they say nothing."""
    before = text[max(0, run.start() - _LABEL_REACH) : run.start()]
    digits = len(ascii_digits(run[0]))
    if _IBAN_HEAD.search(before) or (digits <= _LONGEST_PHONE and _PHONE_SIGN.search(before)):
        return Meaning.IDENTIFIER
    label = _LABEL.search(before)
    if label is None:
        return meaning
    name = label["name"]
    if name.lower() in NUMBER_WORDS:  # "Card No.4242…" and "Order No.4242…": the word before it tells
        word = _WORD_BEFORE.search(before, 0, label.start())
        named = search.meaning_of(f"{word[0]}no") if word else Meaning.UNKNOWN
        return meaning if named is Meaning.UNKNOWN else named
    named = search.meaning_of(name)
    if named is Meaning.UNKNOWN:
        # joined to a word that says nothing, it is the number part of an id: `INV-4000…`, `/captures/4000…`
        return search.of_id if label["join"] in ("-", "/", ".") else meaning
    return named
