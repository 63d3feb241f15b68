"""Finds security codes and PINs in text, by the words in front of them in the languages that buyers write."""

import re
from collections.abc import Iterator
from typing import Final

from payment_webhooks.masking.field_names import Meaning
from payment_webhooks.masking.findings import PIN, SECURITY_CODE, Finding, lowered, stars
from payment_webhooks.masking.search import Search

_UNITS_A_CHARACTER: Final = 2  # for each name that is there at all
_UNITS_A_FINDING: Final = 300

_AFTER_CODE: Final = r"(?![a-z_*\d]|[-./]\d)"
_BEFORE_CODE: Final = (
    r"(?:[ _-]?(?:code|number|no|nr|num|value))?[\"'\])\s]{0,3}(?:ist?|was|est?|no\.?|nr\.?)?\s{0,2}"
    r"(?:[-=]>|[:=>#\-\uff1a\uff1d\u2013\u2014])?[\"'(\[<\s]{0,3}"
)
_CODE: Final = rf"{_BEFORE_CODE}(?P<value>\d{{3,4}}){_AFTER_CODE}"
_ALONE: Final = "(?:(?<![a-z]{0})|(?<=card{0}))"  # behind a name: no letter before it, or the word card


def _named(literal: str, rest: str = "", whole: str = _CODE) -> tuple[str, re.Pattern[str]]:
    """A word, and the pattern of a value behind it: begun with the word itself, as that is found fast."""
    return literal, re.compile(re.escape(literal) + _ALONE.format(re.escape(literal)) + rest + whole)


# In lower case.
_CODES: Final = (
    (
        "cv",
        re.compile(
            rf"cv(?:(?<![a-z]cv)|(?<=[dic]cv)(?<![a-z].cv)|(?<=card.cv)|(?<=cardcv))(?:[vcnd][23]?|x?2){_CODE}"
        ),
    ),
    _named("ccv", "2?"),
    _named("cav2"),
    _named("csc"),
    _named("security", "[ _-]?code"),
    _named("validation", "[ _-]?code"),
    _named("verification", "(?<=card.verification)(?:[ _-]?(?:value|code|number))?"),
    _named("digit", " (?:security )?code"),
    _named("pr\u00fcf", "(?:ziffer|nummer)"),
    _named("pruef", "(?:ziffer|nummer)"),
    ("kartenpr", re.compile(rf"kartenpr(?:\u00fc|ue)f(?:ziffer|nummer){_CODE}")),
    _named("sicherheitscode"),
    _named("beveiligingscode"),
    _named("seguridad"),
    _named("seguran\u00e7a"),
    _named("sicurezza"),
    ("curit", re.compile(rf"curit(?<=s[e\u00e9]curit)[e\u00e9]{_CODE}")),
    _named("cryptogramme", "(?: visuel)?"),
    _named("bezpiecze\u0144stwa"),
    *(
        _named(word)
        for word in (
            "\u0431\u0435\u0437\u043e\u043f\u0430\u0441\u043d\u043e\u0441\u0442\u0438",
            "\u5b89\u5168\u7801",
            "\u5b89\u5168\u78bc",
            "\u30ad\u30e5\u30ea\u30c6\u30a3\u30b3\u30fc\u30c9",
        )
    ),
)
_CUSTOMER_ID_OR_CODE: Final = _named(
    "cid", whole=rf"[\"'\])\s]{{0,3}}[:=>][\"'(\s]{{0,3}}(?P<value>\d{{3,4}}){_AFTER_CODE}"
)
_PIN: Final = _named(
    "pin",
    r"(?:[ _-]?(?:code|number|no))?[\"'\])\s]{0,3}(?:is\s|was\s|[:=>]|(?<=\s))",
    rf"[\"'(\s]{{0,3}}(?P<value>\d{{4,5}}){_AFTER_CODE}",
)
# "4242… 12/28 123", "4242…:1228:123": the code that people type, and gateways write, after number and expiry
_CODE_AFTER_EXPIRY: Final = re.compile(
    r"[\s,;|/:]{1,3}(?:exp\w{0,8}[:.\s]{0,3})?\d{1,2}\s?[/\-|,;: ]?\s?\d{2,4}[\s,;|/:]{1,3}"
    r"(?:cv[vc]2?[:\s]{0,2})?(?P<code>\d{3,4})(?![A-Za-z_*\d/\-])",
    re.IGNORECASE,
)


def find_codes(text: str, meaning: Meaning, search: Search) -> Iterator[Finding]:
    """Security codes and PINs behind their names in `text`, a value whose own name has this `meaning`."""
    lower = lowered(text)
    for literal, pattern in _CODES:
        if literal in lower:
            yield from _found(pattern, lower, SECURITY_CODE, search)
    if meaning is not Meaning.IDENTIFIER and _CUSTOMER_ID_OR_CODE[0] in lower:
        yield from _found(_CUSTOMER_ID_OR_CODE[1], lower, SECURITY_CODE, search)
    if _PIN[0] in lower:
        yield from _found(_PIN[1], lower, PIN, search)


def _found(pattern: re.Pattern[str], text: str, kind: str, search: Search) -> Iterator[Finding]:
    search.spend(len(text) * _UNITS_A_CHARACTER)
    for match in pattern.finditer(text):
        search.spend(_UNITS_A_FINDING)
        yield Finding(kind, stars(text, *match.span("value")))


def find_code_after_expiry(text: str, at: int) -> Iterator[Finding]:
    """The code behind a card number that ends `at`, and its expiry."""
    if code := _CODE_AFTER_EXPIRY.match(text, at):
        yield Finding(SECURITY_CODE, stars(text, *code.span("code")))
