"""DynamoDB in memory, as far as the library uses it: conditions, transactions with their reasons, updates,
queries.

Called as `json_client.Api` is, and refusing as it does. `fail_next` lets one call fail before or after its
effect: the second is an answer that was lost. Every request passes the gate of what AWS refuses, and every answer is
compared with that of a second engine, which shares no code with this one or with the local engine.
"""

import marshal
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from payment_webhooks.aws.dynamodb_items import AttributeValue, Item
from payment_webhooks.aws.service_errors import CONDITION_FAILED, TRANSACTION_CANCELED, ServiceError
from scripts.local_engine.dynamodb_request_rules import faults, keys_of
from tests.support.second_engine.dynamodb import (
    Outcome,
    comparable,
    outcome,
    second_dynamodb,
    table_definition,
)

Parameters = Mapping[str, Any]
TRANSACTION_ACTIONS_MAXIMUM = 100  # DynamoDB API reference, TransactWriteItems


class FakeDynamoDB:
    """`tables`: by name, its two key attributes. `calls`: the operations in their order. `compared`: whether a second
    engine is asked, too; False only where a test makes so many calls that it would take minutes.
    """

    def __init__(self, tables: Mapping[str, tuple[str, str]], compared: bool = True) -> None:
        self._keys = tables
        self._rules = {name: keys_of(table_definition(keys)) for name, keys in tables.items()}
        self._items: dict[str, dict[tuple[str, str], Item]] = {name: {} for name in tables}
        self._second = second_dynamodb(tables) if compared else None
        self._faults: dict[int, tuple[Exception, bool]] = {}
        self._done: dict[str, dict[str, Any]] = {}  # transactions that had a token, by it
        self.calls: list[str] = []

    def __call__(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        self.calls.append(operation)
        reasons = faults(operation, parameters, self._rules)
        assert not reasons, f"DynamoDB would refuse this {operation}: {reasons}"
        error, after_effect = self._faults.pop(len(self.calls), (None, False))
        if error is not None and not after_effect:
            raise error
        repeats = parameters.get("ClientRequestToken") in self._done
        answer = outcome(self._first, operation, parameters)
        if not repeats and operation != "BatchGetItem":  # the second engine knows no tokens, and reads all
            self._compare(operation, parameters, answer)
        if isinstance(answer, ServiceError):
            raise answer
        if error is not None:
            raise error
        copied: dict[str, Any] = _copied(dict(answer))
        return copied

    def _first(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self, f"_{operation}")(parameters)
        return answer

    def _compare(self, operation: str, parameters: Parameters, first: Outcome) -> None:
        """Ask the second engine the same, for a page as long as this one's."""
        if self._second is None:
            return
        if operation == "Query":
            assert not isinstance(first, ServiceError)
            parameters = {**parameters, "Limit": max(1, len(first["Items"]))}
        second = outcome(self._second, operation, parameters)
        assert comparable(second) == comparable(first), f"the engines differ at {operation}: {parameters}"

    def fail(self, call: int, error: Exception, after_effect: bool = False) -> None:
        """Let the call with this number (the first is 1) fail."""
        self._faults[call] = (error, after_effect)

    def fail_next(self, error: Exception, after_effect: bool = False) -> None:
        self.fail(len(self.calls) + 1, error, after_effect)

    def heal(self) -> None:
        """Forget the failures that have not happened yet."""
        self._faults.clear()

    def remove(self, table: str, item: Item) -> None:
        partition, sort = self._keys[table]
        self("DeleteItem", {"TableName": table, "Key": {name: item[name] for name in (partition, sort)}})

    def set(self, table: str, key: tuple[str, str], name: str, value: AttributeValue) -> None:
        """Change one attribute by hand, as an operator's script would."""
        item = self._items[table][key]
        item[name] = value
        self._compare("PutItem", {"TableName": table, "Item": item}, {})

    def items(self, table: str) -> list[Item]:
        """All items by their keys; the second engine must have the same."""
        items = self._sorted(table)
        if self._second is not None:
            found = self._second("Scan", {"TableName": table})["Items"]
            found.sort(key=lambda item: self._key(table, item))
            assert comparable({"Items": found}) == comparable({"Items": items}), (
                f"the engines differ: {table}"
            )
        return items

    def _sorted(self, table: str) -> list[Item]:
        return [_copied(item) for _, item in sorted(self._items[table].items())]

    def _PutItem(self, parameters: Parameters) -> dict[str, Any]:
        with _refusal(CONDITION_FAILED):
            self._check(parameters)
        self._put(parameters)
        return {}

    def _TransactWriteItems(self, parameters: Parameters) -> dict[str, Any]:
        token = parameters.get("ClientRequestToken")
        if self._is_repeated(token, parameters):
            return {}
        actions = [next(iter(action.items())) for action in parameters["TransactItems"]]
        touched = {(each["TableName"], self._key_of(each)) for _, each in actions}
        if len(actions) > TRANSACTION_ACTIONS_MAXIMUM or len(touched) < len(actions):
            raise ServiceError("dynamodb", "ValidationException", 400, {})
        reasons: list[dict[str, Any]] = []
        for _, each in actions:
            try:
                self._check(each)
                reasons.append({"Code": "None"})
            except _Refused as refused:
                reasons.append({"Code": "ConditionalCheckFailed", **refused.details})
        if any(reason["Code"] != "None" for reason in reasons):
            raise ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons})
        for verb, each in actions:
            {"Put": self._put, "Update": self._update, "Delete": self._DeleteItem}[verb](each)
        if token is not None:
            self._done[token] = _copied(dict(parameters))
        return {}

    def _is_repeated(self, token: str | None, parameters: Parameters) -> bool:
        if token not in self._done:
            return False
        if self._done[token] != parameters:
            raise ServiceError("dynamodb", "IdempotentParameterMismatchException", 400, {})
        return True

    def _DeleteItem(self, parameters: Parameters) -> dict[str, Any]:
        self._items[parameters["TableName"]].pop(self._key_of(parameters), None)
        return {}

    def _UpdateItem(self, parameters: Parameters) -> dict[str, Any]:
        with _refusal(CONDITION_FAILED):
            self._check(parameters)
        self._update(parameters)
        return {}

    def _update(self, parameters: Parameters) -> None:
        key = self._key_of(parameters)
        item = self._items[parameters["TableName"]].setdefault(key, dict(parameters["Key"]))
        names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
        clauses = re.split(r"\s*\b(SET|REMOVE|ADD)\b\s*", parameters["UpdateExpression"])[1:]
        for verb, text in zip(clauses[::2], clauses[1::2], strict=True):
            for part in text.split(", "):
                words = part.replace(" = ", " ").split()
                name = names[words[0]]
                if verb == "REMOVE":
                    item.pop(name, None)
                elif verb == "SET":
                    item[name] = values[words[1]]
                else:
                    before = int(item.get(name, {"N": "0"})["N"])
                    item[name] = {"N": str(before + int(values[words[1]]["N"]))}

    def _Query(self, parameters: Parameters) -> dict[str, Any]:
        """One item a page, so that every reader must follow the pages."""
        assert parameters["ConsistentRead"] is True
        values = parameters["ExpressionAttributeValues"]
        rows = sorted(
            row for row in self._items[parameters["TableName"]].items() if row[0][0] == values[":id"]["S"]
        )
        if "BETWEEN :first AND :last" in parameters["KeyConditionExpression"]:
            rows = [row for row in rows if values[":first"]["S"] <= row[0][1] <= values[":last"]["S"]]
        start = parameters.get("ExclusiveStartKey")
        if start is not None:
            rows = [row for row in rows if row[0] > self._key(parameters["TableName"], start)]
        answer: dict[str, Any] = {"Items": [item for _, item in rows[:1]]}
        if len(rows) > 1:
            keys = self._keys[parameters["TableName"]]
            answer["LastEvaluatedKey"] = {name: rows[0][1][name] for name in keys}
        return answer

    def _BatchGetItem(self, parameters: Parameters) -> dict[str, Any]:
        """One item a call, so that every reader must ask again for the others."""
        ((table, asked),) = parameters["RequestItems"].items()
        assert asked["ConsistentRead"] is True
        key, *others = asked["Keys"]
        item = self._items[table].get(self._key(table, key))
        answer: dict[str, Any] = {"Responses": {table: [item] if item else []}}
        return answer | ({"UnprocessedKeys": {table: {**asked, "Keys": others}}} if others else {})

    def _put(self, parameters: Parameters) -> None:
        table = parameters["TableName"]
        self._items[table][self._key(table, parameters["Item"])] = _copied(parameters["Item"])

    def _check(self, parameters: Parameters) -> None:
        condition = parameters.get("ConditionExpression")
        found = self._items[parameters["TableName"]].get(self._key_of(parameters))
        if condition and not any(
            all(_holds(term, found, parameters) for term in terms.split(" AND "))
            for terms in condition.split(" OR ")
        ):
            wants_item = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and found
            raise _Refused({"Item": _copied(found)} if wants_item else {})

    def _key_of(self, action: Parameters) -> tuple[str, str]:
        return self._key(action["TableName"], action.get("Item") or action["Key"])

    def _key(self, table: str, item: Mapping[str, Any]) -> tuple[str, str]:
        partition, sort = self._keys[table]
        return item[partition]["S"], item[sort]["S"]


