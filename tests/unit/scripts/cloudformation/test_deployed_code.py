"""The code that Lambda has is compared with the artifacts that were deployed, by its digest."""

import base64
from typing import Any

import pytest

from scripts.cloudformation.deployed_code import deployed_code
from scripts.cloudformation.live_stack import LiveResource
from scripts.operations.evidence.findings import of_code
from tests.support.scripts.stubs import stubbed

CODE, LAYER, OTHER = "a1" * 32, "b2" * 32, "c3" * 32
LAYER_ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:layer-shared-dev:3"
PARAMETERS = {
    "HealthCodeKey": f"functions/health/python3.11-arm64/{CODE}.zip",
    "LayerKey": f"layers/shared/python3.11-arm64/{LAYER}.zip",
}
RESOURCES = [
    LiveResource("stack", "Health", "lambda-health-dev", "AWS::Lambda::Function", path=("Compute",)),
    LiveResource("stack", "HealthRole", "iam-role", "AWS::IAM::Role", path=("Compute",)),
    LiveResource("stack", "HealthAlias", f"{LAYER_ARN}:live", "AWS::Lambda::Alias", path=("Compute",)),
]


def base64_of(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def lambda_with(function: str, alias: str, layer: str) -> Any:
    client, stubber = stubbed("lambda")
    for resource, digest in ((RESOURCES[0], function), (RESOURCES[2], alias)):
        answer = {"CodeSha256": base64_of(digest), "Layers": [{"Arn": LAYER_ARN}]}
        stubber.add_response("get_function_configuration", answer, {"FunctionName": resource.physical_id})
    content = {"Content": {"CodeSha256": base64_of(layer)}}
    stubber.add_response("get_layer_version_by_arn", content, {"Arn": LAYER_ARN})
    return client


def test_code_that_is_the_artifact_is_planned() -> None:
    codes = deployed_code(lambda_with(CODE, CODE, LAYER), RESOURCES, PARAMETERS)
    assert [(each.name, each.is_planned) for each in codes] == [
        ("Compute/Health", True),
        ("Compute/HealthAlias", True),
        (LAYER_ARN, True),
    ]
    assert of_code(codes).state == "met"


@pytest.mark.parametrize(
    ("digests", "name"),
    [
        ((OTHER, CODE, LAYER), "Compute/Health"),
        ((CODE, OTHER, LAYER), "Compute/HealthAlias"),
        ((CODE, CODE, OTHER), LAYER_ARN),
    ],
)
def test_other_code_is_named_with_both_digests(digests: tuple[str, str, str], name: str) -> None:
    codes = deployed_code(lambda_with(*digests), RESOURCES, PARAMETERS)
    (other,) = (each for each in codes if not each.is_planned)
    assert (other.name, other.found) == (name, OTHER)
    row = of_code(codes)
    assert row.state == "open"
    assert any(line.startswith(f"open: {name}: {OTHER}") for line in row.found)


def test_code_whose_artifact_nobody_named_is_not_planned() -> None:
    codes = deployed_code(
        lambda_with(CODE, CODE, LAYER), RESOURCES, {**PARAMETERS, "HealthCodeKey": "health.zip"}
    )
    assert [each.is_planned for each in codes] == [False, False, True]


def test_a_system_without_functions_proves_nothing() -> None:
    assert of_code([]).state == "open"
