"""The health function, which the API calls, and its own URL."""

from typing import Any

from troposphere import If, Template
from troposphere.awslambda import Function, Permission, Url

from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import HEALTH
from stacks.parameters import features
from stacks.wiring.outputs import NOT_MADE

OPEN = "NONE"


def add_health(runtime: Runtime) -> Function:
    """The function, which has no grants of its own."""
    return add_function(runtime, HEALTH)


def add_health_url(template: Template, function: Function) -> If:
    """The URL, open to anybody, that the function has when HealthFunctionUrl is true, as the value of an output.

    No other function has one: it goes round the web ACL and the API, and this function has nothing to guard. Lambda
    demands two permissions for it (its guide, "Control access to Lambda function URLs", since October 2025): to call
    the URL, and to invoke the function, by the URL alone.
    """
    wanted = features.HEALTH_FUNCTION_URL.is_true(template)
    arn = function.get_att("Arn")
    permissions: dict[str, dict[str, Any]] = {
        "UrlPermission": {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": OPEN},
        "UrlInvokePermission": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    }
    for ending, properties in permissions.items():
        template.add_resource(
            Permission(
                f"{function.title}{ending}",
                Condition=wanted,
                FunctionName=arn,
                Principal="*",
                **properties,
            )
        )
    url = Url(f"{function.title}Url", Condition=wanted, TargetFunctionArn=arn, AuthType=OPEN)
    return If(wanted, template.add_resource(url).get_att("FunctionUrl"), NOT_MADE)
