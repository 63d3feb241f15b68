"""That whatever changes the API is deployed: by its text, or by a parameter's value."""

import json
from itertools import product
from typing import Any

import pytest
from troposphere import Equals, If, Parameter, Ref, Template
from troposphere.apigateway import Method, Resource, RestApi

from stacks.api.deployments import UndeployedChange, deploy
from stacks.api.rest_api import path
from stacks.parameters.table import SETTINGS
from tests.support.templates.resources import Resource as Found
from tests.support.templates.resources import of_api, resource, resources, templates, walk

DEPLOYED_TYPES = {
    f"AWS::ApiGateway::{name}"
    for name in ("RestApi", "Resource", "Method", "Model", "GatewayResponse", "RequestValidator")
}
CONDITIONS = templates()["api"]["Conditions"]
PARTS = [each for each in resources() if each.stack == "api" and each.type in DEPLOYED_TYPES]
# By the prefix of the logical ids of an API and its stage.
APIS = ("", "Transactions")


def _parts(prefix: str) -> list[Found]:
    return [
        each
        for each in PARTS
        if f"{prefix}Api" in (each.title, each.properties.get("RestApiId", {}).get("Ref"))
    ]


def _is_made(document: dict[str, Any], truth: dict[str, bool]) -> bool:
    return "Condition" not in document or _holds({"Condition": document["Condition"]}, truth)


def _holds(expression: Any, truth: dict[str, bool]) -> bool:
    """CloudFormation's logic, with `truth` for the conditions that are not made of others."""
    match expression:
        case {"Condition": str(name)}:
            return truth[name] if name in truth else _holds(CONDITIONS[name], truth)
        case {"Fn::Not": [inner]}:
            return not _holds(inner, truth)
        case {"Fn::And": terms}:
            return all(_holds(each, truth) for each in terms)
    raise AssertionError(f"unknown form of condition: {expression}")


def _chosen(reference: Any, truth: dict[str, bool]) -> str:
    if "Fn::If" in reference:
        name, then, otherwise = reference["Fn::If"]
        return _chosen(then if truth[name] else otherwise, truth)
    return str(reference["Ref"])


def _conditions_of(prefix: str) -> list[str]:
    documents = [each.document for each in _parts(prefix)]
    used = {
        value["Fn::If"][0] for _, value in walk(documents) if isinstance(value, dict) and "Fn::If" in value
    }
    return sorted(used | {each["Condition"] for each in documents if "Condition" in each})


def test_the_conditions_that_the_apis_depend_on() -> None:
    assert {each.type for each in PARTS} == DEPLOYED_TYPES
    assert "RequireApiKeyIsOn" in _conditions_of("")
    assert _conditions_of("Transactions") == ["CorsOriginIsGiven"]


@pytest.mark.parametrize("prefix", APIS)
def test_for_each_combination_of_conditions_one_deployment_is_made_and_served(prefix: str) -> None:
    names = _conditions_of(prefix)
    deployments = {
        each.title: each.document for each in of_api("AWS::ApiGateway::Deployment", f"{prefix}Api")
    }
    served = resource("api", f"{prefix}Stage")["DeploymentId"]
    seen = set()
    for values in product((True, False), repeat=len(names)):
        truth = dict(zip(names, values, strict=True))
        made = [title for title, document in deployments.items() if _is_made(document, truth)]
        assert made == [_chosen(served, truth)]
        waited_for = [
            each.title
            for each in _parts(prefix)
            if each.type.endswith(("::Method", "::GatewayResponse")) and _is_made(each.document, truth)
        ]
        assert deployments[made[0]]["DependsOn"] == sorted(waited_for)
        seen.update(made)
    assert seen == deployments.keys()
    assert len(seen) == 2 ** len(names)


def test_no_parameters_value_is_in_what_a_deployment_copies() -> None:
    harmless = {"EnvironmentSuffix", "Project", "CostCenter"}  # the API's name and tags
    text = json.dumps([each.document for each in PARTS])
    named = {
        setting.title
        for setting in SETTINGS
        if json.dumps({"Ref": setting.title}) in text or f"${{{setting.title}}}" in text
    }
    assert named <= harmless


def _deployed(part: str = "a", media_type: str = "*/*", switched: Any = None) -> dict[str, dict[str, Any]]:
    """The deployments of a small API, by logical id; `switched` is a property of its one method."""
    template = Template()
    api = RestApi("Api", Name="api", BinaryMediaTypes=[media_type])
    parts: list[Any] = [path(template, api, "Path", part)]
    if switched is not None:
        template.add_condition("IsOn", Equals("a", "a"))
        parts.append(Method("Get", HttpMethod="GET", RestApiId="a", ResourceId="b", ApiKeyRequired=switched))
    made, _ = deploy(template, api, parts)
    return {str(each.title): each.to_dict() for each in made}


def test_a_changed_api_is_another_deployment() -> None:
    assert _deployed() == _deployed()
    first, second, third = _deployed(), _deployed("b"), _deployed(media_type="text/plain")
    assert len({*first, *second, *third}) == 3


def test_a_condition_makes_two_and_a_change_of_one_form_leaves_the_other() -> None:
    both = _deployed(switched=If("IsOn", True, False))
    assert [each["Condition"] for each in both.values()] == [f"Deploys{title[10:]}" for title in both]
    assert len(both) == 2
    # With the condition off nothing is said either way, so that this form is another and the other the same.
    changed = _deployed(switched=If("IsOn", True, Ref("AWS::NoValue")))
    assert len(both.keys() & changed.keys()) == 1


def test_a_part_that_a_condition_leaves_out_is_no_part_of_that_deployment() -> None:
    template = Template()
    template.add_condition("IsOn", Equals("a", "a"))
    api = RestApi("Api", Name="api", BinaryMediaTypes=["*/*"])
    always = path(template, api, "Path", "a")
    sometimes = Resource("Sometimes", Condition="IsOn", RestApiId="a", ParentId="b", PathPart="c")
    made, _ = deploy(template, api, [always, sometimes])
    (without,) = _deployed()
    assert [each.title == without for each in made] == [False, True]


def test_a_value_that_no_condition_decides_is_an_error_at_build_time() -> None:
    template = Template()
    template.add_parameter(Parameter("Origin", Type="String"))
    api = RestApi("Api", Name="api")
    part = Resource("Path", RestApiId="a", ParentId="b", PathPart=Ref("Origin"))
    with pytest.raises(UndeployedChange, match="Origin"):
        deploy(template, api, [part])
