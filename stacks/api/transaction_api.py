"""The transaction API: a REST API of its own in the nested stack `api`, for our own services and people.

It is apart from the webhook API, where every body is binary and no request is signed for IAM. Its paths, methods and
models, and its OpenAPI document, come from one description of its operations
(payment_webhooks/transaction_api/operations.py).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from troposphere import AWSObject, If, NoValue, Ref, Template
from troposphere.apigateway import (
    ClientCertificate,
    Integration,
    IntegrationResponse,
    Method,
    MethodResponse,
    Model,
    RequestValidator,
    Resource,
    RestApi,
)

from payment_webhooks.transaction_api.description import ERROR_SCHEMA, Operation
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from stacks.api.deployments import deploy
from stacks.api.rest_api import (
    ACCESS_LOG_FIELDS,
    GatewayAnswer,
    StageSettings,
    behind_web_acl,
    function_method,
    gateway_answers,
    invoke_permission,
    own_url,
    path,
    regional_api,
    stage,
)
from stacks.compute.stack import ComputeOutputs
from stacks.function_catalogue import TRANSACTION_API
from stacks.names import IN_TEMPLATE, title
from stacks.parameters import features
from stacks.parameters.throttles import TRANSACTIONS_THROTTLE_BURST, TRANSACTIONS_THROTTLE_RATE
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import ResourceOutputs

PREFIX: Final = "Transactions"
STAGE_SETTINGS: Final = StageSettings(
    PREFIX,
    IN_TEMPLATE.transactions_access_log_group,
    {**ACCESS_LOG_FIELDS, "caller": "$context.identity.userArn"},
    TRANSACTIONS_THROTTLE_RATE,
    TRANSACTIONS_THROTTLE_BURST,
)
UNAVAILABLE: Final = "This can't be answered right now. Please send it again."
GATEWAY_ANSWERS: Final = (
    GatewayAnswer("DEFAULT_4XX", None, "refused", "The request was refused."),
    GatewayAnswer("DEFAULT_5XX", None, "unavailable", UNAVAILABLE),
    # The gateway says so of what is not signed and of paths that do not exist, and does not tell which.
    GatewayAnswer(
        "MISSING_AUTHENTICATION_TOKEN",
        "403",
        "refused",
        "There is no such path, or the request is not signed.",
    ),
    GatewayAnswer(
        "BAD_REQUEST_BODY",
        "400",
        "invalid_request",
        "The body is no JSON object of the form that output/transactions.openapi.json describes.",
    ),
    GatewayAnswer("BAD_REQUEST_PARAMETERS", "400", "invalid_request", "A parameter is missing."),
    GatewayAnswer("REQUEST_TOO_LARGE", "413", "payload_too_large", "The body is too large."),
    GatewayAnswer("THROTTLED", "429", "too_many_requests", "Too many requests. Please send it again."),
)
JSON: Final = "application/json"
VALIDATOR: Final = "TransactionsValidator"
ORIGIN_VARIABLE: Final = "corsOrigin"  # of the stage
ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
# What a signed request carries besides what every page may send.
ALLOWED_HEADERS: Final = "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token"
MAX_AGE_SECONDS: Final = 600


class TransactionApi(NamedTuple):
    api_id: Any
    endpoint: Any


def add_transaction_api(
    template: Template, security: SecurityOutputs, compute: ComputeOutputs, certificate: ClientCertificate
) -> TransactionApi:
    """Add the API. IAM authorises every method: the callers' policies say who may call which.

    It has no resource policy: without one, only principals of this account whose policies allow it may call.
    """
    api = regional_api(
        template,
        f"{PREFIX}Api",
        IN_TEMPLATE.transactions_api,
        "Transactions: internal, for callers that sign",
    )
    _, deployment_id = deploy(template, api, _parts(template, api, compute))
    origin = features.CORS_ORIGIN
    live = stage(
        template,
        api,
        deployment_id,
        security.messages_key_arn,
        STAGE_SETTINGS,
        ClientCertificateId=certificate.ref(),
        Variables=If(origin.is_given(template), {ORIGIN_VARIABLE: origin.ref(template)}, NoValue),
    )
    behind_web_acl(template, api, live, security.web_acl_arn)
    return TransactionApi(api.ref(), own_url(api, live))


def _parts(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    given = features.CORS_ORIGIN.is_given(template)
    paths = _paths(template, api)
    # It refuses bodies that do not match their model, and requests that lack a required parameter.
    validator = template.add_resource(
        RequestValidator(
            VALIDATOR, RestApiId=api.ref(), ValidateRequestBody=True, ValidateRequestParameters=True
        )
    )
    function = compute.functions[TRANSACTION_API.folder]
    headers = If(given, {f"gatewayresponse.header.{ALLOW_ORIGIN}": "'*'"}, NoValue)
    return [
        *paths.values(),
        *_models(template, api),
        validator,
        *(_method(template, api, operation, paths[operation.path], function) for operation in OPERATIONS),
        *(
            _preflight(template, api, path, paths[path], given)
            for path in {operation.path: None for operation in OPERATIONS}
        ),
        *gateway_answers(template, api, GATEWAY_ANSWERS, PREFIX, ResponseParameters=headers),
    ]


def _paths(template: Template, api: RestApi) -> dict[str, Resource]:
    """Add the resources of the operations' paths and of the paths above them. Returns them by path."""
    made: dict[str, Resource] = {}
    for operation in OPERATIONS:
        parts = operation.path.strip("/").split("/")
        for length in range(1, len(parts) + 1):
            whole = "/" + "/".join(parts[:length])
            if whole not in made:
                parent = made.get("/" + "/".join(parts[: length - 1]))
                made[whole] = path(template, api, _title(parts[:length]), parts[length - 1], parent)
    return made


