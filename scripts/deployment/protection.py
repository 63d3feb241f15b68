"""Protection of what holds data: against deletion of the stack, and against its replacement by an update.

A stack policy guards the resources of one stack, not those of the stacks nested in it, so every stack of the tree gets
the same one. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
Termination protection of the root holds for the stacks nested in it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from deployment.context import Context
from deployment.errors import Refused
from deployment.live_stacks import NESTED_STACK, read_stack, resources_of
from deployment.review.model import Action, Replacement, Review
from deployment.stack_states import NO_STACK

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

# What is lost with them cannot be made again: rows, objects, messages, records, and what decrypts them.
DATA_TYPES: Final = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)
_EVERYTHING: Final = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


@dataclass(frozen=True)
class Protection:
    """What an environment file asks for under `[protection]`.

    `termination`: the stack refuses deletion. `stack_policy`: no update replaces or deletes what holds data.
    `tables`: tables refuse deletion, from the second update on.
    """

    termination: bool = False
    stack_policy: bool = False
    tables: bool = False


NO_PROTECTION: Final = Protection()


def policy_text(*, guarded: bool) -> str:
    """The stack policy that guards data, or the one that guards nothing (a policy can never be removed)."""
    if not guarded:
        return json.dumps({"Statement": [_EVERYTHING]})
    guard = {
        "Effect": "Deny",
        "Action": ["Update:Replace", "Update:Delete"],
        "Principal": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"ResourceType": [*DATA_TYPES, NESTED_STACK]}},
    }
    return json.dumps({"Statement": [_EVERYTHING, guard]})


def refuse_guarded(review: Review, asked: Protection, *, lift: bool) -> None:
    """Raise Refused when the stack policies that are `asked` for would stop what `review` shows half way."""
    if lift or not asked.stack_policy:
        return
    guarded = [
        change.shown_path
        for change in review.changes
        if change.resource_type in DATA_TYPES
        and (change.action is Action.REMOVE or change.replacement is Replacement.ALWAYS)
    ]
    if guarded:
        raise Refused(
            f"stack policies forbid to replace or remove {', '.join(guarded)}",
            "if it is meant: the same command with --lift-protection",
        )


def protect(context: Context, cloudformation: "CloudFormationClient", asked: Protection) -> None:
    """Put on what `asked` for; what it does not ask for is left as it is, as somebody may have set it by hand."""
    stack = read_stack(cloudformation, context.names.stack)
    if stack.status == NO_STACK:
        return
    if asked.termination and not stack.is_protected:
        cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=True
        )
        context.tell(f"termination protection is on for {context.names.stack}")
    if asked.stack_policy:
        _set_policies(cloudformation, _tree(cloudformation, stack.stack_id), guarded=True)


@contextmanager
def lifted(
    context: Context, cloudformation: "CloudFormationClient", asked: Protection, *, lift: bool
) -> Iterator[None]:
    """While inside, updates may replace and delete what holds data, if `lift`; put back whatever happens.

    Also put back when a person detaches with Ctrl-C: what CloudFormation has not reached by then is refused and rolled
    back. The safe side is the guarded one.
    """
    stack = read_stack(cloudformation, context.names.stack)
    if not lift or stack.status == NO_STACK:
        yield
        return
    tree = _tree(cloudformation, stack.stack_id)
    guarded = asked.stack_policy or _is_guarded(cloudformation, stack.stack_id)
    context.tell("stack policies are lifted for this change set")
    try:
        _set_policies(cloudformation, tree, guarded=False)
        yield
    finally:
        if guarded:
            _set_policies(cloudformation, _standing(cloudformation, tree), guarded=True)
            context.tell("stack policies are back")


def _tree(cloudformation: "CloudFormationClient", stack_id: str) -> list[str]:
    nested = resources_of(cloudformation, stack_id)
    return [stack_id, *(each.physical_id for each in nested if each.resource_type == NESTED_STACK)]


def _standing(cloudformation: "CloudFormationClient", tree: list[str]) -> list[str]:
    """Those of the stacks that still exist: the change set may have removed one."""
    gone = (NO_STACK, "DELETE_COMPLETE")
    return [stack_id for stack_id in tree if read_stack(cloudformation, stack_id).status not in gone]


def _is_guarded(cloudformation: "CloudFormationClient", stack_id: str) -> bool:
    text = cloudformation.get_stack_policy(StackName=stack_id).get("StackPolicyBody")
    return text is not None and '"Deny"' in text


def _set_policies(cloudformation: "CloudFormationClient", tree: list[str], *, guarded: bool) -> None:
    for stack_id in tree:
        cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=policy_text(guarded=guarded))