def _copied(document: Any) -> Any:
    """As copy.deepcopy does of plain values, in a tenth of its time."""
    return marshal.loads(marshal.dumps(document))  # noqa: S302 - made here


class _Refused(Exception):
    def __init__(self, details: Mapping[str, Any]) -> None:
        self.details = details


@contextmanager
def _refusal(code: str) -> Iterator[None]:
    try:
        yield
    except _Refused as refused:
        raise ServiceError("dynamodb", code, 400, refused.details) from None


def _holds(term: str, found: Item | None, parameters: Parameters) -> bool:
    names: Mapping[str, str] = parameters["ExpressionAttributeNames"]
    values: Mapping[str, Any] = parameters.get("ExpressionAttributeValues", {})
    if match := re.fullmatch(r"attribute_not_exists\((#\w+)\)", term):
        return found is None or names[match[1]] not in found
    if match := re.fullmatch(r"(#?\w+) = (:\w+)", term):
        return found is not None and found.get(names.get(match[1], match[1])) == values[match[2]]
    if match := re.fullmatch(r"attribute_exists\((#\w+)\)", term):
        return found is not None and names[match[1]] in found
    if match := re.fullmatch(r"(#\w+) < (:\w+)", term):
        number = (found or {}).get(names[match[1]])
        return number is not None and int(number["N"]) < int(values[match[2]]["N"])
    if match := re.fullmatch(r"(#\w+) IN \((.+)\)", term):
        wanted = [values[name] for name in match[2].split(", ")]
        return found is not None and found.get(names[match[1]]) in wanted
    raise AssertionError(f"condition not known here: {term}")
