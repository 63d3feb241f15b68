"""The table adapter: pages of a query, and writes whose condition fails."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.aws.dynamodb_table import DynamoDbTable, Page
from payment_webhooks.aws.service_errors import CONDITION_FAILED, TRANSACTION_CANCELED, ServiceError

NAMES = {"#id": "id"}
KEY = item_of({"id": "a"})
OTHER = item_of({"id": "a", "owner": "other"})


class Service:
    """Answers each call with the next of `answers`, and keeps the parameters as they were sent."""

    def __init__(self, *answers: dict[str, Any] | ServiceError) -> None:
        self._answers = list(answers)
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.sent.append((operation, dict(parameters)))
        answer = self._answers.pop(0)
        if isinstance(answer, ServiceError):
            raise answer
        return answer


def refusal(code: str, **details: Any) -> ServiceError:
    return ServiceError("dynamodb", code, 400, details)


def test_a_query_follows_the_pages_and_asks_only_for_those_that_are_read() -> None:
    service = Service({"Items": [KEY], "LastEvaluatedKey": KEY}, {"Items": [OTHER]})
    pages = DynamoDbTable(service, "t").query_pages("#id = :id", NAMES, KEY, ConsistentRead=True)
    assert next(pages) == Page([KEY], is_last=False)
    assert len(service.sent) == 1
    assert list(pages) == [Page([OTHER], is_last=True)]
    (_, first), (operation, second) = service.sent
    assert (operation, first["TableName"], first["ConsistentRead"]) == ("Query", "t", True)
    assert ("ExclusiveStartKey" in first, second["ExclusiveStartKey"]) == (False, KEY)


def test_a_page_may_be_empty_and_not_the_last() -> None:
    service = Service({"Items": [], "LastEvaluatedKey": KEY}, {"Items": [KEY]})
    assert list(DynamoDbTable(service, "t").query("#id = :id", NAMES, KEY)) == [KEY]


def test_items_that_were_left_unread_are_asked_for_again() -> None:
    unread = {"t": {"Keys": [OTHER], "ConsistentRead": True}}
    service = Service(
        {"Responses": {"t": [KEY]}, "UnprocessedKeys": unread},
        {"Responses": {}, "UnprocessedKeys": unread},
        {"Responses": {"t": [OTHER]}, "UnprocessedKeys": {}},
    )
    pauses: list[int] = []
    assert DynamoDbTable(service, "t").items([KEY, OTHER], pauses.append) == [KEY, OTHER]
    asked = {"t": {"Keys": [KEY, OTHER], "ConsistentRead": True}}
    assert service.sent == [("BatchGetItem", {"RequestItems": each}) for each in (asked, unread, unread)]
    assert pauses == [1, 2]


def test_of_no_keys_nothing_is_asked() -> None:
    assert DynamoDbTable(Service(), "t").items([], lambda attempts: None) == []


def test_a_write_that_is_done_says_so_and_sends_no_empty_map() -> None:
    service = Service({})
    assert DynamoDbTable(service, "t").put_if(KEY, "attribute_not_exists(#id)", NAMES).done
    ((_, parameters),) = service.sent
    assert "ExpressionAttributeValues" not in parameters


def test_a_condition_that_fails_gives_the_item_that_was_in_the_way() -> None:
    failed = refusal(CONDITION_FAILED, Item=OTHER)
    write = DynamoDbTable(Service(failed), "t").put_if(KEY, "attribute_not_exists(#id)", NAMES)
    assert (write.done, write.item, write.refusal) == (False, OTHER, failed)


def test_an_update_gives_what_it_was_asked_to_return() -> None:
    service = Service({"Attributes": OTHER})
    table = DynamoDbTable(service, "t")
    write = table.update_if(KEY, "SET #a = :a", "attribute_exists(#id)", NAMES, KEY, ReturnValues="ALL_NEW")
    assert (write.done, write.item) == (True, OTHER)
    assert service.sent[0][1]["ReturnValues"] == "ALL_NEW"


def test_any_other_refusal_is_raised() -> None:
    throttled = refusal("ThrottlingException")
    table = DynamoDbTable(Service(throttled, throttled, throttled), "t")
    with pytest.raises(ServiceError):
        table.put_if(KEY, "attribute_not_exists(#id)", NAMES)
    with pytest.raises(ServiceError):
        table.update_if(KEY, "SET #a = :a", "attribute_exists(#id)", NAMES)
    with pytest.raises(ServiceError):
        table.transact_if([])


def test_a_transaction_is_done_or_gives_a_reason_for_each_action() -> None:
    reasons = [{"Code": "ConditionalCheckFailed", "Item": OTHER}, {"Code": "None"}]
    cancelled = refusal(TRANSACTION_CANCELED, CancellationReasons=reasons)
    contended = refusal(TRANSACTION_CANCELED, CancellationReasons=[{"Code": "TransactionConflict"}])
    table = DynamoDbTable(Service({}, cancelled, contended), "t")
    assert table.transact_if([]) == []
    assert table.transact_if([]) == reasons
    with pytest.raises(ServiceError):
        table.transact_if([])
