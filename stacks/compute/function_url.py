"""URLs of functions.

A function with a URL can be called past the API and the web ACL: stacks/compute/functions/health.py has the only one.
"""

from typing import Final

from troposphere import Template
from troposphere.awslambda import Function, Permission, Url

OPEN: Final = "NONE"


def open_url(template: Template, function: Function, condition: str) -> Url:
    """A URL of `function` that needs no credentials, while `condition` holds.

    Lambda demands two permissions for it (its guide, "Control access to Lambda function URLs", since October 2025):
    to call the URL, and to invoke the function, by the URL alone.
    """
    arn = function.get_att("Arn")
    url = Url(f"{function.title}Url", Condition=condition, TargetFunctionArn=arn, AuthType=OPEN)
    template.add_resource(
        Permission(
            f"{function.title}UrlPermission",
            Condition=condition,
            FunctionName=arn,
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType=OPEN,
        )
    )
    template.add_resource(
        Permission(
            f"{function.title}UrlInvokePermission",
            Condition=condition,
            FunctionName=arn,
            Action="lambda:InvokeFunction",
            Principal="*",
            InvokedViaFunctionUrl=True,
        )
    )
    return template.add_resource(url)
