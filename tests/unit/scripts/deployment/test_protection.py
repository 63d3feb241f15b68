"""Protection: put on where it is asked for, lifted for one change set, put back whatever happens."""

import json
from typing import Any

import pytest

from scripts.cloudformation.live_stack import NESTED_STACK
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.command_line.errors import Refused, Stuck
from scripts.deployment.protection import policy_text, protect, protection_lifted, refuse_guarded
from scripts.review.model import Action, Change, Danger, Replacement, Review, make_review
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import stack_arn, stack_resource

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


OWN = json.dumps({"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]})


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_lifted_protection_comes_back_whatever_happens(
    target: StubbedTarget, error: type[BaseException] | None
) -> None:
    """Each stack gets back the policy that it had, also one that somebody set by hand."""
    stack(target)
    tree(target)
    had = {ROOT: GUARDED, CHILD: OWN}
    cloudformation = target.stub("cloudformation")
    for stack_id, text in had.items():
        cloudformation.add_response("get_stack_policy", {"StackPolicyBody": text}, {"StackName": stack_id})
    policies(target, OPEN)
    for stack_id, text in had.items():
        stack(target)
        request = {"StackName": stack_id, "StackPolicyBody": text}
        cloudformation.add_response("set_stack_policy", {}, request)
    context, told = context_for(target)
    inside = protection_lifted(context, target.client("cloudformation"), NO_PROTECTION, lift=True)
    if error is None:
        with inside:
            pass
    else:
        with pytest.raises(error), inside:
            raise error
    assert "stack policies are back" in told.getvalue()
    target.assert_all_asked()


@pytest.mark.parametrize("error", [None, RuntimeError("the cause")])
def test_a_policy_that_cannot_be_put_back_is_named_and_the_others_are_back(
    target: StubbedTarget, error: Exception | None
) -> None:
    stack(target)
    tree(target)
    cloudformation = target.stub("cloudformation")
    for _ in (ROOT, CHILD):
        cloudformation.add_response("get_stack_policy", {"StackPolicyBody": GUARDED})
    policies(target, OPEN)
    cloudformation.add_client_error("describe_stacks", "ExpiredToken", "it has expired")
    stack(target)
    cloudformation.add_response("set_stack_policy", {}, {"StackName": CHILD, "StackPolicyBody": GUARDED})
    context, told = context_for(target)

    def run() -> None:
        with protection_lifted(context, target.client("cloudformation"), NO_PROTECTION, lift=True):
            if error:
                raise error

    with pytest.raises(Stuck) as raised:
        run()
    assert ROOT in raised.value.message
    assert CHILD not in raised.value.message
    assert ("the cause" in raised.value.message) == (error is not None)
    assert f"set-stack-policy --stack-name {ROOT} --stack-policy-body" in raised.value.next_step
    assert "are back" not in told.getvalue()
    target.assert_all_asked()


def test_nothing_is_lifted_unless_it_is_asked_for(target: StubbedTarget) -> None:
    context, told = context_for(target)
    with protection_lifted(
        context, target.client("cloudformation"), Protection(stack_policy=True), lift=False
    ):
        pass
    assert told.getvalue() == ""
    target.assert_all_asked()


def one_change(*what: Any, path: tuple[str, ...] = ("Data",)) -> Review:
    resource_type, action, replacement = what
    return make_review(
        STACK, "templates", [Change(path, "X", resource_type, action, Danger.DESTROYS_DATA, replacement)]
    )


TABLE = "AWS::DynamoDB::Table"


@pytest.mark.parametrize(
    ("what", "is_refused"),
    [
        ((TABLE, Action.REMOVE, Replacement.NEVER), True),
        ((TABLE, Action.MODIFY, Replacement.ALWAYS), True),
        ((TABLE, Action.MODIFY, Replacement.CONDITIONAL), True),
        ((TABLE, Action.MODIFY, Replacement.NEVER), False),
        ((NESTED_STACK, Action.REMOVE, Replacement.NEVER), True),
        (("AWS::Lambda::Function", Action.MODIFY, Replacement.ALWAYS), False),
    ],
)
def test_what_the_live_policy_would_stop_half_way_is_refused_before(
    target: StubbedTarget, what: Any, is_refused: bool
) -> None:
    stack(target)
    tree(target)
    guard = {"StackPolicyBody": GUARDED}
    target.stub("cloudformation").add_response("get_stack_policy", guard, {"StackName": CHILD})
    context, _ = context_for(target)
    if is_refused:
        with pytest.raises(Refused, match="Data/X") as caught:
            refuse_guarded(context, one_change(*what), lift=False)
        assert caught.value.next_step.endswith("--lift-protection")
    else:
        refuse_guarded(context, one_change(*what), lift=False)
    target.assert_all_asked()


def test_the_removal_of_a_nested_stack_is_refused_by_the_root(target: StubbedTarget) -> None:
    """The policy of the stack that goes does not count: it goes with it."""
    stack(target)
    tree(target)
    target.stub("cloudformation").add_response("get_stack_policy", {"StackPolicyBody": GUARDED})
    context, _ = context_for(target)
    with pytest.raises(Refused, match=r"X \(Update:Delete\)"):
        refuse_guarded(
            context, one_change(NESTED_STACK, Action.REMOVE, Replacement.NEVER, path=()), lift=False
        )


def test_policies_that_are_lifted_stop_nothing(target: StubbedTarget) -> None:
    stack(target)
    tree(target)
    target.stub("cloudformation").add_response("get_stack_policy", {"StackPolicyBody": GUARDED})
    context, _ = context_for(target)
    refuse_guarded(context, one_change("AWS::SQS::Queue", Action.REMOVE, Replacement.NEVER), lift=True)


def test_a_table_that_refuses_deletion_is_found_before(target: StubbedTarget) -> None:
    stack(target)
    cloudformation = target.stub("cloudformation")
    nested = stack_resource("Data", NESTED_STACK, CHILD)
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [nested]})
    table = stack_resource("X", TABLE, "table-x-dev")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [table]})
    cloudformation.add_response("get_stack_policy", {})
    described_table = {"Table": {"TableName": "table-x-dev", "DeletionProtectionEnabled": True}}
    target.stub("dynamodb").add_response("describe_table", described_table, {"TableName": "table-x-dev"})
    context, _ = context_for(target)
    with pytest.raises(Refused, match="deletion protection is on for table-x-dev") as caught:
        refuse_guarded(context, one_change(TABLE, Action.REMOVE, Replacement.NEVER), lift=True)
    assert "--parameter DeletionProtection=false" in caught.value.next_step
    target.assert_all_asked()


def test_a_first_creation_has_no_policy_to_ask_for(target: StubbedTarget) -> None:
    no_stack = "Stack with id x does not exist"
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", no_stack)
    context, _ = context_for(target)
    refuse_guarded(context, one_change(TABLE, Action.ADD, Replacement.NEVER), lift=False)
