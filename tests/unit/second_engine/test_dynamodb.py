"""The second DynamoDB: a difference fails the test that meets it, and the gaps for which it is excused are still there.

A test of a gap that fails means that moto has mended it: take the exception out of fake_dynamodb.py and of the list in
docs/local-engine.md.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import LEDGER, TABLES
from tests.support.second_engine.dynamodb import Outcome, comparable, outcome, second_dynamodb

KEY = {"transaction_id": {"S": "stripe:pi_1"}, "timestamp": {"S": "2026"}}
PUT = {"TableName": LEDGER, "Item": KEY}
ONCE = {
    **PUT,
    "ConditionExpression": "attribute_not_exists(#id)",
    "ExpressionAttributeNames": {"#id": "transaction_id"},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


class Forgetful(FakeDynamoDB):
    """Stores nothing."""

    def _put(self, parameters: Mapping[str, Any]) -> None:
        pass


def asked(*calls: tuple[str, Mapping[str, Any]]) -> list[Outcome]:
    dynamodb = second_dynamodb(TABLES)
    return [outcome(dynamodb, operation, parameters) for operation, parameters in calls]


def test_a_request_that_aws_refuses_fails_the_call() -> None:
    with pytest.raises(AssertionError, match="DynamoDB would refuse this PutItem"):
        FakeDynamoDB(TABLES)("PutItem", {**PUT, "ReturnValuesOnConditionCheckFailure": "ALL_NEW"})


def test_another_answer_fails_the_call() -> None:
    dynamodb = Forgetful(TABLES)
    dynamodb("PutItem", ONCE)
    with pytest.raises(AssertionError, match="the engines differ at PutItem"):
        dynamodb("PutItem", ONCE)


def test_other_items_fail_whoever_looks_at_them() -> None:
    dynamodb = Forgetful(TABLES)
    dynamodb("PutItem", PUT)
    with pytest.raises(AssertionError, match="the engines differ: ledger"):
        dynamodb.items(LEDGER)


def test_a_refusal_comes_back_through_the_librarys_client_with_the_item_in_the_way() -> None:
    _, refused = asked(("PutItem", ONCE), ("PutItem", ONCE))
    assert comparable(refused) == {
        "Code": "ConditionalCheckFailedException",
        "Status": 400,
        "Item": KEY,
        "Reasons": [],
    }


def test_gap_a_token_is_ignored() -> None:
    update = {
        "TableName": LEDGER,
        "Key": KEY,
        "UpdateExpression": "ADD #n :one",
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    transaction = {"ClientRequestToken": "t", "TransactItems": [{"Update": update}]}
    *_, found = asked(
        ("TransactWriteItems", transaction),
        ("TransactWriteItems", transaction),
        ("GetItem", {"TableName": LEDGER, "Key": KEY, "ConsistentRead": True}),
    )
    assert comparable(found)["Item"]["n"] == {"N": "2"}


def test_gap_a_page_of_exactly_the_limit_says_that_it_is_the_last() -> None:
    query = {
        "TableName": LEDGER,
        "KeyConditionExpression": "transaction_id = :id",
        "ExpressionAttributeValues": {":id": KEY["transaction_id"]},
        "Limit": 1,
    }
    assert comparable(asked(("PutItem", PUT), ("Query", query))[1]) == {"Items": [KEY]}


def test_gap_a_number_stays_as_it_was_written() -> None:
    item = {**KEY, "n": {"N": "1.00"}}
    get = {"TableName": LEDGER, "Key": KEY, "ConsistentRead": True}
    assert comparable(asked(("PutItem", {**PUT, "Item": item}), ("GetItem", get))[1]) == {"Item": item}
