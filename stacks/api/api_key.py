"""An API key and its usage plan, for senders of our own house."""

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
    """A key that API Gateway makes itself, in a plan for the stage; its value is in no template and no output."""
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
    """Refuses a request without the headers that its method demands; never looks into a body."""
    return template.add_resource(
        RequestValidator(
            "HeaderValidator",
            RestApiId=api.ref(),
            ValidateRequestBody=False,
            ValidateRequestParameters=True,
        )
    )
