"""Each call of AWS in the code of deploy and destroy is in a policy, and the other way round."""

import ast
import functools
from collections.abc import Iterator

import botocore.session
import pytest
from botocore import xform_name

from scripts.command_line.project_paths import ROOT
from scripts.deployment.list_calls import LIST_CALLS
from scripts.deployment.permissions.script_calls import (
    ACCOUNT,
    ACTIONS_OF_OPERATIONS,
    APPLY,
    DESTROY,
    PLAN,
    action_of,
    script_statements,
)
from stacks.names import IN_TEMPLATE

PACKAGES = ("artifacts", "cloudformation", "deployment", "review")
LOCAL_ONLY = {"local_fixups.py"}
SERVICES = sorted(
    {
        *(call.service for call in LIST_CALLS.values()),
        *("cloudformation", "service-quotas", "sts"),
    }
)
# IAM's actions for which there is no call of that name in the code.
BESIDES = {
    "cloudformation:BatchDescribeTypeConfigurations",  # of drift detection
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:TagResource",  # of a change set with tags
    "iam:PassRole",
    "iam:TagRole",  # of CreateRole with tags
    "s3:BypassGovernanceRetention",  # of DeleteObjects, what a lock keeps
    "s3:GetObjectVersion",  # of HeadObject, and of Lambda for the caller, with a version
    "s3:PutObjectVersionTagging",  # of PutObjectTagging, with a version
    "s3:DeleteObject",  # of DeleteObjects, as DeleteObjectVersion
    "s3:PutBucketOwnershipControls",  # of CreateBucket with an owner
}


@functools.cache
def operations() -> dict[str, list[str]]:
    """Names of clients' methods: the services that have one."""
    session = botocore.session.get_session()
    found: dict[str, list[str]] = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            found.setdefault(xform_name(operation), []).append(service)
    return found


def calls() -> Iterator[tuple[str, list[str]]]:
    """Method and services of each call in the code: an attribute, or a paginator's name."""
    known = operations()
    for package in PACKAGES:
        for path in (ROOT / "scripts" / package).rglob("*.py"):
            if path.name in LOCAL_ONLY or "permissions" in path.relative_to(ROOT).parts:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
                if (
                    isinstance(name, str) and name in known and name != "sign"
                ):  # also a method of a click option
                    yield name, known[name]


def granted() -> set[str]:
    return {
        action
        for command in (PLAN, APPLY, DESTROY, ACCOUNT)
        for statement in script_statements(command, IN_TEMPLATE, ["Data"])
        for action in statement.actions
    }


def test_every_call_in_the_code_is_in_a_policy() -> None:
    actions = granted()
    missing = {
        name for name, services in calls() if not actions & {action_of(service, name) for service in services}
    }
    assert missing == set(), "scripts/deployment/permissions/script_calls.py must grant them"


def test_every_action_is_of_a_call_in_the_code() -> None:
    called = {action_of(service, name) for name, services in calls() for service in services}
    assert granted() - called == BESIDES  # others have a call that is not there any more


def test_every_list_call_is_granted_to_who_deploys_and_who_destroys() -> None:
    for command in (PLAN, APPLY, DESTROY):
        actions = {
            action
            for statement in script_statements(command, IN_TEMPLATE, [])
            for action in statement.actions
        }
        assert {action_of(call.service, call.operation) for call in LIST_CALLS.values()} <= actions


@pytest.mark.parametrize("operation", sorted(ACTIONS_OF_OPERATIONS))
def test_only_operations_that_there_are_have_another_name(operation: str) -> None:
    service, name = operation.split(":")
    assert service in operations()[name]
