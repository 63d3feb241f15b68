from typing import Any

import pytest

from scripts.review.stack_values import StackSource, resources_of


def _properties(template: dict[str, Any], parameters: dict[str, str] | None = None, **nested: Any) -> Any:
    sources = {name: StackSource(one) for name, one in nested.items()}
    found = resources_of(StackSource(template, sources), parameters or {}, {"AWS::Region": "eu-central-1"})
    return {"/".join((*path, name)): resource.properties for (path, name), resource in found.items()}


def _one(value: Any, parameters: dict[str, str] | None = None, **parts: Any) -> Any:
    template = {"Resources": {"One": {"Type": "T", "Properties": {"P": value}}}, **parts}
    return _properties(template, parameters)["One"].get("P")


DECLARED = {
    "Suffix": {"Type": "String", "Default": "dev"},
    "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
    "Key": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
    "Open": {"Type": "String"},
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Suffix"}, "dev"),
        ({"Ref": "Names"}, ["a", "b"]),
        ({"Ref": "Key"}, "****"),
        ({"Ref": "Open"}, "${Open}"),
        ({"Ref": "Other"}, "${Other}"),
        ({"Ref": "AWS::Region"}, "eu-central-1"),
        ({"Ref": "AWS::AccountId"}, "${AWS::AccountId}"),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Fn::GetAtt": ["Other", "Arn"]}, "${Other.Arn}"),
        ({"Fn::GetAtt": "Other.Arn"}, "${Other.Arn}"),
        (
            {"Fn::Sub": "x-${Suffix}-${AWS::Region}-${Other.Arn}-${!Raw}"},
            "x-dev-eu-central-1-${Other.Arn}-${Raw}",
        ),
        ({"Fn::Sub": ["${A}/${Suffix}", {"A": {"Ref": "Other"}}]}, "${Other}/dev"),
        ({"Fn::Sub": "the key is ${Key}"}, "the key is ****"),
        ({"Fn::Join": ["-", ["x", {"Ref": "Suffix"}, 1]]}, "x-dev-1"),
        ({"Fn::Join": ["-", {"Ref": "Open"}]}, "${Join('-', ${Open})}"),
        ({"Fn::Select": [1, {"Ref": "Names"}]}, "b"),
        ({"Fn::Select": [9, {"Ref": "Names"}]}, {"Fn::Select": [9, ["a", "b"]]}),
        ({"Fn::Split": ["/", "a/b"]}, ["a", "b"]),
        ({"Fn::Split": ["/", {"Ref": "Open"}]}, {"Fn::Split": ["/", "${Open}"]}),
        ({"Fn::FindInMap": ["M", {"Ref": "Suffix"}, "n"]}, 7),
        ({"Fn::FindInMap": ["M", "prod", "n"]}, {"Fn::FindInMap": ["M", "prod", "n"]}),
        ({"Fn::If": ["IsDev", 1, 2]}, 1),
        ({"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}, None),
        ({"Fn::If": ["Undecided", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Undecided", 1, None]}),
        ({"Fn::ImportValue": {"Fn::Sub": "x-${Suffix}"}}, {"Fn::ImportValue": "x-dev"}),
        ([1, {"Ref": "AWS::NoValue"}, {"a": {"Ref": "Suffix"}}], [1, {"a": "dev"}]),
    ],
)
def test_functions_are_resolved_as_far_as_they_are_known(value: Any, expected: Any) -> None:
    conditions = {
        "IsDev": {"Fn::Equals": [{"Ref": "Suffix"}, "dev"]},
        "IsProd": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Undecided": {"Fn::Equals": [{"Ref": "Open"}, "x"]},
    }
    mappings = {"M": {"dev": {"n": 7}}}
    assert _one(value, Parameters=DECLARED, Conditions=conditions, Mappings=mappings) == expected


def test_given_values_come_before_defaults_and_secrets_are_never_used() -> None:
    given = {"Suffix": "prod", "Key": "topsecret"}
    assert _one({"Fn::Sub": "${Suffix}${Key}"}, given, Parameters=DECLARED) == "prod****"


@pytest.mark.parametrize(
    ("condition", "is_there", "certain"),
    [
        ({"Fn::Equals": ["a", "a"]}, True, True),
        ({"Fn::Equals": ["a", "b"]}, False, True),
        ({"Fn::Equals": [{"Ref": "Open"}, "b"]}, True, False),
        ({"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}]}, False, True),
        ({"Fn::Or": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": [{"Ref": "Open"}, "b"]}]}, True, True),
        ({"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": [{"Ref": "Open"}, "b"]}]}, True, False),
        ({"Condition": "C"}, True, False),  # a circle
    ],
)
def test_conditions_decide_what_is_there(condition: Any, is_there: bool, certain: bool) -> None:
    template = {
        "Parameters": {"Open": {"Type": "String"}},
        "Conditions": {"C": condition},
        "Resources": {"One": {"Type": "T", "Condition": "C"}},
    }
    found = resources_of(StackSource(template), {})
    assert bool(found) is is_there
    assert all(resource.certain is certain for resource in found.values())


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
    assert found["User/Log"] == {"Key": "${Maker/Key.Arn}", "Name": "log-dev"}
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
    assert found["B"]["Parameters"]["X"].startswith("${A")
