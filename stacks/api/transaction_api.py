"""The transaction API: a REST API of its own in the nested stack `api`, for our own services and people.

It is apart from the webhook API, where every body is binary and no request is signed for IAM. Its paths, methods and
models, and its OpenAPI document, come from one description of its operations
(payment_webhooks/transaction_api/operations.py).
"""

from typing import Any, Final, NamedTuple

from troposphere import AWSObject, If, NoValue, Template
from troposphere.apigateway import ClientCertificate, RestApi

from payment_webhooks.transaction_api.operations import OPERATIONS
from stacks.api.cors import ORIGIN_VARIABLE, gateway_headers, preflight_methods
from stacks.api.custom_domain import own_url
from stacks.api.deployments import deploy
from stacks.api.methods_from_operations import (
    described_methods,
    described_models,
    described_paths,
    validator_of_all,
)
from stacks.api.rest_api import (
    ACCESS_LOG_FIELDS,
    GatewayAnswer,
    StageSettings,
    behind_web_acl,
    gateway_answers,
    regional_api,
    stage,
)
from stacks.compute.stack import ComputeOutputs
from stacks.function_catalogue import TRANSACTION_API
from stacks.names import IN_TEMPLATE
from stacks.parameters import features
from stacks.parameters.throttles import TRANSACTIONS_THROTTLE_BURST, TRANSACTIONS_THROTTLE_RATE
from stacks.security.stack import SecurityOutputs

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
        security.key_arn,
        STAGE_SETTINGS,
        ClientCertificateId=certificate.ref(),
        Variables=If(origin.is_given(template), {ORIGIN_VARIABLE: origin.ref(template)}, NoValue),
    )
    behind_web_acl(template, api, live, security.web_acl_arn)
    return TransactionApi(api.ref(), own_url(api, live))


def _parts(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    given = features.CORS_ORIGIN.is_given(template)
    paths = described_paths(template, api, OPERATIONS)
    models = described_models(template, api)
    validator = validator_of_all(template, api)
    function = compute.functions[TRANSACTION_API.folder]
    return [
        *paths.values(),
        *models,
        validator,
        *described_methods(template, api, OPERATIONS, paths, validator, function),
        *preflight_methods(template, api, OPERATIONS, paths, given, validator),
        *gateway_answers(template, api, GATEWAY_ANSWERS, PREFIX, ResponseParameters=gateway_headers(given)),
    ]
