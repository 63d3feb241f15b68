"""The one URL of a function that the system may have."""

from typing import Any

import pytest

from scripts.review.access.settings import JUDGES
from scripts.review.model import Effect, Surface
from tests.support.templates.resources import resource, resources, templates

CONDITION = "HealthFunctionUrlIsOn"
FUNCTION = {"Fn::GetAtt": ["Health", "Arn"]}


def test_the_health_function_alone_can_have_a_url() -> None:
    assert [(each.title, each["TargetFunctionArn"]) for each in resources("AWS::Lambda::Url")] == [
        ("HealthUrl", FUNCTION)
    ]
    opened = [
        each["FunctionName"]
        for each in resources("AWS::Lambda::Permission")
        if each["Principal"] == "*" or {"FunctionUrlAuthType", "InvokedViaFunctionUrl"} & set(each.properties)
    ]
    assert opened == [FUNCTION, FUNCTION]
    assert resource("compute", "HealthPolicy")["PolicyDocument"]["Statement"]
    reserved = resource("compute", "Health")["ReservedConcurrentExecutions"]["Fn::If"]
    assert reserved[1] == {"Ref": "OtherConcurrency"}  # what bounds it


@pytest.mark.parametrize("name", ["HealthUrl", "HealthUrlPermission", "HealthUrlInvokePermission"])
def test_it_is_there_only_when_it_is_asked_for(name: str) -> None:
    assert resource("compute", name).document["Condition"] == CONDITION
    assert templates()["root"]["Parameters"]["HealthFunctionUrl"]["Default"] == "false"
    assert templates()["root"]["Outputs"]["HealthFunctionUrl"]["Condition"] == CONDITION


def test_the_url_may_be_called_and_nothing_else() -> None:
    call = resource("compute", "HealthUrlPermission")
    assert (call["Action"], call["FunctionUrlAuthType"]) == ("lambda:InvokeFunctionUrl", "NONE")
    invoke = resource("compute", "HealthUrlInvokePermission")
    assert (invoke["Action"], invoke["InvokedViaFunctionUrl"]) == ("lambda:InvokeFunction", True)


def test_the_review_of_a_deployment_calls_it_a_public_surface() -> None:
    url: dict[str, Any] = resource("compute", "HealthUrl").properties
    (change,) = JUDGES["AWS::Lambda::Url"](None, url)
    assert (change.effect, change.surface) == (Effect.WIDENS, Surface.PUBLIC)
