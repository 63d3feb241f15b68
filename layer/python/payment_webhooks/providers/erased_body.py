"""Takes what tells of a person out of a stored body: the values of its provider's personal fields. Pure.

Each provider's folder says which fields these are. Every other byte stays, so whatever is folded from the body stays
the same. A value is a text, a number, or all of these within an object or a list.
"""

import json
import re
from typing import Final

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.envelope import parse_object
from payment_webhooks.providers.provider import Provider

ERASED: Final = "erased"
_TOKEN: Final = re.compile(
    r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"(?P<colon>\s*:)?|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<open>[{\[])|(?P<close>[}\]])',
    re.DOTALL,
)


def erased(provider: Provider, body: bytes) -> bytes:
    """The body with each personal value replaced by a fixed text; the same bytes for a body that has none. Erasing
    twice is erasing once. Of a body that nobody can read, nothing can be told apart: all of it goes.
    """
    try:
        parse_object(body)
    except UnreadableEvent:
        return ERASED.encode()
    text = body.decode()
    pieces: list[str] = []
    names: list[str] = []  # under which each object or list stands that is open
    name, at, personal_depth = (
        "",
        0,
        0,
    )  # personal_depth: how many are open in the outermost one that is personal
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "colon":
            name = _plain(token["text"])
            continue
        is_personal = personal_depth > 0 or provider.is_personal(names[-1] if names else "", name)
        if kind == "open":
            names.append(name)
            personal_depth = personal_depth or (len(names) if is_personal else 0)
        elif kind == "close":
            personal_depth = 0 if personal_depth == len(names) else personal_depth
            name = names.pop()
        elif is_personal:
            pieces += (text[at : token.start()], f'"{ERASED}"')
            at = token.end()
    return "".join((*pieces, text[at:])).encode()


def _plain(name: str) -> str:
    """The name of a field without JSON's escapes."""
    return str(json.loads(f'"{name}"')) if "\\" in name else name
