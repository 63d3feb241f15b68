"""Masks a text that would take too long to understand: in one pass, without asking what is a card number.

Every digit of each run that has thirteen or more goes, with whatever but letters and quotation marks between them,
escaped or percent-encoded or not; and every digit behind the name of a security code or a PIN. Ids, times and amounts
may go with them: such a copy is for a person to see, never to be applied, and so it is made no JSON.
"""

import re
from collections.abc import Iterator
from string import ascii_letters, digits
from typing import Final

from payment_webhooks.masking.card_numbers import MINIMUM_DIGITS
from payment_webhooks.masking.findings import CARD_NUMBER, SECURITY_CODE, lowered
from payment_webhooks.masking.quick_look import CODE_WORDS, FOREIGN_WORDS, GAP, packed

_REST_OF_BACKSLASHES: Final = r"\\*+(?:u[0-9a-fA-F]{4}|[bfnrt](?![A-Za-z]))?+"
_REST_OF_PERCENT: Final = r"(?:[0-9a-fA-F]{2})?+"
# Begins with a set of characters, as those are found fast. Each thing is taken once, and no run is tried again from its
# middle: a text of any kind is read once.
_RUN: Final = re.compile(
    rf"[\d\\%](?:(?<=\d)(?<!\d\d)|(?<=\\)(?<!\\\\){_REST_OF_BACKSLASHES}|(?<=%){_REST_OF_PERCENT})"
    rf"(?:[^\w\"\\%]|[\d_]|\\{_REST_OF_BACKSLASHES}|%{_REST_OF_PERCENT}){{{MINIMUM_DIGITS - 1},}}+"
)
_MARK: Final = "masked coarsely: "  # so that it is no JSON, and nothing can take it for an event
_DIGIT: Final = re.compile(r"\d|((?<!\\)\\++u)([0-9a-fA-F]{4})")
_STARS: Final = str.maketrans(dict.fromkeys(digits, "*"))
_STARS_FOR_ALL: Final = str.maketrans(dict.fromkeys(digits + ascii_letters, "*"))
# From the first digit behind a code's name: what may belong to it, up to the next word.
_REST_OF_CODE: Final = re.compile(r"[0-9](?:[^A-Za-z0-9]{0,4}[0-9]){0,11}")
_CHARACTERS_A_CODE: Final = 64
# Track data, a block of a PIN: behind the name, in whatever alphabet.
_BLOCK: Final = re.compile(r"[^A-Za-z0-9]{0,12}[0-9A-Za-z+/=]{16,}")


def mask_coarsely(text: str) -> tuple[str, dict[str, int]]:
    """The text without the digits of any long run or code, and the counts of what was masked, by kind."""
    if not text.isascii():  # from here on all digits are ASCII's
        foreign = {one for one in set(text) if one.isdecimal() and not one.isascii()}
        text = text.translate({ord(one): str(int(one)) for one in foreign})
    text, runs = _without_runs(text)
    text, codes = _without_codes(text)
    if not text.startswith(_MARK):
        text = _MARK + text
    counts = {CARD_NUMBER: runs, SECURITY_CODE: codes}
    return text, {kind: count for kind, count in counts.items() if count}


def _without_runs(text: str) -> tuple[str, int]:
    runs = 0

    def masked(match: re.Match[str]) -> str:
        nonlocal runs
        run = match[0]
        if "\\u" not in run:
            starred = run.translate(_STARS)
            count = starred.count("*") - run.count("*")
        else:
            starred = _DIGIT.sub(_star, run)
            count = sum(starred.count(star) - run.count(star) for star in ("*", "002a"))
        if count < MINIMUM_DIGITS:
            return run
        runs += 1
        return starred

    return _RUN.sub(masked, text), runs


def _star(match: re.Match[str]) -> str:
    """A star as the digit was written: `\\u0034` -> `\\u002a`; an escape of anything else stays."""
    if match[2] is None:
        return "*"
    return f"{match[1]}002a" if chr(int(match[2], 16)).isdecimal() else match[0]


def _without_codes(text: str) -> tuple[str, int]:
    spans: list[tuple[int, int]] = []
    for span in _codes(text):
        spans.append(span)
        if len(spans) * _CHARACTERS_A_CODE > len(text) + _CHARACTERS_A_CODE:
            return text.translate(_STARS), len(spans)  # nothing but codes: no digit of it is worth the time
    pieces: list[str] = []
    at = codes = 0
    for start, end in sorted(spans):
        if end > at:
            pieces += (text[at : max(start, at)], text[max(start, at) : end].translate(_STARS_FOR_ALL))
            at = end
            codes += 1
    return "".join((*pieces, text[at:])), codes


def _codes(text: str) -> Iterator[tuple[int, int]]:
    """Where the values behind codes' names are."""
    lower = lowered(text)
    foreign = [written for word in FOREIGN_WORDS for written in (word, *packed(word))]
    for word, pattern in (*CODE_WORDS, *((word, rf"{re.escape(word)}\w?{GAP}[0-9]") for word in foreign)):
        for match in re.finditer(pattern, lower) if word in lower else ():
            first_digit = match.end() - 1
            value = _REST_OF_CODE.match(text, first_digit) or _BLOCK.match(text, match.end())
            if value:
                yield value.span()
