"""One DynamoDB table: queries page by page, and writes that depend on a condition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from payment_webhooks.aws.dynamodb_items import AttributeValue, Item
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import CONDITION_FAILED, ServiceError

Parameters = dict[str, Any]
Names = Mapping[str, str]  # of attributes, by their placeholder: {"#id": "webhook_id"}
Values = Mapping[str, AttributeValue]  # by their placeholder: {":id": {"S": "stripe:evt_1"}}
MOST_KEYS: Final = 100  # of a BatchGetItem: its API reference


class Page(NamedTuple):
    """One page of a query's items; `is_last` when no other follows."""

    items: Sequence[Item]
    is_last: bool


class Write(NamedTuple):
    """A conditional write. `refusal`: the error when the condition failed, else None. `item`: what an update was asked
    to return, or the item that was in the way; empty when DynamoDB did not give one.
    """

    item: Item
    refusal: ServiceError | None = None

    @property
    def done(self) -> bool:
        return self.refusal is None


class DynamoDbTable:
    """Every method raises Unavailable when the table does not answer; a condition that fails is an answer."""

    def __init__(self, dynamodb: Api, name: str) -> None:
        self._dynamodb = dynamodb
        self.name = name

    def query_pages(self, condition: str, names: Names, values: Values, **options: Any) -> Iterator[Page]:
        """The pages of a Query; `options` are more of its parameters, such as IndexName."""
        parameters = self._parameters(names, values, KeyConditionExpression=condition, **options)
        while True:
            answer = self._dynamodb("Query", parameters)
            last_key = answer.get("LastEvaluatedKey")
            yield Page(answer.get("Items", ()), is_last=not last_key)
            if not last_key:
                return
            parameters["ExclusiveStartKey"] = last_key

    def query(self, condition: str, names: Names, values: Values, **options: Any) -> Iterator[Item]:
        """All items of a Query, read page by page."""
        for page in self.query_pages(condition, names, values, **options):
            yield from page.items

    def items(
        self, keys: Sequence[Item], pause: Callable[[int], None], *, is_consistent: bool = True
    ) -> list[Item]:
        """Those of these keys that there are, in no order; keys of MOST_KEYS items at most, each once. Strongly
        consistent, unless half the price is worth a second's delay.

        DynamoDB may leave some unread, mostly where it throttles; they are asked for again after `pause`, which gets
        the number of calls before, and raises Unavailable when no time is left.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        found: list[Item] = []
        asked: Mapping[str, Any] = (
            {self.name: {"Keys": keys, "ConsistentRead": is_consistent}} if keys else {}
        )
        attempts = 0
        while asked:
            if attempts:
                pause(attempts)
            answer = self._dynamodb("BatchGetItem", {"RequestItems": asked})
            found += answer["Responses"].get(self.name, ())
            asked = answer.get("UnprocessedKeys") or {}
            attempts += 1
        return found

    def put(self, item: Item, condition: str, names: Names, values: Values | None = None) -> Parameters:
        """The parameters of a conditional put, for `put_if` or as an action of `transact_if`."""
        options = {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return self._parameters(names, values, Item=item, **options)

    def put_if(self, item: Item, condition: str, names: Names, values: Values | None = None) -> Write:
        """Put the item if the condition holds."""
        return self._write("PutItem", self.put(item, condition, names, values))

    def update_if(
        self,
        key: Item,
        update: str,
        condition: str,
        names: Names,
        values: Values | None = None,
        **options: Any,
    ) -> Write:
        """Update the item if the condition holds. `names` and `values` are those of both expressions."""
        return self._write(
            "UpdateItem",
            self._parameters(
                names, values, Key=key, UpdateExpression=update, ConditionExpression=condition, **options
            ),
        )

    def transact_if(self, actions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Carry out all actions or none. Empty when it is done; when conditions failed, a reason for each action:
        {"Code": ..., "Item": {...} if it was asked for}.
        """
        try:
            self._dynamodb("TransactWriteItems", {"TransactItems": actions})
        except ServiceError as error:
            if not error.only_conditions_failed:
                raise
            return error.cancellation_reasons
        return []

    def _write(self, operation: str, parameters: Parameters) -> Write:
        try:
            answer = self._dynamodb(operation, parameters)
        except ServiceError as error:
            if error.code != CONDITION_FAILED:
                raise
            return Write(error.details.get("Item") or {}, error)
        return Write(answer.get("Attributes") or {})

    def _parameters(self, names: Names, values: Values | None, **others: Any) -> Parameters:
        parameters: Parameters = {"TableName": self.name, **others, "ExpressionAttributeNames": names}
        if values:  # DynamoDB refuses an empty map
            parameters["ExpressionAttributeValues"] = values
        return parameters
