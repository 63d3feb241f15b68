"""Protection: put on where it is asked for, lifted for one change set, put back whatever happens."""

import json
from contextlib import nullcontext

import pytest

from scripts.cloudformation.live_stack import NESTED_STACK
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.command_line.errors import Refused, Stuck
from scripts.deployment.protection import policy_text, protect, protection_lifted, refuse_guarded
from scripts.review.model import Action, Change, Danger, Replacement, Review, make_review
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import STACK, refusal
from tests.support.scripts.stubs import stack_resource

GUARDED, OPEN = policy_text(guarded=True), policy_text(guarded=False)
OWN = json.dumps({"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]})
QUEUE, TABLE = "AWS::SQS::Queue", "AWS::DynamoDB::Table"


@pytest.fixture
def target() -> FakedTarget:
    """With a stack and one nested in it, Data."""
    target = faked_target()
    target.cloudformation.add_stack("UPDATE_COMPLETE")
    target.cloudformation.add_nested("Data")
    return target


def policies(target: FakedTarget) -> list[str | None]:
    """Of the root and of Data."""
    return [stack.policy for stack in target.cloudformation.stacks.values()]


def set_policies(target: FakedTarget, *texts: str) -> None:
    for stack, text in zip(target.cloudformation.stacks.values(), texts, strict=True):
        stack.policy = text


def test_the_policy_denies_only_what_loses_data() -> None:
    allow, deny = json.loads(GUARDED)["Statement"]
    assert (allow["Effect"], allow["Action"]) == ("Allow", "Update:*")
    assert (deny["Effect"], deny["Action"]) == ("Deny", ["Update:Replace", "Update:Delete"])
    guarded = deny["Condition"]["StringEquals"]["ResourceType"]
    assert {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::CloudFormation::Stack"} <= {
        *guarded
    }
    assert "AWS::Lambda::Function" not in guarded
    assert [statement["Effect"] for statement in json.loads(OPEN)["Statement"]] == ["Allow"]


def test_what_is_asked_for_is_put_on_every_stack_of_the_tree(target: FakedTarget) -> None:
    context, _ = context_for(target)
    protect(context, Protection(termination=True, stack_policy=True))
    assert target.cloudformation.root.is_protected
    assert policies(target) == [GUARDED, GUARDED]


def test_what_is_not_asked_for_is_left_as_it_is(target: FakedTarget) -> None:
    target.cloudformation.root.is_protected = True
    context, _ = context_for(target)
    protect(context, NO_PROTECTION)
    assert target.cloudformation.changes == []


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_lifted_protection_comes_back_whatever_happens(
    target: FakedTarget, error: type[BaseException] | None
) -> None:
    """Each stack gets back the policy that it had, also one that somebody set by hand."""
    set_policies(target, GUARDED, OWN)
    context, output = context_for(target)
    expected = pytest.raises(error) if error else nullcontext()
    with expected, protection_lifted(context, NO_PROTECTION, lift=True):
        assert policies(target) == [OPEN, OPEN]
        if error:
            raise error
    assert policies(target) == [GUARDED, OWN]
    assert "stack policies are back" in output.getvalue()


@pytest.mark.parametrize("error", [None, RuntimeError("the cause")])
def test_a_policy_that_cannot_be_put_back_is_named_and_the_others_are_back(
    target: FakedTarget, error: Exception | None
) -> None:
    set_policies(target, GUARDED, GUARDED)
    root, data = target.cloudformation.stacks.values()
    context, output = context_for(target)

    def run() -> None:
        with protection_lifted(context, NO_PROTECTION, lift=True):
            target.cloudformation.fails_once["set_stack_policy"] = refusal("SetStackPolicy", "it has expired")
            if error:
                raise error

    with pytest.raises(Stuck) as raised:
        run()
    assert policies(target) == [OPEN, GUARDED]
    assert root.stack_id in raised.value.message
    assert data.stack_id not in raised.value.message
    assert ("the cause" in raised.value.message) == (error is not None)
    assert f"set-stack-policy --stack-name {root.stack_id} --stack-policy-body" in raised.value.next_step
    assert "are back" not in output.getvalue()


def test_nothing_is_lifted_unless_it_is_asked_for(target: FakedTarget) -> None:
    context, output = context_for(target)
    with protection_lifted(context, Protection(stack_policy=True), lift=False):
        pass
    assert output.getvalue() == ""
    assert target.cloudformation.changes == []


def one_change(
    resource_type: str, action: Action, replacement: Replacement, path: tuple[str, ...] = ("Data",)
) -> Review:
    change = Change(path, "X", resource_type, action, Danger.DESTROYS_DATA, replacement)
    return make_review(STACK, "templates", [change])


@pytest.mark.parametrize(
    ("resource_type", "action", "replacement", "is_refused"),
    [
        (QUEUE, Action.REMOVE, Replacement.NEVER, True),
        (QUEUE, Action.MODIFY, Replacement.ALWAYS, True),
        (QUEUE, Action.MODIFY, Replacement.CONDITIONAL, True),
        (QUEUE, Action.MODIFY, Replacement.NEVER, False),
        (NESTED_STACK, Action.REMOVE, Replacement.NEVER, True),
        ("AWS::Lambda::Function", Action.MODIFY, Replacement.ALWAYS, False),
    ],
)
def test_what_the_live_policy_would_stop_half_way_is_refused_before(
    target: FakedTarget, resource_type: str, action: Action, replacement: Replacement, is_refused: bool
) -> None:
    set_policies(target, OPEN, GUARDED)
    context, _ = context_for(target)
    if is_refused:
        with pytest.raises(Refused, match="Data/X") as caught:
            refuse_guarded(context, one_change(resource_type, action, replacement), lift=False)
        assert caught.value.next_step.endswith("--lift-protection")
    else:
        refuse_guarded(context, one_change(resource_type, action, replacement), lift=False)


@pytest.mark.fact("R9003")
def test_the_removal_of_a_nested_stack_is_refused_by_the_root(target: FakedTarget) -> None:
    """The policy of the stack that goes does not count: it goes with it."""
    set_policies(target, GUARDED, OPEN)
    context, _ = context_for(target)
    with pytest.raises(Refused, match=r"X \(Update:Delete\)"):
        refuse_guarded(
            context, one_change(NESTED_STACK, Action.REMOVE, Replacement.NEVER, path=()), lift=False
        )


def test_policies_that_are_lifted_stop_nothing(target: FakedTarget) -> None:
    set_policies(target, GUARDED, GUARDED)
    context, _ = context_for(target)
    refuse_guarded(context, one_change(QUEUE, Action.REMOVE, Replacement.NEVER), lift=True)


def test_a_table_that_refuses_deletion_is_found_before(target: FakedTarget) -> None:
    table = stack_resource("X", TABLE, "table-x-dev")
    target.cloudformation.stacks[f"{STACK}-Data"].resources.append(table)
    described_table = {"Table": {"TableName": "table-x-dev", "DeletionProtectionEnabled": True}}
    target.stub("dynamodb").add_response("describe_table", described_table, {"TableName": "table-x-dev"})
    context, _ = context_for(target)
    with pytest.raises(Refused, match="deletion protection is on for table-x-dev") as caught:
        refuse_guarded(context, one_change(TABLE, Action.REMOVE, Replacement.NEVER), lift=True)
    lift = "aws dynamodb update-table --table-name table-x-dev --no-deletion-protection-enabled"
    assert lift in caught.value.next_step


def test_a_first_creation_has_no_policy_to_ask_for() -> None:
    context, _ = context_for(faked_target())
    refuse_guarded(context, one_change(TABLE, Action.ADD, Replacement.NEVER), lift=False)
