"""DynamoDB refuses the requests that AWS refuses.

The engine accepts a dozen kinds of requests that DynamoDB answers with ValidationException
(dynamodb_request_rules.py). With this shim each such request fails here, too, in every test that sends one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.local_engine.dynamodb_request_rules import Keys, faults
from scripts.local_engine.shims.engine_modules import json_object, module


def keys_of(table: Mapping[str, Any]) -> Keys:
    """The key attributes of a table of the engine, which keeps it as DescribeTable shows it."""
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in _indexes(table))]
    elements = [element for schema in schemas for element in schema]
    return Keys(
        partition=frozenset(element["AttributeName"] for element in elements if element["KeyType"] == "HASH"),
        sort=frozenset(element["AttributeName"] for element in elements if element["KeyType"] == "RANGE"),
    )


def _indexes(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        yield from table.get(kind) or ()


def apply() -> None:
    dynamodb = module("services.dynamodb")

    handle_request = dynamodb.handle_request

    async def refuse_as_aws_does(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = json_object(body)
        tables = {str(name): keys_of(table) for name, table in dynamodb._tables.items()}
        reasons = faults(operation, request, tables) if request else []
        if reasons:
            return dynamodb.error_response_json("ValidationException", "; ".join(reasons), 400)
        return await handle_request(method, path, headers, body, query)

    dynamodb.handle_request = refuse_as_aws_does
