"""Nested stack `api`: the REST API to which senders post webhooks, and the transaction API."""

from dataclasses import dataclass
from typing import Any, Final

from troposphere import AWSObject, If, Template
from troposphere.apigateway import ClientCertificate, RestApi

from payment_webhooks import contract
from stacks.api.api_key import header_validator, usage_plan
from stacks.api.custom_domain import custom_domain
from stacks.api.deployments import deploy
from stacks.api.rest_api import (
    ACCESS_LOG_FIELDS,
    StageSettings,
    behind_web_acl,
    function_method,
    gateway_answers,
    invoke_permission,
    path,
    regional_api,
    stage,
)
from stacks.api.transaction_api import add_transaction_api
from stacks.common.house_rules import apply_house_rules
from stacks.compute.provisioned_concurrency import function_or_alias
from stacks.compute.stack import ComputeOutputs
from stacks.function_catalogue import HEALTH, WEBHOOK_RECEIVER
from stacks.names import IN_TEMPLATE
from stacks.parameters import features
from stacks.parameters.functions import RECEIVER_PROVISIONED_CONCURRENCY
from stacks.parameters.throttles import API_THROTTLE_BURST, API_THROTTLE_RATE
from stacks.security.stack import SecurityOutputs
from stacks.wiring.outputs import publish, receive


@dataclass(frozen=True)
class ApiOutputs:
    api_id: Any
    api_endpoint: Any
    domain_target: Any
    internal_api_key_id: Any
    access_log_group_name: Any
    transactions_api_id: Any
    transactions_api_endpoint: Any


# Its logical ids have no prefix.
STAGE_SETTINGS: Final = StageSettings(
    "",
    IN_TEMPLATE.access_log_group,
    ACCESS_LOG_FIELDS,
    API_THROTTLE_RATE,
    API_THROTTLE_BURST,
)


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
    _, deployment_id = deploy(template, api, parts)
    certificate = template.add_resource(
        ClientCertificate(
            "ClientCertificate", Description="Shown to an HTTP backend, should one ever stand behind"
        )
    )
    live = stage(
        template,
        api,
        deployment_id,
        security.key_arn,
        STAGE_SETTINGS,
        ClientCertificateId=certificate.ref(),
    )
    behind_web_acl(template, api, live, security.web_acl_arn)
    url, domain_target = custom_domain(template, api, live)
    transactions = add_transaction_api(template, security, compute, certificate)
    publish(
        template,
        ApiOutputs(
            api_id=api.ref(),
            api_endpoint=url,
            domain_target=domain_target,
            internal_api_key_id=usage_plan(template, api, live).ref(),
            access_log_group_name=template.resources["AccessLogGroup"].ref(),
            transactions_api_id=transactions.api_id,
            transactions_api_endpoint=transactions.endpoint,
        ),
    )
    return apply_house_rules(template)


def _rest_api(template: Template) -> RestApi:
    """The webhook API. Every media type is binary, because a signature covers the body's bytes: as text, a body that is
    not UTF-8 would reach the function altered. So every body comes as base64 (a third longer: 4.5 MB fill Lambda's
    6 MB), and request models cannot look into it. Answers are not affected, as the functions return text.
    """
    return regional_api(
        template, "Api", IN_TEMPLATE.api, "Receives payment webhooks", BinaryMediaTypes=["*/*"]
    )


def _webhook(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    """`POST /webhook/{endpoint}` and, for senders with an API key, `POST /webhook`.

    They have no authoriser: the signature over the body authenticates. Only the second path has a single provider, and
    so a header that is always present. The first path's headers differ by provider, and the receiver checks them.
    """
    webhook = path(template, api, "Webhook", "webhook")
    endpoint = path(template, api, "WebhookEndpoint", "{endpoint}", webhook)
    validator = header_validator(template, api)
    provisioned = RECEIVER_PROVISIONED_CONCURRENCY
    receiver_arn = function_or_alias(template, compute.functions[WEBHOOK_RECEIVER.folder].arn, provisioned)
    receiver = function_or_alias(template, compute.functions[WEBHOOK_RECEIVER.folder].name, provisioned)
    # A method is deployed once it may call what it calls, also when that changes from function to alias.
    may_call = invoke_permission(template, api, "WebhookPermission", receiver, "POST", "webhook/*")
    may_call_ours = invoke_permission(template, api, "KeyedWebhookPermission", receiver, "POST", "webhook")
    for_providers = function_method(
        template,
        api,
        endpoint,
        "POST",
        receiver_arn,
        DependsOn=[may_call.title],
        RequestParameters={"method.request.path.endpoint": True},
    )
    for_our_own = function_method(
        template,
        api,
        webhook,
        "POST",
        receiver_arn,
        DependsOn=[may_call_ours.title],
        ApiKeyRequired=If(features.REQUIRE_API_KEY.is_true(template), True, False),
        RequestValidatorId=validator.ref(),
        RequestParameters={f"method.request.header.{contract.KEYED_SIGNATURE_HEADER}": True},
    )
    return [webhook, endpoint, validator, for_providers, for_our_own]


def _health(template: Template, api: RestApi, compute: ComputeOutputs) -> list[AWSObject]:
    health = path(template, api, "Health", "health")
    method = function_method(template, api, health, "GET", compute.functions[HEALTH.folder].arn)
    invoke_permission(
        template, api, "HealthPermission", compute.functions[HEALTH.folder].name, "GET", "health"
    )
    return [health, method]
