"""DynamoDB refuses the requests that AWS refuses.

The engine accepts a dozen kinds of requests that DynamoDB answers with ValidationException
(dynamodb_request_rules.py). With this shim each such request fails here, too, in every test that sends one.
"""

from typing import Any

from scripts.local_engine.dynamodb_request_rules import faults, keys_of
from scripts.local_engine.shims.engine_modules import json_object, module


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
