"""The built templates with the parameter values that a deployment would give them."""

import json

import pytest

from scripts.command_line.errors import UsageError
from scripts.planning.deployment_on_paper import Deployment, resolve_deployment
from stacks.evaluation.intrinsics import Reference, Text
from stacks.evaluation.resolved_stack import Resource
from stacks.names import title
from tests.support.templates.resources import built

BUCKET = Resource(("Data",), "Bucket", "AWS::S3::Bucket", {})
ROLE = Resource(("Compute",), "Role", "AWS::IAM::Role", {})
DEPLOYMENT = Deployment((BUCKET, ROLE), {})


def test_a_resource_is_found_by_the_first_reference_to_it() -> None:
    arns = [Reference((), "AWS::Region"), Reference(("Compute",), "Role", "Arn")]
    assert DEPLOYMENT.find(Text(("arn:", *arns, ":", Reference(("Data",), "Bucket")))) == ROLE
    assert DEPLOYMENT.find({"in": [Reference(("Data",), "Bucket", "Arn")]}) == BUCKET
    assert DEPLOYMENT.find("text") is None
    assert DEPLOYMENT.of_type("AWS::S3::Bucket") == [BUCKET]
    assert str(BUCKET) == "data/Bucket"
    assert (BUCKET.get("Uri", "missing"), DEPLOYMENT.of_type("AWS::SQS::Queue")) == (None, [])


def test_the_built_templates_evaluate_with_their_defaults() -> None:
    """No function is left unevaluated, and no condition undecided."""
    assembly = built()
    resources = resolve_deployment(assembly, {}).resources
    assert "Call(" not in repr([resource.properties for resource in resources])
    assert all(resource.certain for resource in resources)
    made = {resource.key for resource in resources}
    stacks = json.loads(assembly.root)["Resources"]
    for layer, template in assembly.nested.items():
        for name, resource in json.loads(template)["Resources"].items():
            assert (
                ((title(layer),), name) in made
                or "Condition" in resource
                or "Condition" in stacks[title(layer)]
            )


def test_a_nested_stack_that_is_not_made_has_no_resources() -> None:
    assembly = built()
    stacks = {resource.path for resource in resolve_deployment(assembly, {}).resources}
    private = {resource.path for resource in resolve_deployment(assembly, {"NetworkMode": "vpc"}).resources}
    assert private - stacks == {("Network",)}


def test_parameters_are_checked_as_the_deployment_checks_them() -> None:
    with pytest.raises(
        UsageError, match="there is no parameter 'ApiThrotleRate'; did you mean ApiThrottleRate"
    ):
        resolve_deployment(built(), {"ApiThrotleRate": "5"})