def _models(template: Template, api: RestApi) -> list[AWSObject]:
    """Add the schemas as models. Each is complete in itself, as a model could refer to another only by the API's id."""
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
                    **_whole_schema(schema),
                },
            )
        )
        for name, schema in SCHEMAS.items()
    ]


def _method(
    template: Template, api: RestApi, operation: Operation, resource: Resource, function: ResourceOutputs
) -> Method:
    """Add the method of an operation, signed for IAM and validated. Only such methods may call `function`."""
    permission = invoke_permission(
        template,
        api,
        title=f"{resource.title}{title(operation.method.lower())}Permission",
        function=function.name,
        http_method=operation.method,
        path_pattern=_pattern(operation),
    )
    places = {"path": "path", "query": "querystring"}
    properties: dict[str, Any] = {}
    if operation.body is not None:
        properties["RequestModels"] = {JSON: _model(operation.body)}
    return function_method(
        template,
        api,
        resource,
        operation.method,
        function.arn,
        DependsOn=[permission.title],
        AuthorizationType="AWS_IAM",
        OperationName=operation.name,
        RequestValidatorId=Ref(VALIDATOR),
        RequestParameters={
            f"method.request.{places[parameter.place]}.{parameter.name}": parameter.required
            for parameter in operation.parameters
        },
        MethodResponses=[
            _response(operation.status, operation.answer),
            *(_response(status, ERROR_SCHEMA) for status in operation.errors),
        ],
        **properties,
    )


def _preflight(template: Template, api: RestApi, path: str, resource: Resource, given: str) -> Method:
    """Add an OPTIONS method for a path while the condition holds. It is not signed, as browsers sign no preflight.

    A deployment of an API is a copy, and no new one is made when a parameter's value changes. So the origin is not part
    of the API: it is a variable of the stage, which a preflight's answer may name, and of the function. The gateway's
    own answers can name neither, so any page may read these few fixed texts.
    """
    methods = sorted(operation.method for operation in OPERATIONS if operation.path == path)
    headers = {
        ALLOW_ORIGIN: f"stageVariables.{ORIGIN_VARIABLE}",
        "Access-Control-Allow-Methods": f"'{','.join(methods)}'",
        "Access-Control-Allow-Headers": f"'{ALLOWED_HEADERS}'",
        "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        "Vary": "'Origin'",
    }
    answer: dict[str, Any] = {f"method.response.header.{name}": value for name, value in headers.items()}
    method = Method(
        f"{resource.title}OptionsMethod",
        Condition=given,
        RestApiId=api.ref(),
        ResourceId=resource.ref(),
        HttpMethod="OPTIONS",
        AuthorizationType="NONE",
        RequestValidatorId=Ref(VALIDATOR),
        Integration=Integration(
            Type="MOCK",
            RequestTemplates={"application/json": '{"statusCode": 204}'},
            IntegrationResponses=[IntegrationResponse(StatusCode="204", ResponseParameters=answer)],
        ),
        MethodResponses=[
            MethodResponse(StatusCode="204", ResponseParameters=dict.fromkeys(answer, False)),
        ],
    )
    return template.add_resource(method)


def _response(status: int, schema: str) -> MethodResponse:
    return MethodResponse(StatusCode=str(status), ResponseModels={JSON: _model(schema)})


def _model(schema: str) -> dict[str, str]:
    return {"Ref": f"{schema}Model"}


def _whole_schema(schema: Any) -> Any:
    """The schema with each reference replaced by the schema that it names."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return _whole_schema(SCHEMAS[schema["$ref"]])
        return {name: _whole_schema(value) for name, value in schema.items()}
    return [_whole_schema(value) for value in schema] if isinstance(schema, list | tuple) else schema


def _title(parts: list[str]) -> str:
    """The logical id of a path: `/transactions/{id}` gives `TransactionsId`."""
    return "".join(title(part.strip("{}")) for part in parts)


def _pattern(operation: Operation) -> str:
    """The path as permissions name it: `transactions/*`."""
    parts = operation.path.strip("/").split("/")
    return "/".join("*" if part.startswith("{") else part for part in parts)
