"""Layer `api`: the REST API that senders post to."""

from dataclasses import dataclass
from typing import Any

from troposphere import AWSObject, Sub, Template
from troposphere.apigateway import ClientCertificate, EndpointConfiguration, RestApi

from stacks.compute import ComputeOutputs
from stacks.names import IN_TEMPLATE
from stacks.resources.house_rules import finish
from stacks.resources.rest_api import (
    behind_web_acl,
    deployment,
    function_method,
    gateway_answers,
    invoke_permission,
    path,
    stage,
)
from stacks.security import SecurityOutputs
from stacks.wiring import publish, receive


@dataclass(frozen=True)
class ApiOutputs:
    api_id: Any
    api_endpoint: Any
    health_url: Any


def build_api() -> Template:
    template = Template(Description="Payment webhooks: REST API")
    compute = receive(template, ComputeOutputs)
    security = receive(template, SecurityOutputs)
    api = _rest_api(template)
    parts = [
        *_webhook(template, api, compute),
        *_health(template, api, compute),
        *gateway_answers(template, api),
    ]
    deployed = deployment(template, api, parts)
    certificate = template.add_resource(
        ClientCertificate(
            "ClientCertificate", Description="Shown to an HTTP backend, should one ever stand behind"
        )
    )
    live = stage(template, api, deployed, security.key_arn, ClientCertificateId=certificate.ref())
    behind_web_acl(template, api, live, security.web_acl_arn)
    # The stage is named by reference, so that the URL is given only once it answers.
    endpoint = f"https://${{{api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/${{{live.title}}}"
    publish(
        template,
        ApiOutputs(api_id=api.ref(), api_endpoint=Sub(endpoint), health_url=Sub(f"{endpoint}/health")),
    )
    return finish(template)


def _rest_api(template: Template) -> RestApi:
    """A regional API over TLS 1.2 or later.

    Every media type is binary, because a signature covers the body's bytes: as text, a body that is not UTF-8
    would reach the function altered. So every body comes as base64 (a third longer: 4.5 MB fill Lambda's
    6 MB), and request models cannot look into it. Answers are not affected: the functions give text.
    """
    return template.add_resource(
        RestApi(
            "Api",
            Name=Sub(IN_TEMPLATE.api),
            Description="Receives payment webhooks",
            BinaryMediaTypes=["*/*"],
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy="SecurityPolicy_TLS13_1_2_2021_06",
            EndpointAccessMode="STRICT",
        )
    )


def _webhook(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    """`POST /webhook/{provider}`; no authoriser, as the signature over the body is what authenticates."""
    webhook = path(template, api, "Webhook", "webhook")
    endpoint = path(template, api, "WebhookEndpoint", "{provider}", webhook)
    method = function_method(
        template,
        api,
        endpoint,
        "POST",
        compute.webhook_receiver_arn,
        RequestParameters={"method.request.path.provider": True},
    )
    invoke_permission(template, api, "WebhookPermission", compute.webhook_receiver_name, "POST", "webhook/*")
    return [webhook, endpoint, method]


def _health(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    health = path(template, api, "Health", "health")
    method = function_method(template, api, health, "GET", compute.health_arn)
    invoke_permission(template, api, "HealthPermission", compute.health_name, "GET", "health")
    return [health, method]
