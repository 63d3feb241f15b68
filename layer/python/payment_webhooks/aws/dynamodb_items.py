"""DynamoDB attribute values ({"S": "text"}) from plain values and back; the few types that the tables use."""

import base64
from collections.abc import Mapping
from typing import Any

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]


def attribute(value: str | int | bool | bytes) -> AttributeValue:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):  # before int: a bool is one
        return {"BOOL": value}
    if isinstance(value, bytes):
        return {"B": value}
    return {"N": str(value)}


def item_of(values: Mapping[str, str | int | bool | bytes | None]) -> Item:
    """An item of all values but those that are None: DynamoDB keeps an absent attribute, not an empty one."""
    return {name: attribute(value) for name, value in values.items() if value is not None}


def plain(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The values of an item: S as str, N as int, BOOL as bool, B as bytes. Other types are left out: no code
    of ours writes them.
    """
    found: dict[str, Any] = {}
    for name, value in item.items():
        ((kind, content),) = value.items()
        if kind in ("S", "BOOL"):
            found[name] = content
        elif kind == "N":
            found[name] = int(content)
        elif kind == "B":
            found[name] = content if isinstance(content, bytes) else base64.b64decode(content)
    return found
