"""Evaluating templates: parameters, conditions, maps, and what one layer gives another."""

import json
from typing import Any

import pytest

from scripts.command_line.errors import UsageError
from scripts.planning.deployment_on_paper import plan, read_settings
from scripts.planning.templates import Deployment, Joined, Reference, evaluate
from stacks.assembly import Assembly, build
from stacks.names import title

DATA: dict[str, Any] = {
    "Parameters": {"Hot": {"Type": "Number"}},
    "Conditions": {
        "IsHot": {"Fn::Equals": [{"Ref": "Hot"}, 1]},
        "IsCold": {"Fn::Not": [{"Condition": "IsHot"}]},
    },
    "Resources": {
        "Table": {
            "Type": "T",
            "Properties": {
                "Name": {"Fn::Sub": "table-${Hot}-${AWS::Region}"},
                "Kept": {"Fn::If": ["IsHot", "long", {"Ref": "AWS::NoValue"}]},
                "Many": [{"Fn::If": ["IsCold", "one", {"Ref": "AWS::NoValue"}]}, "two"],
                "Both": {"Fn::If": ["Unlikely", 1, 2]},
            },
        },
        "Spare": {"Type": "T", "Condition": "IsCold"},
    },
    "Outputs": {"TableArn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}}},
}
DATA["Conditions"]["Unlikely"] = {
    "Fn::And": [{"Condition": "IsHot"}, {"Fn::Or": [{"Condition": "IsCold"}, {"Condition": "IsCold"}]}]
}
COMPUTE = {
    "Parameters": {"TableArn": {"Type": "String"}, "Level": {"Type": "String", "Default": "low"}},
    "Mappings": {"Seconds": {"low": {"Value": 5}, "high": {"Value": 50}}},
    "Resources": {
        "Function": {
            "Type": "F",
            "Properties": {
                "Timeout": {"Fn::FindInMap": ["Seconds", {"Ref": "Level"}, "Value"]},
                "Uri": {"Fn::Sub": ["arn:${Part}:${Role.Arn}", {"Part": {"Ref": "TableArn"}}]},
                "List": {"Fn::Join": [",", ["a", {"Ref": "Level"}]]},
                "Second": {"Fn::Select": ["1", ["a", "b"]]},
                "Literal": {"Fn::Sub": "${!kept}"},
            },
        },
        "Role": {"Type": "R", "Properties": {}},
    },
}
ROOT = {
    "Parameters": {"Hot": {"Type": "Number", "Default": 1}},
    "Resources": {
        "Data": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"Parameters": {"Hot": {"Ref": "Hot"}}},
        },
        "Compute": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"Parameters": {"TableArn": {"Fn::GetAtt": ["Data", "Outputs.TableArn"]}}},
        },
    },
}


def deployed(hot: str = "1") -> Deployment:
    assembly = Assembly(json.dumps(ROOT), {"data": json.dumps(DATA), "compute": json.dumps(COMPUTE)})
    return evaluate(assembly, {"Hot": hot})


def test_conditions_decide_what_is_made_and_set() -> None:
    hot, cold = deployed("1"), deployed("0")
    assert [resource.title for resource in hot.of_type("T")] == ["Table"]
    assert [resource.title for resource in cold.of_type("T")] == ["Table", "Spare"]
    table = hot.of_type("T")[0]
    assert (table.get("Kept"), table.get("Many"), table.get("Both")) == ("long", ["two"], 2)
    assert "Kept" not in cold.of_type("T")[0].properties
    assert cold.of_type("T")[0].get("Many") == ["one", "two"]


def test_texts_keep_what_only_the_account_knows() -> None:
    assert deployed().of_type("T")[0].get("Name") == "table-1-${AWS::Region}"


def test_a_reference_leads_through_the_layers() -> None:
    deployment = deployed()
    function = deployment.of_type("F")[0]
    uri = function.get("Uri")
    assert uri == Joined(
        ("arn:", Reference("data", "Table", "Arn"), ":", Reference("compute", "Role", "Arn"), "")
    )
    assert deployment.find(uri) == deployment.of_type("T")[0]
    assert deployment.find("text") is None
    assert deployment.find({"in": [Reference("compute", "Role")]}) == deployment.of_type("R")[0]


def test_other_functions() -> None:
    function = deployed().of_type("F")[0]
    assert (function.get("Timeout"), function.get("List"), function.get("Second")) == (5, "a,low", "b")
    assert function.get("Literal") == "${!kept}"
    assert function.get("Uri", "missing") is None
    assert str(function) == "compute/Function"


def test_the_built_templates_evaluate_with_their_defaults() -> None:
    """No intrinsic function is left: each is a mapping of one name that begins so."""
    assembly = build()
    text = repr([resource.properties for resource in plan(assembly, {}).resources])
    assert "Fn::" not in text
    made = {(resource.layer, resource.title) for resource in plan(assembly, {}).resources}
    stacks = json.loads(assembly.root)["Resources"]
    for layer, template in assembly.layers.items():
        for name, resource in json.loads(template)["Resources"].items():
            assert (layer, name) in made or "Condition" in resource or "Condition" in stacks[title(layer)]


def test_a_layer_that_is_not_made_has_no_resources() -> None:
    assembly = build()
    layers = {resource.layer for resource in plan(assembly, {}).resources}
    private = {resource.layer for resource in plan(assembly, {"NetworkMode": "vpc"}).resources}
    assert private - layers == {"network"}


def test_parameters_are_checked_as_the_deployment_checks_them() -> None:
    with pytest.raises(
        UsageError, match="there is no parameter 'ApiThrotleRate'; did you mean ApiThrottleRate"
    ):
        plan(build(), {"ApiThrotleRate": "5"})


def test_flags_go_before_the_environment_file(tmp_path: Any) -> None:
    file = tmp_path / "some.toml"
    file.write_text('region = "eu-west-1"\n[parameters]\nApiThrottleRate = 7\nApiThrottleBurst = 9\n')
    settings = read_settings(file, ["ApiThrottleRate=8"])
    assert settings.region == "eu-west-1"
    assert settings.given == {"ApiThrottleRate": "8", "ApiThrottleBurst": "9"}
    assert read_settings(None, []) == ("us-east-1", {})
