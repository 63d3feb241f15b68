"""Resolving a root template with its nested stacks."""

from typing import Any

import pytest

from stacks.evaluation.intrinsics import Hidden, Reference
from stacks.evaluation.resolved_stack import StackSource, resolve_stack


def _properties(template: dict[str, Any], parameters: dict[str, str] | None = None, **nested: Any) -> Any:
    sources = {name: StackSource(one) for name, one in nested.items()}
    found = resolve_stack(StackSource(template, sources), parameters or {}, {"AWS::Region": "eu-central-1"})
    return {"/".join((*path, name)): resource.properties for (path, name), resource in found.items()}


def _value_of(parameter: dict[str, Any], given: dict[str, Any]) -> Any:
    template = {
        "Parameters": {"P": parameter},
        "Resources": {"One": {"Type": "T", "Properties": {"Value": {"Ref": "P"}}}},
    }
    return resolve_stack(StackSource(template), given)[(), "One"].get("Value")


def test_parameters_take_what_is_given_then_their_default() -> None:
    assert _value_of({"Type": "String", "Default": "dev"}, {}) == "dev"
    assert _value_of({"Type": "String", "Default": "dev"}, {"P": "prod"}) == "prod"
    assert _value_of({"Type": "CommaDelimitedList", "Default": "a, b"}, {}) == ["a", "b"]
    assert _value_of({"Type": "String"}, {}) == Reference((), "P")
    assert _value_of({"Type": "String", "Default": "dev"}, {"P": Reference((), "P")}) == Reference((), "P")


def test_the_value_of_a_secret_parameter_is_never_used() -> None:
    secret = _value_of({"Type": "String", "NoEcho": True, "Default": "hunter2"}, {"P": "topsecret"})
    assert secret == Hidden((), "P")
    assert str(secret) == "****"


OPEN = {"Fn::Equals": [{"Ref": "Open"}, "b"]}


@pytest.mark.parametrize(
    ("condition", "is_there", "certain"),
    [
        ({"Fn::Equals": ["a", "a"]}, True, True),
        ({"Fn::Equals": ["a", "b"]}, False, True),
        (OPEN, True, False),
    ],
)
def test_conditions_decide_what_is_there(condition: Any, is_there: bool, certain: bool) -> None:
    template = {
        "Parameters": {"Open": {"Type": "String"}},
        "Conditions": {"C": condition},
        "Resources": {"One": {"Type": "T", "Condition": "C"}},
    }
    resources = resolve_stack(StackSource(template), {})
    assert bool(resources) is is_there
    assert all(resource.certain is certain for resource in resources.values())


def test_values_go_through_nested_stacks() -> None:
    stack = "AWS::CloudFormation::Stack"
    root = {
        "Parameters": {"Suffix": {"Type": "String"}},
        "Resources": {
            "User": {
                "Type": stack,
                "Properties": {
                    "Parameters": {
                        "KeyArn": {"Fn::GetAtt": ["Maker", "Outputs.KeyArn"]},
                        "Suffix": {"Ref": "Suffix"},
                    }
                },
            },
            "Maker": {"Type": stack, "Properties": {}},
        },
    }
    maker = {
        "Resources": {"Key": {"Type": "K"}},
        "Outputs": {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}},
    }
    user = {
        "Parameters": {"KeyArn": {"Type": "String"}, "Suffix": {"Type": "String"}},
        "Resources": {
            "Log": {
                "Type": "L",
                "Properties": {"Key": {"Ref": "KeyArn"}, "Name": {"Fn::Sub": "log-${Suffix}"}},
            }
        },
    }
    found = _properties(root, {"Suffix": "dev"}, User=user, Maker=maker)
    assert found["User/Log"] == {"Key": Reference(("Maker",), "Key", "Arn"), "Name": "log-dev"}
    assert set(found) == {"User", "Maker", "User/Log", "Maker/Key"}


def test_an_output_that_is_not_there_and_stacks_that_need_each_other() -> None:
    stack = "AWS::CloudFormation::Stack"
    root = {
        "Resources": {
            "A": {"Type": stack, "Properties": {"Parameters": {"X": {"Fn::GetAtt": ["B", "Outputs.X"]}}}},
            "B": {"Type": stack, "Properties": {"Parameters": {"X": {"Fn::GetAtt": ["A", "Outputs.Y"]}}}},
        }
    }
    child = {"Parameters": {"X": {"Type": "String"}}, "Outputs": {"X": {"Value": {"Ref": "X"}}}}
    found = _properties(root, A=child, B=child)
    assert found["B"]["Parameters"]["X"] == Reference(("A",), "Outputs.Y")
