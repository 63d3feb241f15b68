"""Tells whether a body may hold card data at all: nearly all bodies end here, without the finders being loaded."""

import re
from typing import Final

# One thing between two digits of a number, told apart by its first character: so that nothing is tried twice.
_SEPARATOR: Final = (
    r"(?:[^0-9A-Za-z\\%*\"]|\\++(?:u[0-9a-fA-F]{4}|[tnrbf\"/])?|%(?:(?![0-9]{3})[0-9a-fA-F]{2})?)"
)
_TWELVE_MORE: Final = rf"(?:{_SEPARATOR}{{0,4}}+[0-9]){{12}}"
# Thirteen digits with little between them, not inside a word (`\n4242…` in a JSON string is not inside one), or behind
# the name of a network, or behind EMV's tags of the number and of track 2.
_LONG_RUN: Final = re.compile(
    r"[0-9](?:(?<![A-Za-z0-9_].)|(?<=\\[nrtbf].)|(?<=\\u[0-9a-fA-F]{4}.)|(?<=%..[0-9])"
    r"|(?<=(?i:visa|card|amex|5a0[789a]|57(?:0[b-f]|1[0-3])).))" + _TWELVE_MORE,
    re.DOTALL,
)
# Thirteen digits behind a letter, in one piece or in a card's groups: what numbers_in_ids.py finds beside those.
_IN_WORD: Final = re.compile(r"(?<=[A-Za-z_])[0-9](?=[0-9]{3})(?:(?:[._:-]{1,4}+(?=[0-9]{3}))?[0-9]){12}")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})|%(3[0-9]|5[cC]|25|[eE][fF]%[bB][cC]%9)")
# What shows that a code may be there: its name, then its first digit with little between them. Most bodies have none
# of the words on the left; some have a name with a verdict (`"cvc_check": "pass"`).
# Compiled when first used: a cold start pays for none of them.
GAP: Final = (
    r"(?:[^a-z0-9\\%]|\\++(?:u[0-9a-f]{4}|[nrt])?|%(?:[0-9a-f]{2})?"
    r"|ist?|was|est?|num(?:ber)?|n[or]|value|code|confirm(?:ation)?|content|text){0,16}+"
)
_DIGIT: Final = GAP + "[0-9]"
_NO_CODE: Final = r"[^a-z0-9]{0,3}"
_BLANK: Final = "(?:[ +]|%20)"
CODE_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("cv", rf"cv(?:[vcnd][23]?|x?2|(?<=ccv)){_DIGIT}"),
    ("csc", rf"csc{_DIGIT}"),
    ("cav2", rf"cav2{_DIGIT}"),
    ("cid", rf"cid{_DIGIT}"),
    ("curit", rf"curit(?:\\+u00[ce]9|%c3%[8a]9|.){_DIGIT}"),
    ("ification", rf"ification{_DIGIT}"),  # verification, and personal identification number
    ("valid", rf"validation{_NO_CODE}code{_DIGIT}"),
    ("card", rf"card{_NO_CODE}code{_DIGIT}"),
    ("pin", rf"pin(?:2?{_DIGIT}|{_NO_CODE}(?:block|data))"),
    ("encrypted", rf"encrypted{_NO_CODE}pin"),
    ("track", rf"track{_NO_CODE}(?:[123]|data)"),
    ("mag", r"mag(?:netic)?[^a-z0-9]{0,3}stripe"),
    *((word, rf"{word}{_NO_CODE}data") for word in ("swipe", "msr", "icc", "tlv", "chip")),
    ("emv", rf"emv{_NO_CODE}(?:data|tlv|tags)"),
    ("digit", rf"digit{_BLANK}(?:security{_BLANK})?code{_DIGIT}"),
    *((word, rf"{word}{_DIGIT}") for word in ("ziffer", "fnummer", "sicherheitscode")),
    *(
        (word, rf"{word}(?:\\++(?:u[0-9a-f]{{4}})?+|%(?:[0-9a-f]{{2}})?+|[^0-9\\%]){{0,24}}+[0-9]")
        for word in ("segur", "cryptogramme", "sicurezza", "beveiliging", "bezpiecze")
    ),
    # track 1 inside of a word
    ("^", r"b[0-9][0-9 ]{11,22}[0-9]\^"),
)
# Words of other scripts, as they are and packed.
FOREIGN_WORDS: Final = (
    *("\u5b89\u5168\u7801", "\u5b89\u5168\u78bc", "\u30ad\u30e5\u30ea\u30c6\u30a3\u30b3\u30fc\u30c9"),
    # without the first letter, which may be a capital; then all of them are
    *(
        "\u0435\u0437\u043e\u043f\u0430\u0441\u043d\u043e\u0441\u0442",
        "\u0415\u0417\u041e\u041f\u0410\u0421\u041d\u041e\u0421\u0422",
    ),
)


def may_hold_card_data(text: str) -> bool:
    """A quick look that may say yes in vain, but never no."""
    if not text.isascii():
        if any(map(str.isdecimal, set(_NOT_ASCII.findall(text)))):
            return True
        if any(word in text for word in FOREIGN_WORDS):
            return True
        # many of them are blanks and dashes; a letter taken for one does no harm
        text = _NOT_ASCII.sub(" ", text)
    lowered = text.lower()
    if "\\u" in text or "%" in text:
        if any(_hides_something(match) for match in _ESCAPED.finditer(text)):
            return True
        if any(written in lowered for word in FOREIGN_WORDS for written in packed(word)):
            return True
    if _LONG_RUN.search(text) or _IN_WORD.search(text):
        return True
    return any(word in lowered and re.search(pattern, lowered) for word, pattern in CODE_WORDS)


def packed(word: str) -> tuple[str, str]:
    """The word as JSON's escapes write it, and percent-encoded, both in lower case."""
    escapes = "".join(f"\\u{ord(character):04x}" for character in word)
    return escapes, "".join(f"%{byte:02x}" for byte in word.encode())


def _hides_something(match: re.Match[str]) -> bool:
    if match[2]:
        return True
    character = chr(int(match[1], 16))
    # Digits beyond the BMP are surrogate pairs, an escaped escape character may begin anything, and nobody escapes a
    # letter of ASCII but to hide a name.
    return (
        character.isdecimal()
        or "\ud800" <= character <= "\udbff"
        or character in "\\%"
        or (character.isascii() and character.isalpha())
    )
