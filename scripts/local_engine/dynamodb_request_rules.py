"""Tells which DynamoDB requests AWS refuses although the local engine accepts them.

The local engine lets pass a dozen kinds of requests that DynamoDB answers with ValidationException or
SerializationException. Each rule names the page of the DynamoDB developer guide or API reference that it comes from. A
request without a fault here may still be refused by DynamoDB: the rules cover what an emulator was seen to let pass.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Request = Mapping[str, Any]

PARTITION_KEY_BYTES: Final = 2048  # "Quotas in Amazon DynamoDB": partition key values
SORT_KEY_BYTES: Final = 1024  # the same page: sort key values
IN_OPERANDS: Final = 100  # "Comparison operator and function reference": IN takes up to 100 values
NUMBER_DIGITS: Final = 38  # "Supported data types": numbers have up to 38 digits of precision
CLIENT_TOKEN_CHARACTERS: Final = 36  # API reference of TransactWriteItems, ClientRequestToken: 1 to 36
FUNCTIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}
)
UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
EXPRESSIONS: Final = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_CALL: Final = re.compile(r"([A-Za-z_]+)\s*\(")
_WORDS: Final = frozenset({"and", "or", "not", "in", "between", "set", "remove", "add", "delete"})
_CLAUSE: Final = re.compile(
    r"(?<![#:\w])(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE
)  # not a placeholder such as :add
_ASSIGNED: Final = re.compile(r"(#?\w+)\s*=\s*(?:if_not_exists\([^,]+,\s*)?(:\w+)")
_LIST: Final = re.compile(r"\bIN\s*\(([^)]*)\)", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"[#:][A-Za-z0-9_]+")


@dataclass(frozen=True)
class Keys:
    """The names of a table's key attributes, those of its indexes included."""

    partition: frozenset[str]
    sort: frozenset[str]


def keys_of(table: Mapping[str, Any]) -> Keys:
    """The key attributes of a table that is described as CreateTable or DescribeTable does."""
    indexes = [*(table.get("GlobalSecondaryIndexes") or ()), *(table.get("LocalSecondaryIndexes") or ())]
    elements = [element for each in (table, *indexes) for element in each["KeySchema"]]
    return Keys(
        partition=frozenset(element["AttributeName"] for element in elements if element["KeyType"] == "HASH"),
        sort=frozenset(element["AttributeName"] for element in elements if element["KeyType"] == "RANGE"),
    )


def faults(operation: str, request: Request, tables: Mapping[str, Keys]) -> list[str]:
    """The reasons for which DynamoDB refuses the request, in words; empty when no rule finds one.

    `operation`, `request`: as in the API, e.g. "PutItem" and its JSON with attribute values such as {"S": "text"}.
    `tables`: the keys of each table by its name; of a table that is not among them no key is checked.
    """
    actions = [request] if operation != "TransactWriteItems" else []
    found: list[str] = []
    if operation == "TransactWriteItems":
        found += _token(request)
        for action in request.get("TransactItems", ()):
            if len(action) != 1:
                found.append(
                    f"one action of a transaction has {len(action)} verbs: {', '.join(sorted(action))}"
                )
            actions += action.values()
    for action in actions:
        found += [*_returned(action), *_expressions(action), *_values(action), *_keys(action, tables)]
    return found


def _keys(action: Request, tables: Mapping[str, Keys]) -> Iterator[str]:
    """A key of the table or of an index that is too long: DynamoDB refuses the whole item for either."""
    keys = tables.get(str(action.get("TableName")), Keys(frozenset(), frozenset()))
    for name, value in _named(action):
        limits = [PARTITION_KEY_BYTES] * (name in keys.partition) + [SORT_KEY_BYTES] * (name in keys.sort)
        size = len(str(value.get("S", "")).encode())
        if limits and size > min(limits):
            yield f"the key {name} has {size} bytes, more than {min(limits)}"


