"""Finds card data in JSON, and in what is packed inside of it: escapes, JSON in strings, percent-encoding.

All positions are those of the raw text, so that the rest of a body stays as it is, byte for byte. A packed
text is unpacked together with the position of each of its characters; what is found there is mapped back.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple
from urllib.parse import quote

from payment_webhooks.masking.card_numbers import (
    MAXIMUM_DIGITS,
    MINIMUM_DIGITS,
    hidden_part,
    is_card_number,
    is_issued_card_number,
)
from payment_webhooks.masking.field_names import Meaning, meaning_of
from payment_webhooks.masking.plain_text import (
    CARD_NUMBER,
    PIN,
    SECURITY_CODE,
    TRACK_DATA,
    Edit,
    Finding,
    find_in_text,
    stars,
)

_DEEPEST: Final = 4  # how often a text may be packed in another
_TOKEN: Final = re.compile(
    r'"(?P<string>[^"\\]*(?:\\.[^"\\]*)*)"(?P<colon>\s*:)?'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<open>[{\[])|(?P<close>[}\]])",
    re.DOTALL,
)
_JSON_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[\"\\/bfnrt]"
)
_PERCENT_ESCAPE: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+|\+")
_DOCUMENT: Final = re.compile(r"\s*[\[{\"\-0-9]")
_PACKED_DOCUMENT: Final = re.compile(r"\s*[\[{\"]")  # digits in a string are text: they stay without quotes
_LOOKS_LIKE_FORM: Final = re.compile(r"[^\s=&]+=[^\s]*\Z")
# Three digits with little between them, or what may hide some: without, a value holds nothing that is masked.
_WORTH_A_LOOK: Final = re.compile(r"\d(?:\D{0,3}\d){2}|\\u|%")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{16,}")


_WHOLE_VALUE_MASKED: Final = (Meaning.TRACK, Meaning.PIN_BLOCK)


class Unpacked(NamedTuple):
    text: str
    starts: "array[int]"  # raw position of each character, and of the end
    pack: Callable[[str], str]  # a replacement, as it must be written in the raw text


def find_in_body(text: str, depth: int = 0, meaning: Meaning = Meaning.UNKNOWN) -> Iterator[Finding]:
    """All card data in a text that may be JSON, a form or anything else, a value of this `meaning`."""
    if _is_json(text, _DOCUMENT if depth == 0 else _PACKED_DOCUMENT):
        yield from _find_in_json(text, depth)
        return
    yield from find_in_text(text, meaning)
    if depth < _DEEPEST:
        for unpack in (unescape_json, unescape_percent):
            if unpacked := unpack(text):
                yield from _mapped(unpacked, find_in_body(unpacked.text, depth + 1, meaning))


def _is_json(text: str, beginning: re.Pattern[str]) -> bool:
    if not beginning.match(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):  # ValueError: not JSON, or an integer of more than 4300 digits
        return False
    return True


def _find_in_json(text: str, depth: int) -> Iterator[Finding]:
    parents: list[str] = []
    name = parent = ""
    for token in _TOKEN.finditer(text):
        if token["open"]:
            parents.append(parent)
            parent = name or parent
        elif token["close"]:
            name = parent
            parent = parents.pop()
        elif token["colon"] is not None:
            name = token["string"]
            if len(name) >= MINIMUM_DIGITS:
                yield from _shifted(token.start("string"), find_in_text(name))
        elif token["number"]:
            yield from _find_in_number(token, meaning_of(name, parent))
        else:
            meaning = meaning_of(name, parent)
            yield from _shifted(token.start("string"), _find_in_string(token["string"], meaning, depth))


def _find_in_number(token: re.Match[str], meaning: Meaning) -> Iterator[Finding]:
    written = token["number"]
    if finding := _number_finding(written, meaning):
        kind, masked = finding
        yield Finding(kind, (Edit(token.start(), token.end(), f'"{masked}"'),))


def _number_finding(written: str, meaning: Meaning) -> tuple[str, str] | None:
    if meaning is Meaning.SECURITY_CODE and written.isdecimal() and len(written) <= 4:
        return SECURITY_CODE, "***"
    if meaning is Meaning.CUSTOMER_ID_OR_CODE and written.isdecimal() and len(written) in (3, 4):
        return SECURITY_CODE, "***"
    if meaning is Meaning.PIN and written.isdecimal() and 4 <= len(written) <= 12:
        return PIN, "****"
    if len(written) < MINIMUM_DIGITS or meaning is Meaning.IDENTIFIER:
        return None
    digits = _integer_digits(written)
    if not (is_card_number(digits) if meaning is Meaning.CARD else is_issued_card_number(digits)):
        return None
    hidden = hidden_part(len(digits))
    return CARD_NUMBER, digits[: hidden.start] + "*" * len(hidden) + digits[hidden.stop :]


def _integer_digits(written: str) -> str:
    """The digits of a JSON number that is a whole one of 13 to 19 digits (`4.2e15` too), else nothing."""
    if written.isdecimal():
        return written
    try:
        value = Decimal(written)
    except InvalidOperation:  # an exponent beyond what Decimal takes
        return ""
    if value <= 0 or not MINIMUM_DIGITS - 1 <= value.adjusted() < MAXIMUM_DIGITS:
        return ""
    return str(int(value)) if value == int(value) else ""


def _find_in_string(raw: str, meaning: Meaning, depth: int) -> Iterator[Finding]:
    if meaning not in _WHOLE_VALUE_MASKED and not _WORTH_A_LOOK.search(raw):
        return
    unpacked = unescape_json(raw) or Unpacked(raw, array("q", range(len(raw) + 1)), _as_json)
    if finding := _whole_value_finding(unpacked.text, meaning):
        yield from _mapped(unpacked, iter((finding,)))
    elif len(raw) >= 6 and depth < _DEEPEST:  # "CVV123"
        yield from _mapped(unpacked, find_in_body(unpacked.text, depth + 1, meaning))


def _whole_value_finding(value: str, meaning: Meaning) -> Finding | None:
    """What a string is by the name it stands under alone, as far as its form does not speak against it."""
    bare = value.strip()
    every_digit = stars(value, 0, len(value))
    if meaning in (Meaning.SECURITY_CODE, Meaning.CUSTOMER_ID_OR_CODE):
        return Finding(SECURITY_CODE, every_digit) if bare.isdecimal() and len(bare) in (3, 4) else None
    if meaning is Meaning.PIN:
        return Finding(PIN, every_digit) if bare.isdecimal() and 4 <= len(bare) <= 12 else None
    if meaning is Meaning.PIN_BLOCK and _HEX.fullmatch(bare):
        return Finding(PIN, _every_character(value))
    if meaning is Meaning.TRACK and len(bare) >= MINIMUM_DIGITS and bare.strip("*"):
        return Finding(TRACK_DATA, _every_character(value))
    return None


def _every_character(value: str) -> tuple[Edit, ...]:
    return tuple(Edit(at, at + 1, "*") for at in range(len(value)))


def unescape_json(raw: str) -> Unpacked | None:
    """`raw` with its JSON escapes resolved; None when it has none."""
    return _unpack(raw, _JSON_ESCAPE, _unescaped, _as_json) if "\\" in raw else None


def _unescaped(escape: str) -> list[tuple[str, int]]:
    return [(str(json.loads(f'"{escape}"')), len(escape))]


def _as_json(replacement: str) -> str:
    return json.dumps(replacement)[1:-1]


def unescape_percent(raw: str) -> Unpacked | None:
    """`raw` without percent-encoding, `+` as a blank in what looks like a form; None when it has neither."""
    form = bool(_LOOKS_LIKE_FORM.match(raw))
    if "%" not in raw and not (form and "+" in raw):
        return None
    return _unpack(
        raw, _PERCENT_ESCAPE, lambda escape: _unquoted(escape, form), lambda text: quote(text, safe="*")
    )


def _unquoted(escape: str, form: bool) -> list[tuple[str, int]]:
    """The characters of one run of percent escapes, with the number of raw characters that each took."""
    if escape == "+":
        return [(" " if form else "+", 1)]
    characters = bytes.fromhex(escape.replace("%", "")).decode("utf-8", "surrogateescape")
    return [(one, 3 * len(one.encode("utf-8", "surrogateescape"))) for one in characters]


def _unpack(
    raw: str,
    pattern: re.Pattern[str],
    resolve: Callable[[str], list[tuple[str, int]]],
    pack: Callable[[str], str],
) -> Unpacked | None:
    pieces: list[str] = []
    starts: array[int] = array("q")
    at = 0
    for match in pattern.finditer(raw):
        pieces.append(raw[at : match.start()])
        starts.extend(range(at, match.start()))
        at = match.start()
        for character, length in resolve(match[0]):
            pieces.append(character)
            starts.append(at)
            at += length
    if at == 0:
        return None
    starts.extend(range(at, len(raw) + 1))
    return Unpacked("".join((*pieces, raw[at:])), starts, pack)


def _mapped(unpacked: Unpacked, findings: Iterator[Finding]) -> Iterator[Finding]:
    starts = unpacked.starts
    for kind, edits in findings:
        yield Finding(kind, tuple(Edit(starts[e.start], starts[e.end], unpacked.pack(e.text)) for e in edits))


def _shifted(offset: int, findings: Iterator[Finding]) -> Iterator[Finding]:
    for kind, edits in findings:
        yield Finding(kind, tuple(Edit(e.start + offset, e.end + offset, e.text) for e in edits))
