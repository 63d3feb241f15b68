"""The health function, which the API calls, and its own URL."""

from troposphere import If, Template
from troposphere.awslambda import Function

from stacks.compute.function_url import open_url
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import HEALTH
from stacks.parameters import features
from stacks.wiring.outputs import NOT_MADE


def add_health(runtime: Runtime) -> Function:
    """The function, which has no grants of its own."""
    return add_function(runtime, HEALTH)


def add_health_url(template: Template, function: Function) -> If:
    """The URL that the function has when HealthFunctionUrl is true, as the value of an output.

    No other function has one: it goes round the web ACL and the API, and this function has nothing to guard.
    """
    wanted = features.HEALTH_FUNCTION_URL.is_true(template)
    return If(wanted, open_url(template, function, wanted).get_att("FunctionUrl"), NOT_MADE)