def _named(action: Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The attributes of the item or its key, and those that an update sets, with their values."""
    yield from (action.get("Item") or action.get("Key") or {}).items()
    names, values = action.get("ExpressionAttributeNames", {}), action.get("ExpressionAttributeValues", {})
    for path, value in _ASSIGNED.findall(action.get("UpdateExpression", "")):
        yield names.get(path, path), values.get(value, {})


def _token(request: Request) -> Iterator[str]:
    token = request.get("ClientRequestToken")
    if token is not None and not 1 <= len(token) <= CLIENT_TOKEN_CHARACTERS:
        yield f"ClientRequestToken has {len(token)} characters, not 1 to {CLIENT_TOKEN_CHARACTERS}"


def _returned(action: Request) -> Iterator[str]:
    wanted = action.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if wanted not in ("ALL_OLD", "NONE"):
        yield f"ReturnValuesOnConditionCheckFailure is {wanted}, neither ALL_OLD nor NONE"


def _expressions(action: Request) -> Iterator[str]:
    texts = {name: str(action[name]) for name in EXPRESSIONS if action.get(name) is not None}
    for name, text in texts.items():
        yield from _calls(name, text)
        for operands in _LIST.findall(text):
            if operands.count(",") >= IN_OPERANDS:
                yield f"{name} has an IN of {operands.count(',') + 1} operands, more than {IN_OPERANDS}"
    if "<>" in texts.get("KeyConditionExpression", ""):
        yield "KeyConditionExpression has <>, which a key condition does not know"
    if "UpdateExpression" in texts:
        yield from _update(texts["UpdateExpression"], action.get("ExpressionAttributeNames", {}))
    yield from _placeholders(action, texts.values())


def _placeholders(action: Request, texts: Iterable[str]) -> Iterator[str]:
    used = {placeholder for text in texts for placeholder in _PLACEHOLDER.findall(text)}
    for attribute, sign in (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":")):
        given = action.get(attribute, {}).keys()
        needed = {placeholder for placeholder in used if placeholder.startswith(sign)}
        if given - used:
            yield f"{attribute} has what no expression uses: {', '.join(sorted(given - used))}"
        if needed - given:
            yield f"{attribute} lacks {', '.join(sorted(needed - given))}"


def _calls(name: str, text: str) -> Iterator[str]:
    known = FUNCTIONS | UPDATE_FUNCTIONS if name == "UpdateExpression" else FUNCTIONS
    for function in _CALL.findall(text):
        if function not in known and function.lower() not in _WORDS:
            yield f"{name} calls {function}; the functions' names are in lower case"


def _update(text: str, names: Mapping[str, str]) -> Iterator[str]:
    parts = _CLAUSE.split(text)
    verbs = [verb.upper() for verb in parts[1::2]]
    for verb, times in Counter(verbs).items():
        if times > 1:
            yield f"UpdateExpression has {times} clauses {verb}"
    paths = [
        names.get(path, path)
        for clause in parts[2::2]
        for member in re.split(r",(?![^(]*\))", clause)
        if (path := re.split(r"[\s=]", member.strip(), maxsplit=1)[0])
    ]
    for path, times in Counter(paths).items():
        if times > 1:
            yield f"UpdateExpression names the path {path} {times} times"


def _values(action: Request) -> Iterator[str]:
    given = [*action.get("ExpressionAttributeValues", {}).items()]
    for holder in ("Item", "Key", "ExclusiveStartKey"):
        given += (action.get(holder) or {}).items()
    for name, value in given:
        yield from _value(name, value)


def _value(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping) or len(value) != 1:
        yield f"{name} is no attribute value of one type"
        return
    kind, content = next(iter(value.items()))
    members = content if kind in ("SS", "NS", "BS", "L") else content.values() if kind == "M" else [content]
    if kind in ("L", "M"):
        for member in members:
            yield from _value(name, member)
    elif kind in ("N", "NS"):
        yield from (fault for member in members for fault in _number(name, member))
    elif kind in ("B", "BS"):
        yield from (fault for member in members for fault in _binary(name, member))


def _number(name: str, content: object) -> Iterator[str]:
    if not isinstance(content, str):
        yield f"the number {name} is no text"
        return
    try:
        number = Decimal(content)
    except InvalidOperation:
        yield f"the number {name} is none: {content!r}"
        return
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if not number.is_finite() or len(digits) > NUMBER_DIGITS:
        yield f"the number {name} has more than {NUMBER_DIGITS} digits"


def _binary(name: str, content: object) -> Iterator[str]:
    if isinstance(content, bytes):  # not yet written as JSON
        return
    try:
        base64.b64decode(str(content), validate=True)
    except binascii.Error:
        yield f"the binary {name} is no base64"
