"""Protection: put on where it is asked for, lifted for one change set, put back whatever happens."""

import json
from typing import Any

import pytest

from deployment.errors import Refused
from deployment.protection import (
    NO_PROTECTION,
    Protection,
    lifted,
    policy_text,
    protect,
    refuse_guarded,
)
from deployment.review.model import Action, Change, Danger, Replacement, make_review
from tests.support.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.stubs import stack_arn, stack_resource

STACK = "payment-webhooks-dev"
ROOT, CHILD = stack_arn(STACK), stack_arn(f"{STACK}-Data")
GUARDED, OPEN = policy_text(guarded=True), policy_text(guarded=False)


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def stack(target: StubbedTarget, **more: Any) -> None:
    reply = described("UPDATE_COMPLETE")
    reply["Stacks"][0] |= more
    target.stub("cloudformation").add_response("describe_stacks", reply)


def tree(target: StubbedTarget) -> None:
    nested = stack_resource("Data", "AWS::CloudFormation::Stack", CHILD)
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [nested]})
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": []})


def policies(target: StubbedTarget, text: str) -> None:
    for stack_id in (ROOT, CHILD):
        request = {"StackName": stack_id, "StackPolicyBody": text}
        target.stub("cloudformation").add_response("set_stack_policy", {}, request)


def test_the_policy_denies_only_what_loses_data() -> None:
    allow, deny = json.loads(GUARDED)["Statement"]
    assert (allow["Effect"], allow["Action"]) == ("Allow", "Update:*")
    assert (deny["Effect"], deny["Action"]) == ("Deny", ["Update:Replace", "Update:Delete"])
    guarded = deny["Condition"]["StringEquals"]["ResourceType"]
    assert {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::CloudFormation::Stack"} <= {
        *guarded
    }
    assert "AWS::Lambda::Function" not in guarded
    assert [each["Effect"] for each in json.loads(OPEN)["Statement"]] == ["Allow"]


def test_what_is_asked_for_is_put_on_every_stack_of_the_tree(target: StubbedTarget) -> None:
    stack(target)
    request = {"StackName": ROOT, "EnableTerminationProtection": True}
    target.stub("cloudformation").add_response("update_termination_protection", {}, request)
    tree(target)
    policies(target, GUARDED)
    context, _ = context_for(target)
    protect(context, target.client("cloudformation"), Protection(termination=True, stack_policy=True))
    target.assert_all_asked()


def test_what_is_not_asked_for_is_left_as_it_is(target: StubbedTarget) -> None:
    stack(target, EnableTerminationProtection=True)
    context, _ = context_for(target)
    protect(context, target.client("cloudformation"), NO_PROTECTION)
    target.assert_all_asked()


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_lifted_protection_comes_back_whatever_happens(
    target: StubbedTarget, error: type[BaseException] | None
) -> None:
    stack(target)
    tree(target)
    guard = {"StackPolicyBody": GUARDED}
    target.stub("cloudformation").add_response("get_stack_policy", guard, {"StackName": ROOT})
    policies(target, OPEN)
    stack(target)
    stack(target)
    policies(target, GUARDED)
    context, told = context_for(target)
    inside = lifted(context, target.client("cloudformation"), NO_PROTECTION, lift=True)
    if error is None:
        with inside:
            pass
    else:
        with pytest.raises(error), inside:
            raise error
    assert "stack policies are back" in told.getvalue()
    target.assert_all_asked()


def test_nothing_is_lifted_unless_it_is_asked_for(target: StubbedTarget) -> None:
    stack(target)
    context, told = context_for(target)
    with lifted(context, target.client("cloudformation"), Protection(stack_policy=True), lift=False):
        pass
    assert told.getvalue() == ""
    target.assert_all_asked()


@pytest.mark.parametrize(
    ("resource_type", "action", "replacement", "is_refused"),
    [
        ("AWS::DynamoDB::Table", Action.REMOVE, Replacement.NEVER, True),
        ("AWS::DynamoDB::Table", Action.MODIFY, Replacement.ALWAYS, True),
        ("AWS::DynamoDB::Table", Action.MODIFY, Replacement.NEVER, False),
        ("AWS::DynamoDB::Table", Action.ADD, Replacement.NEVER, False),
        ("AWS::Lambda::Function", Action.MODIFY, Replacement.ALWAYS, False),
    ],
)
def test_what_a_policy_would_stop_half_way_is_refused_before(
    resource_type: str, action: Action, replacement: Replacement, is_refused: bool
) -> None:
    change = Change(("Data",), "X", resource_type, action, Danger.CHANGES, replacement)
    review = make_review(STACK, "templates", [change])
    guarded = Protection(stack_policy=True)
    refuse_guarded(review, guarded, lift=True)
    refuse_guarded(review, NO_PROTECTION, lift=False)
    if is_refused:
        with pytest.raises(Refused, match="Data/X") as caught:
            refuse_guarded(review, guarded, lift=False)
        assert "--lift-protection" in caught.value.next_step
    else:
        refuse_guarded(review, guarded, lift=False)
