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
    return {
        name: _plain_value(value) for name, value in item.items() if value.keys() & {"S", "N", "BOOL", "B"}
    }


def _plain_value(value: AttributeValue) -> str | int | bool | bytes:
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content)
    if kind == "B":
        return content if isinstance(content, bytes) else base64.b64decode(content)
    plain_content: str | bool = content
    return plain_content
