"""Finds card data in JSON, and in what is packed inside of it: escapes, JSON in strings, percent-encoding.

All positions are those of the raw text, so that the rest of a body stays as it is, byte for byte. A packed
text is unpacked together with the position of each of its characters; what is found there is mapped back.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from payment_webhooks.masking.card_numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    digits_before_expiry,
    hidden_part,
    is_card_number,
    is_issued_card_number,
)
from payment_webhooks.masking.field_names import Meaning
from payment_webhooks.masking.findings import (
    CARD_NUMBER,
    PIN,
    SECURITY_CODE,
    TRACK_DATA,
    Edit,
    Finding,
    every_character,
    stars,
)
from payment_webhooks.masking.packed_text import unescape_json, unescape_percent
from payment_webhooks.masking.plain_text import find_in_text
from payment_webhooks.masking.search import Search

_DEEPEST: Final = 4  # how often a text may be packed in another
_UNITS_A_TOKEN: Final = 45
_UNITS_A_STRING: Final = 150  # that may hold something
_UNITS_A_FINDING: Final = 400
_UNITS_A_TRY: Final = 250  # to read JSON
_UNITS_A_NAME: Final = 1500  # that was not met before
_UNITS_A_CHARACTER: Final = 2

_TOKEN: Final = re.compile(
    r'"(?P<name>[^"\\]*(?:\\.[^"\\]*)*)"(?:(?P<colon>\s*:)|)'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<open>[{\[])|(?P<close>[}\]])",
    re.DOTALL,
)
_DOCUMENT: Final = re.compile(r"\s*[\[{\"\-0-9]")
_PACKED_DOCUMENT: Final = re.compile(r"\s*[\[{\"]")  # digits in a string are text: they stay without quotes
# Three digits with little between them, or what may hide some: without, a value holds nothing that is masked.
_WORTH_A_LOOK: Final = re.compile(r"\d(?:\D{0,4}\d){2}|\\u|%")
_BASE64: Final = re.compile(r"[0-9A-Za-z+/=_\-]{16,}")
_BLANK: Final = re.compile(r"\s+")
_CODES: Final = (Meaning.SECURITY_CODE, Meaning.CUSTOMER_ID_OR_CODE)
_PINS: Final = (Meaning.PIN, Meaning.PIN_BLOCK)  # an "encrypted PIN" may be none
_SHORT_NUMBERS: Final = (*_CODES, *_PINS)
_ALWAYS_LOOKED_AT: Final = (*_CODES, *_PINS, Meaning.TRACK)


def find_in_body(
    text: str, search: Search, depth: int = 0, meaning: Meaning = Meaning.UNKNOWN
) -> Iterator[Finding]:
    """All card data in a text that may be JSON, a form or anything else, a value of this `meaning`.

    Raises TooMuchWork.
    """
    if _is_json(text, _DOCUMENT if depth == 0 else _PACKED_DOCUMENT, search):
        yield from _find_in_json(text, depth, search)
        return
    yield from find_in_text(text, meaning, search)
    if depth < _DEEPEST:
        for unpack in (unescape_json, unescape_percent):
            if unpacked := unpack(text, search):
                yield from unpacked.in_packed(find_in_body(unpacked.text, search, depth + 1, meaning), search)


def _is_json(text: str, beginning: re.Pattern[str], search: Search) -> bool:
    if not beginning.match(text):
        return False
    search.spend(_UNITS_A_TRY + len(text) * _UNITS_A_CHARACTER)
    try:
        json.loads(text)
    except (ValueError, RecursionError):  # ValueError: not JSON, or an integer of more than 4300 digits
        return False
    return True


def _find_in_json(text: str, depth: int, search: Search) -> Iterator[Finding]:
    parents: list[str] = []
    name = parent = ""
    met: set[str] = set()
    for token in _TOKEN.finditer(text):
        search.spend(_UNITS_A_TOKEN)
        kind = token.lastgroup
        if kind == "name":
            meaning = search.meaning_of(name, parent)
            yield from _shifted(token.start(1), _find_in_string(token[1], meaning, depth, search))
        elif kind == "colon":
            name = _plain(token[1], met, search)
            if len(name) >= MINIMUM_DIGITS:
                yield from _shifted(token.start(1), _find_in_name(token[1], search))
        elif kind == "number":
            yield from _find_in_number(token, search.meaning_of(name, parent), search)
        elif kind == "open":
            parents.append(parent)
            parent = name or parent
        else:
            name = parent
            parent = parents.pop()


def _plain(name: str, met: set[str], search: Search) -> str:
    """The name without escapes; `met` are those that this document had before."""
    unpacked = unescape_json(name, search)
    plain = unpacked.text if unpacked else name
    if plain not in met:
        search.spend(_UNITS_A_NAME)
        met.add(plain)
    return plain


def _find_in_name(raw: str, search: Search) -> Iterator[Finding]:
    if unpacked := unescape_json(raw, search):
        return unpacked.in_packed(find_in_text(unpacked.text, Meaning.UNKNOWN, search), search)
    return find_in_text(raw, Meaning.UNKNOWN, search)


def _find_in_number(token: re.Match[str], meaning: Meaning, search: Search) -> tuple[Finding, ...]:
    written = token["number"]
    if len(written) < MINIMUM_DIGITS and meaning not in _SHORT_NUMBERS:
        return ()  # a body may have a million of them
    finding = _number_finding(written, meaning)
    if finding is None:
        return ()
    search.spend(_UNITS_A_FINDING)
    kind, masked = finding
    return (Finding(kind, (Edit(token.start(), token.end(), f'"{masked}"'),)),)


def _number_finding(written: str, meaning: Meaning) -> tuple[str, str] | None:
    if meaning in _SHORT_NUMBERS:
        whole = written.removesuffix(".0")
        if meaning is Meaning.SECURITY_CODE and whole.isdecimal() and len(whole) <= 4:
            return SECURITY_CODE, "***"
        if meaning is Meaning.CUSTOMER_ID_OR_CODE and whole.isdecimal() and len(whole) in (3, 4):
            return SECURITY_CODE, "***"
        if meaning in _PINS and whole.isdecimal() and 4 <= len(whole) <= 12:
            return PIN, "****"
    if len(written) < MINIMUM_DIGITS or meaning is Meaning.IDENTIFIER:
        return None
    digits = _integer_digits(written)
    is_number = is_card_number(digits) if meaning is Meaning.CARD else is_issued_card_number(digits)
    length = len(digits) if is_number else digits_before_expiry(digits)
    if not length:
        return None
    hidden = hidden_part(length)
    return CARD_NUMBER, digits[: hidden.start] + "*" * len(hidden) + digits[hidden.stop :]


def _integer_digits(written: str) -> str:
    """The digits of a JSON number that is a whole one of 13 to 19 digits (`4.2e15` too), else nothing."""
    if written.isdecimal():
        return written
    try:
        value = Decimal(written).copy_abs()  # abs() raises Overflow for what JSON allows
    except InvalidOperation:  # an exponent beyond what Decimal takes
        return ""
    if value.adjusted() >= MAXIMUM_DIGITS:
        return ""
    return str(int(value)) if value == int(value) else ""


def _find_in_string(raw: str, meaning: Meaning, depth: int, search: Search) -> Iterator[Finding]:
    if meaning not in _ALWAYS_LOOKED_AT and (len(raw) < 6 or not _WORTH_A_LOOK.search(raw)):  # "CVV123"
        return
    search.spend(_UNITS_A_STRING)
    unpacked = unescape_json(raw, search)
    text = unpacked.text if unpacked else raw
    if finding := _whole_value_finding(text, meaning):
        findings: Iterator[Finding] = iter((finding,))
    elif depth < _DEEPEST:
        findings = find_in_body(text, search, depth + 1, meaning)
    else:
        return
    yield from unpacked.in_packed(findings, search) if unpacked else findings


def _whole_value_finding(value: str, meaning: Meaning) -> Finding | None:
    """What a string is by the name it stands under alone, as far as its form does not speak against it."""
    if meaning not in _ALWAYS_LOOKED_AT:
        return None
    bare = _BLANK.sub("", value)
    if meaning in _CODES:
        digits = bare.removesuffix(".0")
        fits = len(digits) <= 4 and (len(digits) >= 3 or meaning is Meaning.SECURITY_CODE)
        return Finding(SECURITY_CODE, stars(value, 0, len(value))) if fits and digits.isdecimal() else None
    if meaning in _PINS and bare.isdecimal() and 4 <= len(bare) <= 12:
        return Finding(PIN, stars(value, 0, len(value)))
    if meaning is Meaning.PIN_BLOCK and _BASE64.fullmatch(bare):
        return Finding(PIN, every_character(0, len(value)))
    if meaning is Meaning.TRACK and len(bare) >= MINIMUM_DIGITS and bare.strip("*"):
        return Finding(TRACK_DATA, every_character(0, len(value)))
    return None


def _shifted(offset: int, findings: Iterator[Finding]) -> Iterator[Finding]:
    for kind, edits in findings:
        yield Finding(kind, tuple(Edit(e.start + offset, e.end + offset, e.text) for e in edits))
