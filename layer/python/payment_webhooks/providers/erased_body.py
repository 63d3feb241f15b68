"""Takes what tells of a person out of a stored body: the values of its provider's personal fields. Pure.

Each provider's folder says which fields these are. An object or a list goes whole, with the names in it, which may be
anybody's words; of a text, a number, true or false, the kind stays. Every other byte stays, so whatever is folded from
the body stays the same. What is left is never longer: an item has a largest size.
"""

import json
import re
from typing import Final

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.envelope import parse_object
from payment_webhooks.providers.provider import Provider

ERASED: Final = "erased"
_LEFT: Final = {"text": f'"{ERASED}"', "number": "0", "word": "0", "{": "{}", "[": "[]"}
_TOKEN: Final = re.compile(
    r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"(?P<colon>\s*:)?|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<word>true|false)'
    r"|(?P<open>[{\[])|(?P<close>[}\]])",
    re.DOTALL,
)


def erased(provider: Provider, body: bytes) -> bytes:
    """The body without what is personal; the same bytes for a body that has none. Erasing twice is erasing once, and
    so is erasing first by fewer fields. Of a body that nobody can read, nothing can be told apart: all of it goes.
    """
    try:
        parse_object(body)
    except UnreadableEvent:
        return ERASED.encode()
    text = body.decode()
    pieces: list[str] = []
    names: list[str] = []  # under which each object or list stands that is open
    name = ""
    at = since = personal_depth = (
        0  # the last two: where what is personal begins, and how deep in it the values are
    )
    for token in _TOKEN.finditer(text):
        kind = str(token.lastgroup)
        if kind == "colon":
            name = _plain(token["text"])
            continue
        ends = kind == "close" and personal_depth == len(names)
        if kind != "close" and names and not personal_depth and provider.is_personal(names[-1], name):
            since, ends = token.start(), kind != "open"
            personal_depth = len(names) + 1
        if ends:
            pieces += (text[at:since], _left(text[since : token.end()], kind))
            at, personal_depth = token.end(), 0
        if kind == "open":
            names.append(name)
        elif kind == "close":
            name = names.pop()
    return "".join((*pieces, text[at:])).encode()


def _left(value: str, kind: str) -> str:
    left = _LEFT[value[0] if kind == "close" else kind]
    return left if len(left) <= len(value) else '""'


def _plain(name: str) -> str:
    """The name of a field without JSON's escapes."""
    return str(json.loads(f'"{name}"')) if "\\" in name else name
