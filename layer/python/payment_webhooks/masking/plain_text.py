"""Finds card data in plain text: by form (grouped digits, track data) and by the words in front of it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from payment_webhooks.masking.card_numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    hidden_part,
    is_card_number,
    is_issued_card_number,
    is_printed_grouping,
)
from payment_webhooks.masking.field_names import Meaning, meaning_of

CARD_NUMBER: Final = "card_number"
SECURITY_CODE: Final = "security_code"
PIN: Final = "pin"
TRACK_DATA: Final = "track_data"


class Edit(NamedTuple):
    """Replace text[start:end] by `text`."""

    start: int
    end: int
    text: str


class Finding(NamedTuple):
    kind: str
    edits: tuple[Edit, ...]


_BLANKS: Final = r" \t\u00a0\u2000-\u200d\u202f\u2060\u3000\ufeff\u00ad\x00"
_DASHES: Final = r"\-\u2010-\u2015\u2212"
# No word character and no mask may touch a run: digits inside an id such as `3CP00000000000001` are no run.
_RUN: Final = re.compile(rf"\d(?<![\w*].)\d*(?:[{_BLANKS}{_DASHES}.]{{1,3}}\d+)*(?![\w*])", re.DOTALL)
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_GROUP: Final = re.compile(r"\d+")
_LABEL: Final = re.compile(
    r"(?P<name>[A-Za-z][\w\-\[\].]*(?<=[\w\]]))(?P<join>[\"'\])]*\s*(?:(?:number|no|nr|is|was)?\s*[:=#>]|is|was|\s|[-/.])?"
    r"[\s\"'(\[<]*)\Z"
)
_LABEL_REACH: Final = 72  # characters looked at before a number
_IBAN_HEAD: Final = re.compile(r"(?<![A-Za-z])[A-Z]{2}[0-9]{2} ?(?:[A-Z]{4} )?\Z")
_PHONE_SIGN: Final = re.compile(r"(?<![\w])\+\Z")
_LONGEST_PHONE: Final = 15  # ITU-T E.164
_SMALLEST_FIRST_GROUP: Final = 4  # of a number among others; alone, its digits may stand one by one
_IDENTIFIER_GROUPS: Final = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 4, 3))

_BEFORE_CODE: Final = r"[\"'\])\s]{0,3}(?:is|was)?\s{0,2}[:=>#]?[\"'(\[<\s]{0,3}"
_AFTER_CODE: Final = r"(?![\w*]|[-./]\d)"
_CODE: Final = re.compile(
    r"(?<![A-Za-z])(?:card[ _-]?)?(?:cv[vcnd]2?|cav2|csc|security[ _-]?code|card[ _-]?verification"
    r"(?:[ _-]?(?:value|code|number))?)(?:[ _-]?(?:code|number|no|nr|num|value))?"
    rf"{_BEFORE_CODE}(?P<code>\d{{3,4}}){_AFTER_CODE}"
    rf"|(?<![A-Za-z])cid[\"'\])\s]{{0,3}}[:=>][\"'(\s]{{0,3}}(?P<cid>\d{{3,4}}){_AFTER_CODE}",
    re.IGNORECASE,
)
_PIN: Final = re.compile(
    r"(?<![A-Za-z])(?:card[ _-]?)?pin(?:[ _-]?(?:code|number|no))?[\"'\])\s]{0,3}(?:is\s|was\s|[:=>])"
    rf"[\"'(\s]{{0,3}}(?P<pin>\d{{4,5}}){_AFTER_CODE}",
    re.IGNORECASE,
)
# ISO/IEC 7813: track 1 is %B number ^ name ^ expiry…, track 2 is ; number = expiry…
_TRACK: Final = re.compile(
    r"%?[Bb](?<![A-Za-z0-9*].)(?P<one>\d{13,19})\^[^\^\r\n\"]{2,26}\^\d{4}[^?\r\n\"]{0,70}\??"
    r"|;?(?<![\w*])(?P<two>\d{13,19})[=D]\d{7,25}\??",
    re.DOTALL,
)
# "4242… 12/28 123": the code that people type after number and expiry
_CODE_AFTER_EXPIRY: Final = re.compile(
    r"[\s,;|/]{1,3}(?:exp\w*[:.\s]{0,3})?\d{1,2}\s?[/\-|]\s?\d{2,4}[\s,;|/]{1,3}(?P<code>\d{3,4})(?![\w*/\-])",
    re.IGNORECASE,
)


def ascii_digits(text: str) -> str:
    """The decimal digits of `text` as ASCII, whatever script they are written in; all else is left out."""
    if text.isascii():
        return _NOT_DIGITS.sub("", text)
    return "".join(str(int(character)) for character in text if character.isdecimal())


def stars(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """One edit for each digit of text[start:end], so that separators stay as they are."""
    return tuple(Edit(at, at + 1, "*") for at in range(start, end) if text[at].isdecimal())


def card_edits(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """The edits that leave the first six and last four digits of the number in text[start:end]."""
    every_digit = stars(text, start, end)
    hidden = hidden_part(len(every_digit))
    return every_digit[hidden.start : hidden.stop]


def find_in_text(text: str, meaning: Meaning = Meaning.UNKNOWN) -> Iterator[Finding]:
    """All card data in `text`, a value whose own name has this `meaning`."""
    tracks = [match.span() for match in _TRACK.finditer(text) if _is_track(match)]
    for start, end in tracks:
        yield Finding(TRACK_DATA, tuple(Edit(at, at + 1, "*") for at in range(start, end)))
    at = 0
    for start, end in [*tracks, (len(text), len(text))]:  # the numbers in a track are gone with it
        for run in _RUN.finditer(text, at, start):
            if len(run[0]) >= MINIMUM_DIGITS:
                yield from _find_in_run(text, run, meaning)
        at = end
    yield from _find_codes(text, meaning)


def _is_track(match: re.Match[str]) -> bool:
    return is_card_number(ascii_digits(match["one"] or match["two"]))


def _find_codes(text: str, meaning: Meaning) -> Iterator[Finding]:
    for match in _CODE.finditer(text):
        start, end = match.span("code" if match["code"] else "cid")
        if match["code"] or meaning is not Meaning.IDENTIFIER:
            yield Finding(SECURITY_CODE, stars(text, start, end))
    for match in _PIN.finditer(text):
        yield Finding(PIN, stars(text, *match.span("pin")))


def _find_in_run(text: str, run: re.Match[str], meaning: Meaning) -> Iterator[Finding]:
    if meaning is not Meaning.CARD:
        meaning = _meaning_before(text, run, meaning)
    groups = [group.span() for group in _GROUP.finditer(text, run.start(), run.end())]
    next_free = 0
    for first, last in _windows(text, groups):
        if first < next_free:
            continue
        window = groups[first : last + 1]
        if _is_card(text, window, meaning, whole_run=len(window) == len(groups)):
            next_free = last + 1
            start, end = window[0][0], window[-1][1]
            yield Finding(CARD_NUMBER, card_edits(text, start, end))
            if code := _CODE_AFTER_EXPIRY.match(text, end):
                yield Finding(SECURITY_CODE, stars(text, *code.span("code")))


def _windows(text: str, groups: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
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


def _is_blank(separator: str) -> bool:
    return not any(character in "-.\u2212" or "\u2010" <= character <= "\u2015" for character in separator)


def _is_card(text: str, window: list[tuple[int, int]], meaning: Meaning, *, whole_run: bool) -> bool:
    sizes = tuple(end - start for start, end in window)
    if meaning is Meaning.CARD and whole_run:
        return is_card_number(ascii_digits(text[window[0][0] : window[-1][1]]))
    if meaning is Meaning.IDENTIFIER and sizes not in _IDENTIFIER_GROUPS:
        return False
    if not is_printed_grouping(sizes) or (sizes[0] < _SMALLEST_FIRST_GROUP and not whole_run):
        return False
    return is_issued_card_number(ascii_digits(text[window[0][0] : window[-1][1]]))


def _meaning_before(text: str, run: re.Match[str], meaning: Meaning) -> Meaning:
    """The meaning that the words right before a run give it; `meaning` when they say nothing."""
    before = text[max(0, run.start() - _LABEL_REACH) : run.start()]
    digits = len(ascii_digits(run[0]))
    if _IBAN_HEAD.search(before) or (digits <= _LONGEST_PHONE and _PHONE_SIGN.search(before)):
        return Meaning.IDENTIFIER
    label = _LABEL.search(before)
    if label is None:
        return meaning
    named = meaning_of(label["name"])
    if named is Meaning.UNKNOWN:
        # joined to a word that says nothing, it is the number part of an id: `INV-4000…`, `/captures/4000…`
        return Meaning.IDENTIFIER if label["join"] in ("-", "/", ".") else meaning
    return named
