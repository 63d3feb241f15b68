"""Requests that DynamoDB refuses and emulators accept: each rule finds its request, and none a good one."""

from typing import Any

import pytest

from scripts.local_engine.dynamodb_request_rules import Keys, faults

TABLES = {"T": Keys(partition=frozenset({"id", "customer"}), sort=frozenset({"at"}))}
KEY = {"id": {"S": "stripe:pi_1"}, "at": {"S": "2026"}}


def update(expression: str, **more: Any) -> dict[str, Any]:
    names = {name: name[1:] for name in ("#a", "#b") if name in expression}
    values = {value: {"N": "1"} for value in (":one", ":two") if value in expression}
    given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {"TableName": "T", "Key": KEY, "UpdateExpression": expression, **given, **more}


def put(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": "T", "Item": {**KEY, **item}, **more}


MANY = ", ".join(f":v{number}" for number in range(101))
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a partition key of an index over 2,048 bytes": (
        "PutItem",
        put({"customer": {"S": "x" * 2049}}),
        "the key customer has 2049 bytes, more than 2048",
    ),
    "a sort key over 1,024 bytes": (
        "PutItem",
        put({"at": {"S": "é" * 513}}),
        "the key at has 1026 bytes, more than 1024",
    ),
    "a sort key of an index, set by an update, over 1,024 bytes": (
        "UpdateItem",
        {
            **update("SET #a = if_not_exists(#a, :one)", ExpressionAttributeNames={"#a": "at"}),
            "ExpressionAttributeValues": {":one": {"S": "x" * 1025}},
        },
        "the key at has 1025 bytes, more than 1024",
    ),
    "SET and REMOVE of one path": (
        "UpdateItem",
        update("SET #a = :one REMOVE #a"),
        "UpdateExpression names the path a 2 times",
    ),
    "SET and ADD of one path": (
        "UpdateItem",
        update("SET #a = :one ADD #a :two"),
        "UpdateExpression names the path a 2 times",
    ),
    "a clause twice": (
        "UpdateItem",
        update("SET #a = :one SET #b = :two"),
        "UpdateExpression has 2 clauses SET",
    ),
    "over 100 operands of IN": (
        "PutItem",
        put(
            {},
            ConditionExpression=f"#a IN ({MANY})",
            ExpressionAttributeNames={"#a": "a"},
            ExpressionAttributeValues={f":v{number}": {"N": "1"} for number in range(101)},
        ),
        "ConditionExpression has an IN of 101 operands, more than 100",
    ),
    "a function in upper case": (
        "PutItem",
        put({}, ConditionExpression="ATTRIBUTE_EXISTS(#a)", ExpressionAttributeNames={"#a": "a"}),
        "ConditionExpression calls ATTRIBUTE_EXISTS; the functions' names are in lower case",
    ),
    "an unknown ReturnValuesOnConditionCheckFailure": (
        "PutItem",
        put({}, ReturnValuesOnConditionCheckFailure="ALL_NEW"),
        "ReturnValuesOnConditionCheckFailure is ALL_NEW, neither ALL_OLD nor NONE",
    ),
    "<> in a key condition": (
        "Query",
        {
            "TableName": "T",
            "KeyConditionExpression": "id = :one AND at <> :two",
            "ExpressionAttributeValues": {":one": {"S": "a"}, ":two": {"S": "b"}},
        },
        "KeyConditionExpression has <>, which a key condition does not know",
    ),
    "base64 that is none": ("PutItem", put({"a": {"B": "!"}}), "the binary a is no base64"),
    "an empty token": (
        "TransactWriteItems",
        {"ClientRequestToken": "", "TransactItems": [{"Put": put({})}]},
        "ClientRequestToken has 0 characters, not 1 to 36",
    ),
    "two verbs in one action": (
        "TransactWriteItems",
        {"TransactItems": [{"Put": put({}), "Delete": {"TableName": "T", "Key": KEY}}]},
        "one action of a transaction has 2 verbs: Delete, Put",
    ),
    "a number over 38 digits": (
        "UpdateItem",
        {**update("ADD #a :one"), "ExpressionAttributeValues": {":one": {"N": "9" * 39}}},
        "the number :one has more than 38 digits",
    ),
    "a number that is no text": ("PutItem", put({"a": {"N": 1}}), "the number a is no text"),
    "a name that nothing uses": (
        "UpdateItem",
        {**update("SET #a = :one"), "ExpressionAttributeNames": {"#a": "a", "#b": "b"}},
        "ExpressionAttributeNames has what no expression uses: #b",
    ),
    "a value that is not given": (
        "UpdateItem",
        {**update("SET #a = :one"), "ExpressionAttributeValues": {}},
        "ExpressionAttributeValues lacks :one",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_dynamodb_refuses_is_told(case: str) -> None:
    operation, request, reason = REFUSED[case]
    assert faults(operation, request, TABLES) == [reason]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", put({"customer": {"S": "x" * 2048}, "at": {"S": "x" * 1024}})),
        ("PutItem", put({"a": {"M": {"b": {"L": [{"N": "1.5"}, {"NULL": True}]}}}, "c": {"B": "YWJj"}})),
        ("UpdateItem", update("SET #a = if_not_exists(#a, :one) + :two REMOVE #b")),
        (
            "UpdateItem",
            {
                **update("SET #set = :add REMOVE #remove"),
                "ExpressionAttributeNames": {"#set": "set", "#remove": "remove"},
                "ExpressionAttributeValues": {":add": {"N": "1"}},
            },
        ),
        ("UpdateItem", {**update("ADD #a :one"), "ExpressionAttributeValues": {":one": {"N": "9" * 38}}}),
        ("TransactWriteItems", {"ClientRequestToken": "t" * 36, "TransactItems": [{"Put": put({})}]}),
        (
            "PutItem",
            put(
                {},
                ConditionExpression="NOT (#a IN (:one)) AND size(#a) > :one",
                ExpressionAttributeNames={"#a": "a"},
                ExpressionAttributeValues={":one": {"N": "1"}},
            ),
        ),
    ],
)
def test_a_good_request_has_no_fault(operation: str, request_: dict[str, Any]) -> None:
    assert faults(operation, request_, TABLES) == []
