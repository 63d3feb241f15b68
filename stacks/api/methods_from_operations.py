"""Paths, methods, models and validators of a REST API from the description of its operations."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from troposphere import AWSObject, Template
from troposphere.apigateway import MethodResponse, Model, RequestValidator, Resource, RestApi

from payment_webhooks.transaction_api.description import ERROR_SCHEMA, Operation
from payment_webhooks.transaction_api.operations import SCHEMAS
from stacks.api.rest_api import function_method, invoke_permission, path
from stacks.names import title
from stacks.wiring.outputs import ResourceOutputs

JSON: Final = "application/json"
VALIDATOR: Final = "TransactionsValidator"


def described_paths(template: Template, api: RestApi, operations: Iterable[Operation]) -> dict[str, Resource]:
    """The resources of the operations' paths and of the paths above them, by path."""
    made: dict[str, Resource] = {}
    for operation in operations:
        parts = operation.path.strip("/").split("/")
        for length in range(1, len(parts) + 1):
            whole = "/" + "/".join(parts[:length])
            if whole not in made:
                parent = made.get("/" + "/".join(parts[: length - 1]))
                made[whole] = path(template, api, _title(parts[:length]), parts[length - 1], parent)
    return made


def described_models(template: Template, api: RestApi) -> list[AWSObject]:
    """The schemas as models. Each is complete in itself, as a model could refer to another only by the API's id."""
    return [
        template.add_resource(
            Model(
                f"{name}Model",
                RestApiId=api.ref(),
                Name=name,
                ContentType=JSON,
                Schema={
                    "$schema": "http://json-schema.org/draft-04/schema#",
                    "title": name,
                    **whole_schema(schema),
                },
            )
        )
        for name, schema in SCHEMAS.items()
    ]


def validator_of_all(template: Template, api: RestApi) -> RequestValidator:
    """A validator that refuses bodies that do not match their model and requests that lack a required parameter."""
    return template.add_resource(
        RequestValidator(
            VALIDATOR, RestApiId=api.ref(), ValidateRequestBody=True, ValidateRequestParameters=True
        )
    )


def described_methods(
    template: Template,
    api: RestApi,
    operations: Iterable[Operation],
    paths: Mapping[str, Resource],
    validator: RequestValidator,
    function: ResourceOutputs,
) -> list[AWSObject]:
    """The methods, signed for IAM and validated. Only they may call `function`."""
    methods: list[AWSObject] = []
    for operation in operations:
        resource = paths[operation.path]
        permission = invoke_permission(
            template,
            api,
            title=f"{resource.title}{title(operation.method.lower())}Permission",
            function=function.name,
            http_method=operation.method,
            path_pattern=_pattern(operation),
        )
        methods.append(
            function_method(
                template,
                api,
                resource,
                operation.method,
                function.arn,
                DependsOn=[permission.title],
                **_method_properties(operation, validator),
            )
        )
    return methods


def _method_properties(operation: Operation, validator: RequestValidator) -> dict[str, Any]:
    places = {"path": "path", "query": "querystring"}
    properties: dict[str, Any] = {
        "AuthorizationType": "AWS_IAM",
        "OperationName": operation.name,
        "RequestValidatorId": validator.ref(),
        "RequestParameters": {
            f"method.request.{places[each.place]}.{each.name}": each.required for each in operation.parameters
        },
        "MethodResponses": [
            _response(operation.status, operation.answer),
            *(_response(status, ERROR_SCHEMA) for status in operation.errors),
        ],
    }
    if operation.body is not None:
        properties["RequestModels"] = {JSON: _model(operation.body)}
    return properties


def _response(status: int, schema: str) -> MethodResponse:
    return MethodResponse(StatusCode=str(status), ResponseModels={JSON: _model(schema)})


def _model(schema: str) -> dict[str, str]:
    return {"Ref": f"{schema}Model"}


def whole_schema(schema: Any) -> Any:
    """The schema with each reference replaced by the schema that it names."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return whole_schema(SCHEMAS[schema["$ref"]])
        return {name: whole_schema(each) for name, each in schema.items()}
    return [whole_schema(each) for each in schema] if isinstance(schema, list | tuple) else schema


def _title(parts: list[str]) -> str:
    """The logical id of a path: `/transactions/{id}` gives `TransactionsId`."""
    return "".join(title(part.strip("{}")) for part in parts)


def _pattern(operation: Operation) -> str:
    """The path as permissions name it: `transactions/*`."""
    parts = operation.path.strip("/").split("/")
    return "/".join("*" if part.startswith("{") else part for part in parts)
