"""Nested stack `api`: the REST API to which senders post webhooks, and the transaction API."""

from dataclasses import dataclass
from typing import Any, Final

from troposphere import AWSObject, If, Sub, Template
from troposphere.apigateway import (
    ApiKey,
    ApiStage,
    BasePathMapping,
    ClientCertificate,
    DomainName,
    EndpointConfiguration,
    RequestValidator,
    RestApi,
    Stage,
    ThrottleSettings,
    UsagePlan,
    UsagePlanKey,
)

from payment_webhooks import contract
from stacks.api.deployments import deploy
from stacks.api.rest_api import (
    ACCESS_LOG_FIELDS,
    TLS_POLICY,
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


NO_DOMAIN: Final = "none"
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
        security.messages_key_arn,
        STAGE_SETTINGS,
        ClientCertificateId=certificate.ref(),
    )
    behind_web_acl(template, api, live, security.web_acl_arn)
    url, domain_target = _custom_domain(template, api, live)
    transactions = add_transaction_api(template, security, compute, certificate)
    publish(
        template,
        ApiOutputs(
            api_id=api.ref(),
            api_endpoint=url,
            domain_target=domain_target,
            internal_api_key_id=_usage_plan(template, api, live).ref(),
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
    # It refuses requests without the headers that their method demands, and ignores bodies.
    validator = template.add_resource(
        RequestValidator(
            "HeaderValidator",
            RestApiId=api.ref(),
            ValidateRequestBody=False,
            ValidateRequestParameters=True,
        )
    )
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


def _usage_plan(template: Template, api: RestApi, live: Stage) -> ApiKey:
    """Add an API key for in-house senders, in a usage plan for the stage.

    API Gateway generates its value, which no template or output holds.
    """
    key = template.add_resource(
        ApiKey(
            "InternalApiKey",
            Name=Sub(IN_TEMPLATE.internal_api_key),
            Description="Senders of our own house that post to /webhook",
            Enabled=True,
        )
    )
    plan = template.add_resource(
        UsagePlan(
            "InternalUsagePlan",
            UsagePlanName=Sub(IN_TEMPLATE.internal_usage_plan),
            Description="What one key may send",
            ApiStages=[ApiStage(ApiId=api.ref(), Stage=live.ref())],
            Throttle=ThrottleSettings(
                RateLimit=API_THROTTLE_RATE.ref(template),
                BurstLimit=API_THROTTLE_BURST.ref(template),
            ),
        )
    )
    template.add_resource(
        UsagePlanKey("InternalUsagePlanKey", KeyId=key.ref(), KeyType="API_KEY", UsagePlanId=plan.ref())
    )
    return key


def _custom_domain(template: Template, api: RestApi, live: Stage) -> tuple[If, If]:
    """Add the domain if DomainName is set; it stays the same when the API is replaced.

    Returns the API's base URL, and the target of the domain's DNS record.
    """
    given = features.DOMAIN_NAME.is_given(template)
    name = features.DOMAIN_NAME.ref(template)
    domain = template.add_resource(
        DomainName(
            "Domain",
            Condition=given,
            DomainName=name,
            RegionalCertificateArn=features.CERTIFICATE_ARN.ref(template),
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy=TLS_POLICY,
            EndpointAccessMode="STRICT",
        )
    )
    template.add_resource(
        BasePathMapping(
            "DomainMapping",
            Condition=given,
            DomainName=domain.ref(),
            RestApiId=api.ref(),
            Stage=live.ref(),
        )
    )
    return (
        If(given, Sub("https://${Name}", Name=name), own_url(api, live)),
        If(given, domain.get_att("RegionalDomainName"), NO_DOMAIN),
    )
