"""Each PCI DSS control is met by each resource it is about, but for those that waivers.toml excuses."""

import pytest

from stacks.lint.waivers import read_waivers
from tests.support.templates.control import Control
from tests.support.templates.pci_controls import CONTROLS
from tests.support.templates.resources import Resource, resources

WAIVERS = read_waivers().controls


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_every_resource_meets_the_control_or_is_waived(control: Control) -> None:
    found = resources(control.type)
    assert found, f"no resource is a {control.type}"
    failing = {str(each) for each in found if not control.is_met_by(each)}
    waived = {
        str(each)
        for each in found
        for waiver in WAIVERS
        if waiver.control == control.id and waiver.covers(each.type, each.title)
    }
    assert failing == waived


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_every_control_can_fail(control: Control) -> None:
    example = Resource("none", "Counterexample", {"Type": control.type, "Properties": control.counterexample})
    assert not control.is_met_by(example)


def test_every_waiver_is_about_a_control_of_the_table() -> None:
    known = {(control.id, control.type) for control in CONTROLS}
    assert [waiver for waiver in WAIVERS if (waiver.control, waiver.type) not in known] == []


def test_every_waiver_names_resources_that_are_there() -> None:
    there = {(each.type, each.title) for each in resources()}
    named = {(waiver.type, title) for waiver in WAIVERS for title in waiver.resources}
    assert named - there == set()


def test_rule_packs_read_the_waivers_in_the_templates() -> None:
    noted = 0
    for each in resources():
        metadata = each.document.get("Metadata", {})
        covering = [waiver for waiver in WAIVERS if waiver.covers(each.type, each.title)]
        skipped = {entry["id"]: entry["comment"] for entry in metadata.get("checkov", {}).get("skip", [])}
        assert skipped == {check: waiver.reason for waiver in covering for check in waiver.checkov}
        suppressed = metadata.get("guard", {}).get("SuppressedRules", [])
        assert suppressed == [rule for waiver in covering for rule in waiver.guard]
        noted += bool(metadata)
    assert noted
