"""The linter finds what is wrong, keeps quiet about what is waived, and about nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.lint.cfn_lint import lint
from stacks.lint.finding import Excuse
from stacks.lint.waivers import read_waivers

DANGLING: dict[str, Any] = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Ref": "Nobody"}}}}
}
# Only an informational rule finds this: a join without a delimiter.
INFORMATIONAL: dict[str, Any] = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "MessageRetentionPeriod": 60,
                "QueueName": {"Fn::Join": ["", ["queue-", {"Ref": "Name"}]]},
            },
        }
    },
}


def _write(folder: Path, template: dict[str, Any]) -> Path:
    (folder / "layer.template.json").write_text(json.dumps(template), encoding="utf-8")
    return folder


def test_a_reference_to_nothing_is_found(tmp_path: Path) -> None:
    findings = lint(_write(tmp_path, DANGLING), excuses=[])
    assert ("E1020", "layer/Queue") in {(finding.rule, finding.resource) for finding in findings}


def test_informational_rules_are_on(tmp_path: Path) -> None:
    findings = lint(_write(tmp_path, INFORMATIONAL), excuses=[])
    assert [(finding.rule, finding.resource) for finding in findings] == [("I1022", "layer/Queue")]


def test_a_waiver_excuses_its_rule_on_its_resource(tmp_path: Path) -> None:
    excuse = Excuse("I1022", frozenset({"layer/Queue"}))
    assert lint(_write(tmp_path, INFORMATIONAL), excuses=[excuse]) == []


@pytest.mark.parametrize(("rule", "resource"), [("I1022", "layer/Other"), ("I3011", "layer/Queue")])
def test_a_waiver_that_excuses_nothing_is_a_finding(tmp_path: Path, rule: str, resource: str) -> None:
    findings = lint(_write(tmp_path, INFORMATIONAL), excuses=[Excuse(rule, frozenset({resource}))])
    assert [finding.rule for finding in findings] == ["I1022", rule]
    assert "waived but not found" in findings[1].message


def test_only_what_decides_a_template_s_findings_lets_it_be_read_again(tmp_path: Path) -> None:
    folder, memory, runs = _write(tmp_path, INFORMATIONAL), tmp_path / "memory", list[None]()
    found = lint(folder, excuses=[])
    (folder / "other.template.json").write_text(json.dumps(DANGLING), encoding="utf-8")
    for regions, times in ((("us-east-1",), 1), (("us-east-1",), 1), (("us-east-2",), 2)):
        again = lint(folder, regions, [], memory, lambda: runs.append(None))
        assert [each for each in again if each.resource.startswith("layer/")] == found
        assert {each.rule for each in again if each.resource == "other/Queue"} >= {"E1020"}
        assert len(runs) == times
    excuse = Excuse("I1022", frozenset({"layer/Queue"}))
    assert not any(each in found for each in lint(folder, ["us-east-2"], [excuse], memory))
    _write(folder, DANGLING)
    assert ("E1020", "layer/Queue") in {
        (each.rule, each.resource) for each in lint(folder, ["us-east-2"], [], memory)
    }


def test_a_template_that_is_no_json_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "layer.template.json").write_text("{", encoding="utf-8")
    assert [finding.resource for finding in lint(tmp_path, excuses=[])] == ["layer"]


def test_a_property_that_a_region_lacks_is_found_in_that_region(tmp_path: Path) -> None:
    template = {"Resources": {"Group": {"Type": "AWS::Nowhere::Thing"}}}
    assert lint(_write(tmp_path, template), regions=["us-east-2"], excuses=[])[0].rule.startswith("E")


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_waiver_without_a_reason_is_refused(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(f'[[cfn-lint]]\nrule = "E1"\nresources = ["data/Table"]\nreason = "{reason}"\n')
    with pytest.raises(ValueError, match="needs a reason"):
        read_waivers(path)


def test_a_waiver_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('[[control]]\ncontrol = "X"\ntypo = "Y"\nreason = "because"\n')
    with pytest.raises(TypeError):
        read_waivers(path)


def test_a_waiver_for_a_tool_that_nobody_runs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('[[cfn_nag]]\nrule = "W1"\nresources = ["data/Table"]\nreason = "because"\n')
    with pytest.raises(ValueError, match="no tool is called cfn_nag"):
        read_waivers(path)


def test_the_projects_waivers_are_read() -> None:
    waivers = read_waivers()
    assert all(waiver.reason for waiver in waivers.controls)
    assert len({(each.control, each.type, each.resources) for each in waivers.controls}) == len(
        waivers.controls
    )
