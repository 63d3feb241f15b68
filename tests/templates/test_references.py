"""Nothing in the templates refers to what is not there, and nothing that is declared is idle."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.assembly import ROOT
from stacks.evaluation.references import conditions_within, references_within
from tests.support.templates.resources import as_list, built, nested_templates, resources, templates, walk


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything that `value` refers to; kinds: thing, attribute, condition, mapping."""
    for _, name in references_within(value):
        yield ("attribute" if "." in name else "thing"), name
    for name in conditions_within(value):
        yield "condition", name
    for _, each in walk(value):
        if isinstance(each, dict) and "Fn::FindInMap" in each:
            yield "mapping", each["Fn::FindInMap"][0]


def _unresolved(template: dict[str, Any]) -> list[tuple[str, str]]:
    known = {*template["Resources"], *template.get("Parameters", {})}
    found = []
    body = {name: part for name, part in template.items() if name != "Metadata"}
    for kind, name in _references(body):
        there = {
            "thing": name in known or name.startswith("AWS::"),
            "attribute": name.split(".")[0] in template["Resources"],
            "condition": name in template.get("Conditions", {}),
            "mapping": name in template.get("Mappings", {}),
        }[kind]
        if not there:
            found.append((kind, name))
    for resource in template["Resources"].values():
        found += [("thing", name) for name in as_list(resource.get("DependsOn")) if name not in known]
    return found


@pytest.mark.parametrize("stack", templates())
def test_every_reference_resolves(stack: str) -> None:
    assert _unresolved(templates()[stack]) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"Ref": "Nobody"},
        {"Fn::GetAtt": ["Nobody", "Arn"]},
        {"Fn::Sub": "arn:${Nobody}"},
        {"Fn::Sub": ["arn:${Nobody}${Own}", {"Own": "x"}]},
        {"Fn::If": ["Nobody", 1, 2]},
        {"Fn::FindInMap": ["Nobody", "a", "b"]},
    ],
)
def test_the_check_itself_finds_a_broken_reference(broken: dict[str, Any]) -> None:
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": [broken]}}}}
    assert {name.split(".")[0] for _, name in _unresolved(template)} == {"Nobody"}


@pytest.mark.parametrize("stack", templates())
def test_every_parameter_condition_and_mapping_is_used(stack: str) -> None:
    template = templates()[stack]
    used = {name.split(".")[0] for _, name in _references(template)}
    used |= {each["Condition"] for each in template["Resources"].values() if "Condition" in each}
    declared = {
        *template.get("Parameters", {}),
        *template.get("Conditions", {}),
        *template.get("Mappings", {}),
    }
    assert declared - used == set()


@pytest.mark.parametrize("stack", nested_templates())
def test_the_root_gives_a_nested_stack_exactly_the_parameters_that_it_declares(stack: str) -> None:
    given = templates()[ROOT]["Resources"][stack.title()]["Properties"]["Parameters"]
    assert given.keys() == nested_templates()[stack]["Parameters"].keys()


def test_outputs_that_the_root_reads_are_given() -> None:
    read = [name.split(".") for kind, name in _references(templates()[ROOT]) if kind == "attribute"]
    assert read
    for stack, outputs, name in read:
        assert outputs == "Outputs"
        assert name in nested_templates()[stack.lower()]["Outputs"]


def test_every_output_of_a_nested_stack_has_a_reader() -> None:
    read = {name.split(".")[2] for kind, name in _references(templates()[ROOT]) if kind == "attribute"}
    given = {name for template in nested_templates().values() for name in template.get("Outputs", {})}
    assert given - read == set()


def test_template_urls_carry_the_hash_of_what_they_point_at() -> None:
    assembly = built()
    urls = [stack["TemplateURL"]["Fn::Sub"] for stack in resources("AWS::CloudFormation::Stack")]
    keys = {
        url.removeprefix("https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/") for url in urls
    }
    assert keys == set(assembly.objects)
    assert list(assembly.objects.values()) == list(assembly.nested.values())


def test_nested_stacks_are_joined_without_exports() -> None:
    for template in templates().values():
        assert "ImportValue" not in json.dumps(template)
        assert all("Export" not in output for output in template.get("Outputs", {}).values())
