"""An API key and its usage plan, for in-house senders."""

from troposphere import Sub, Template
from troposphere.apigateway import (
    ApiKey,
    ApiStage,
    RequestValidator,
    RestApi,
    Stage,
    ThrottleSettings,
    UsagePlan,
    UsagePlanKey,
)

from stacks.names import IN_TEMPLATE
from stacks.parameters.throttles import API_THROTTLE_BURST, API_THROTTLE_RATE


def usage_plan(template: Template, api: RestApi, live: Stage) -> ApiKey:
    """An API key in a usage plan for the stage. API Gateway generates its value, which no template or output holds."""
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


def header_validator(template: Template, api: RestApi) -> RequestValidator:
    """A validator that refuses requests without the headers that their method demands, and ignores bodies."""
    return template.add_resource(
        RequestValidator(
            "HeaderValidator",
            RestApiId=api.ref(),
            ValidateRequestBody=False,
            ValidateRequestParameters=True,
        )
    )
