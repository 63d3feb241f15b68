"""Drift over root and nested stacks: every page is read, and a failed detection is no clean bill."""

from typing import Any

import pytest

from scripts.cloudformation.drift import find_drift
from scripts.command_line.errors import RolledBack
from scripts.deployment import read_only_modes
from tests.support.scripts.deployment_context import context_for, described, stubbed_target
from tests.support.scripts.stubs import STARTED, stack_arn, stack_resource, stubbed

ROOT, CHILD = stack_arn("payment-webhooks-dev"), stack_arn("payment-webhooks-dev-Data")
NESTED = "AWS::CloudFormation::Stack"


def drift(
    stack_id: str, logical_id: str, status: str, resource_type: str = "AWS::SSM::Parameter", **more: Any
) -> Any:
    return {
        "StackId": stack_id,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": logical_id.lower(),
        "ResourceType": resource_type,
        "StackResourceDriftStatus": status,
        "Timestamp": STARTED,
        **more,
    }


CHANGED = {
    "PropertyPath": "/VisibilityTimeout",
    "ExpectedValue": "180",
    "ActualValue": "7",
    "DifferenceType": "NOT_EQUAL",
}


def answers(
    stub: Any, detection: str = "DETECTION_COMPLETE", last: str = "AWS::SSM::Parameter", **more: Any
) -> None:
    nested = stack_resource("Data", NESTED, CHILD)
    kinds = {"A": "AWS::SSM::Parameter", "B": "AWS::SSM::Parameter", "C": last}
    inside = [stack_resource(name, kind, name) for name, kind in kinds.items()]
    stub.add_response("list_stack_resources", {"StackResourceSummaries": [nested]})
    stub.add_response("list_stack_resources", {"StackResourceSummaries": inside})
    for stack_id in (ROOT, CHILD):
        reply = {"StackDriftDetectionId": f"of-{stack_id[-30:]}"}
        stub.add_response("detect_stack_drift", reply, {"StackName": stack_id})
    status = {"StackId": ROOT, "StackDriftDetectionId": "d", "Timestamp": STARTED}
    stub.add_response(
        "describe_stack_drift_detection_status", {**status, "DetectionStatus": "DETECTION_IN_PROGRESS"}
    )
    stub.add_response(
        "describe_stack_drift_detection_status", {**status, "DetectionStatus": detection, **more}
    )


def found(stub: Any, drifted: bool) -> None:
    status = {"StackId": ROOT, "StackDriftDetectionId": "d", "Timestamp": STARTED}
    stub.add_response(
        "describe_stack_drift_detection_status", {**status, "DetectionStatus": "DETECTION_COMPLETE"}
    )
    nested = drift(ROOT, "Data", "MODIFIED" if drifted else "IN_SYNC", NESTED)
    stub.add_response(
        "describe_stack_resource_drifts", {"StackResourceDrifts": [nested]}, {"StackName": ROOT}
    )
    first = drift(CHILD, "B", "DELETED" if drifted else "IN_SYNC")
    more: dict[str, Any] = {"PropertyDifferences": [CHANGED]} if drifted else {}
    second = drift(CHILD, "A", "MODIFIED" if drifted else "IN_SYNC", **more)
    page = {"StackResourceDrifts": [first], "NextToken": "2"}
    stub.add_response("describe_stack_resource_drifts", page, {"StackName": CHILD})
    last = {"StackResourceDrifts": [second]}
    stub.add_response("describe_stack_resource_drifts", last, {"StackName": CHILD, "NextToken": "2"})


def no_client(service: str) -> Any:
    raise AssertionError(f"a parameter needs no client of {service}")


def test_drift_in_a_nested_stack_is_found_with_its_property() -> None:
    client, stub = stubbed("cloudformation")
    answers(stub)
    found(stub, drifted=True)
    slept: list[float] = []
    result = find_drift(client, no_client, ROOT, slept.append)
    assert [(item.shown_path, item.status) for item in result.drifted] == [
        ("Data/A", "MODIFIED"),
        ("Data/B", "DELETED"),
    ]
    (difference,) = result.drifted[0].differences
    assert (difference.path, difference.expected, difference.actual) == ("/VisibilityTimeout", "180", "7")
    assert (result.checked, result.unchecked, len(slept)) == (2, 1, 1)
    stub.assert_no_pending_responses()


def test_what_was_added_by_hand_is_drift_beside_what_cloudformation_compares() -> None:
    client, stub = stubbed("cloudformation")
    answers(stub, last="AWS::SecretsManager::Secret")
    found(stub, drifted=False)
    secrets, policies = stubbed("secretsmanager")
    policies.add_response("get_resource_policy", {"ResourcePolicy": "{}"}, {"SecretId": "C"})
    result = find_drift(client, lambda service: secrets, ROOT, lambda seconds: None)
    (secret,) = result.drifted
    (difference,) = secret.differences
    assert (secret.shown_path, difference.path, difference.actual) == ("Data/C", "/ResourcePolicy", "{}")
    assert (result.checked, result.unchecked) == (2, 1)  # the secret itself was not compared


def test_a_detection_that_failed_is_an_error() -> None:
    client, stub = stubbed("cloudformation")
    answers(stub, "DETECTION_FAILED", DetectionStatusReason="no rights on sqs")
    with pytest.raises(RolledBack, match="no rights on sqs"):
        find_drift(client, no_client, ROOT, lambda seconds: None)


@pytest.mark.parametrize(("drifted", "exit_code"), [(True, 6), (False, 0)])
def test_the_exit_code_says_whether_there_is_drift(drifted: bool, exit_code: int) -> None:
    target = stubbed_target()
    stub = target.stub("cloudformation")
    stub.add_response("describe_stacks", described("UPDATE_COMPLETE"))
    answers(stub)
    found(stub, drifted)
    context, output = context_for(target)
    assert read_only_modes.show_drift(context, as_json=False) == exit_code
    assert ("/VisibilityTimeout: 180 → 7" in output.getvalue()) == drifted
    assert ("a deploy of the same leaves them so" in output.getvalue()) == drifted
