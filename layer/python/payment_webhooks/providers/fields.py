"""Small readers of one field each: they return a value of the right form or raise UnreadableEvent.

Reasons are `missing_{name}`, `invalid_{name}`, `unknown_{name}`; `name` is ours, never a text from the body.
"""

import re
from collections.abc import Mapping
from typing import Any

from payment_webhooks.errors import UnreadableEvent

# Ids become parts of keys: no separator of ours (#), no blank, nothing that is not ASCII.
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,200}")


def is_identifier(value: object) -> bool:
    # type(), not isinstance: a JSON number with decimals is a subclass of str, see envelope.NumberText.
    return type(value) is str and _IDENTIFIER.fullmatch(value) is not None


def identifier(value: object, name: str) -> str:
    """A required id."""
    if value is None or value == "":
        raise UnreadableEvent(f"missing_{name}")
    if type(value) is not str or not is_identifier(value):
        raise UnreadableEvent(f"invalid_{name}")
    return value


def optional_identifier(value: object, name: str) -> str | None:
    """An id, or None where the provider leaves it out or empty."""
    return None if value is None or value == "" else identifier(value, name)


def identifier_or_none(value: object) -> str | None:
    """An id where there is a usable one, for events that are recorded but not read: never raises."""
    return value if type(value) is str and is_identifier(value) else None


def mapping(value: object, name: str) -> dict[str, Any]:
    """A required JSON object."""
    if value is None:
        raise UnreadableEvent(f"missing_{name}")
    if not isinstance(value, dict):
        raise UnreadableEvent(f"invalid_{name}")
    return value


def mapping_or_empty(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: object, name: str) -> str:
    """A required text of free form, for values that are looked up in a table and never stored."""
    if value is None:
        raise UnreadableEvent(f"missing_{name}")
    if type(value) is not str:
        raise UnreadableEvent(f"invalid_{name}")
    return value


def choice(table: Mapping[str, str], value: object, name: str) -> str:
    """What `table` says of a required text; `unknown_{name}` for a text that it does not have."""
    known = table.get(text(value, name))
    if known is None:
        raise UnreadableEvent(f"unknown_{name}")
    return known
