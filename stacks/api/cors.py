"""Cross-origin access for the scripts of one origin's pages, or for none.

A deployment of an API is a copy, and no new one is made when a parameter's value changes. So the origin is not part of
the API: it is a variable of the stage, which a preflight's answer may name, and of the function. The gateway's own
answers can name neither, so any page may read these few fixed texts.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from troposphere import AWSObject, If, NoValue, Template
from troposphere.apigateway import (
    Integration,
    IntegrationResponse,
    Method,
    MethodResponse,
    RequestValidator,
    Resource,
    RestApi,
)

from payment_webhooks.transaction_api.description import Operation

ORIGIN_VARIABLE: Final = "corsOrigin"
# What a signed request carries besides what every page may send.
ALLOWED_HEADERS: Final = "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token"
MAX_AGE_SECONDS: Final = 600
_ORIGIN: Final = "Access-Control-Allow-Origin"


def gateway_headers(given: str) -> If:
    """Cross-origin headers of the gateway's own answers, while the condition `given` holds."""
    return If(given, {f"gatewayresponse.header.{_ORIGIN}": "'*'"}, NoValue)


def preflight_methods(
    template: Template,
    api: RestApi,
    operations: Iterable[Operation],
    paths: Mapping[str, Resource],
    given: str,
    validator: RequestValidator,
) -> list[AWSObject]:
    """An OPTIONS method for each path while the condition holds. It is not signed, as browsers sign no preflight."""
    allowed: dict[str, list[str]] = {}
    for operation in operations:
        allowed.setdefault(operation.path, []).append(operation.method)
    return [
        template.add_resource(_preflight(api, paths[each], methods, given, validator))
        for each, methods in allowed.items()
    ]


def _preflight(
    api: RestApi, resource: Resource, methods: list[str], given: str, validator: RequestValidator
) -> Method:
    headers = {
        _ORIGIN: f"stageVariables.{ORIGIN_VARIABLE}",
        "Access-Control-Allow-Methods": f"'{','.join(sorted(methods))}'",
        "Access-Control-Allow-Headers": f"'{ALLOWED_HEADERS}'",
        "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        "Vary": "'Origin'",
    }
    answer: dict[str, Any] = {f"method.response.header.{name}": value for name, value in headers.items()}
    return Method(
        f"{resource.title}OptionsMethod",
        Condition=given,
        RestApiId=api.ref(),
        ResourceId=resource.ref(),
        HttpMethod="OPTIONS",
        AuthorizationType="NONE",
        RequestValidatorId=validator.ref(),
        Integration=Integration(
            Type="MOCK",
            RequestTemplates={"application/json": '{"statusCode": 204}'},
            IntegrationResponses=[IntegrationResponse(StatusCode="204", ResponseParameters=answer)],
        ),
        MethodResponses=[
            MethodResponse(StatusCode="204", ResponseParameters=dict.fromkeys(answer, False)),
        ],
    )
