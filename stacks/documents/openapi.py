"""The OpenAPI 3.1 document of the transaction API, from the description of its operations."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from payment_webhooks.transaction_api.description import ERROR_SCHEMA, Operation, Parameter
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from stacks.names import STAGE

FILE_NAME: Final = "transactions.openapi.json"
VERSION: Final = "1.0.0"
_JSON: Final = "application/json"
_DESCRIPTION: Final = (
    "Reads the ledger of payments and asks for notifications. Internal: every request is signed (AWS Signature "
    "Version 4) by a principal of the account that may call it; it is not for customers or providers. No answer "
    "holds a payload or card data."
)


def openapi_text() -> str:
    """As JSON text that depends on the description alone."""
    return json.dumps(openapi_document(), indent=2, sort_keys=True) + "\n"


def openapi_document() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment webhooks: transactions", "version": VERSION, "description": _DESCRIPTION},
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com/" + STAGE,
                "description": "The output TransactionsApiEndpoint of the deployment",
                "variables": {"api": {"default": "a1b2c3d4e5"}, "region": {"default": "us-east-1"}},
            }
        ],
        "security": [{"sigv4": []}],
        "paths": paths,
        "components": {
            "schemas": {name: _schema(schema) for name, schema in SCHEMAS.items()},
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, service execute-api",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    answers = {
        operation.status: _answer("What was asked for", operation.answer),
        **{status: _answer(text, ERROR_SCHEMA) for status, text in operation.errors.items()},
    }
    document: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [_parameter(each) for each in operation.parameters],
        "responses": {str(status): answer for status, answer in sorted(answers.items())},
    }
    if operation.body is not None:
        document["requestBody"] = {"required": True, "content": _content(operation.body)}
    return document


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": f"{parameter.description}: {parameter.form}",
        "schema": _schema(parameter.schema),
        "example": parameter.example,
    }


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": _content(schema)}


def _content(schema: str) -> dict[str, Any]:
    return {_JSON: {"schema": _schema({"$ref": schema})}}


def _schema(schema: Any) -> Any:
    """As the description has it, references written as OpenAPI writes them."""
    if isinstance(schema, Mapping):
        return {
            name: f"#/components/schemas/{each}" if name == "$ref" else _schema(each)
            for name, each in schema.items()
        }
    is_list = isinstance(schema, Sequence) and not isinstance(schema, str)
    return [_schema(each) for each in schema] if is_list else schema
