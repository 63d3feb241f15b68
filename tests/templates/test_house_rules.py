"""What holds for every resource of every template."""

import json
import re

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support.templates.resources import Resource, resources

TAGS = {
    "Environment": {"Ref": "EnvironmentSuffix"},
    "Project": {"Ref": "Project"},
    "CostCenter": {"Ref": "CostCenter"},
}


def _takes_tags(found: Resource) -> bool:
    # CloudFormation's own schema, not troposphere's idea of it.
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", found.type).schema
    return "Tags" in schema["properties"]


# A tag that changes would update what holds a person's value; and what is in a stack gets the stack's tags too.
ENVIRONMENT_ONLY = ("AWS::CloudFormation::Stack", "AWS::SSM::Parameter", "AWS::SecretsManager::Secret")


def _has_its_tags(found: Resource) -> bool:
    tags = found.properties.get("Tags", {})
    given = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
    given = {key: value for key, value in given.items() if key != "Name"}
    expected = {"Environment": TAGS["Environment"]} if found.type in ENVIRONMENT_ONLY else TAGS
    return given == (expected if _takes_tags(found) else {})


def test_what_takes_tags_has_all_three() -> None:
    assert [str(found) for found in resources() if not _has_its_tags(found)] == []


@pytest.mark.parametrize("found", resources("AWS::SecretsManager::Secret"), ids=str)
def test_no_other_setting_updates_a_secret(found: Resource) -> None:
    """An update could touch the key that a person has put in: no parameter changes a secret, but its suffix."""
    assert isinstance(found.properties["Description"], str)
    references = set(re.findall(r'"Ref": "(\w+)"', json.dumps(found.properties)))
    assert references == {"EnvironmentSuffix"}


def test_nothing_outlives_its_stack() -> None:
    policies = {
        str(found): (found.document["DeletionPolicy"], found.document["UpdateReplacePolicy"])
        for found in resources()
    }
    assert {name: found for name, found in policies.items() if found != ("Delete", "Delete")} == {}


def test_some_types_take_tags_and_some_do_not() -> None:
    assert {_takes_tags(found) for found in resources()} == {True, False}
