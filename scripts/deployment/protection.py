"""Protection of what holds data: against deletion of the stack, and against its replacement by an update.

A stack policy guards the resources of one stack, not those of the stacks nested in it, so every stack of the tree gets
the same one. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
Termination protection of the root holds for the stacks nested in it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.cloudformation.live_stack import NESTED_STACK, LiveResource, read_stack, resources_of
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.environment_file import Protection
from scripts.command_line.errors import Refused, Stuck
from scripts.command_line.interruption import held_back
from scripts.deployment.context import Context
from scripts.deployment.stack_policies import DELETE, REPLACE, actions_of, forbidden
from scripts.deployment.stored_data import TABLE, read_tables
from scripts.review.model import Action, Danger, Review
from stacks.evaluation.intrinsics import StackPath
from stacks.parameters.table import DELETION_PROTECTION

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
DELETING: Final = frozenset({DELETE, REPLACE})
_EVERYTHING: Final = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


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


def refuse_guarded(context: Context, review: Review, *, lift: bool) -> None:
    """Raise Refused when the policies that the stacks have now, or a table's own protection, would stop what `review`
    shows half way. `lift`: the policies are lifted for it.
    """
    live = read_live(context, review)
    stopped = [] if lift else forbidden(review.changes, live.policies)
    if stopped:
        raise Refused(
            f"the stack policies forbid {', '.join(map(str, stopped))}",
            f"if it is meant: {context.commands.again('--lift-protection')}",
        )
    if live.protected_tables:
        raise Refused(
            f"deletion protection is on for {', '.join(live.protected_tables)}: AWS would refuse to delete what this "
            "removes or replaces",
            f"if it is meant, first: {context.commands.deploy_with(DELETION_PROTECTION.title, 'false')}",
        )


@dataclass(frozen=True)
class Live:
    """What protects the stacks now: the policies by the stack's path, and the tables that `review` deletes, but that
    refuse it.
    """

    policies: Mapping[StackPath, str]
    protected_tables: tuple[str, ...]


def read_live(context: Context, review: Review) -> Live:
    """Of the stacks and tables that `review` concerns; a first creation concerns none."""
    cloudformation = context.target.client("cloudformation")
    stack = read_stack(cloudformation, context.names.stack)
    concerned = {change.path for change in review.changes if change.action is not Action.ADD}
    if stack.status in (NO_STACK, "REVIEW_IN_PROGRESS") or not concerned:
        return Live({}, ())
    resources = list(resources_of(cloudformation, stack.stack_id))
    ids = {path: stack_id for path, stack_id in _tree(stack.stack_id, resources).items() if path in concerned}
    texts = {path: _policy_of(cloudformation, stack_id) for path, stack_id in ids.items()}
    deleted = {
        (change.path, change.logical_id)
        for change in review.changes
        if change.danger is Danger.DESTROYS_DATA and DELETING & {*actions_of(change)}
    }
    tables = [
        one for one in resources if (one.path, one.logical_id) in deleted and one.resource_type == TABLE
    ]
    there = read_tables(context.target.client("dynamodb"), tables) if tables else []
    return Live(
        {path: text for path, text in texts.items() if text is not None},
        tuple(table.name for table in there if table.is_protected),
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
        tree = _tree(stack.stack_id, resources_of(cloudformation, stack.stack_id)).values()
        _set_policies(cloudformation, dict.fromkeys(tree, policy_text(guarded=True)))


@contextmanager
def lifted(
    context: Context, cloudformation: "CloudFormationClient", asked: Protection, *, lift: bool
) -> Iterator[None]:
    """While inside, updates may replace and delete what holds data, if `lift`; put back whatever happens.

    Each stack gets back the policy that it had, or ours where it is `asked` for. Also put back when a person detaches
    with Ctrl-C: what CloudFormation has not reached by then is refused and rolled back. The safe side is the guarded
    one. Raises Stuck, with the commands that help, where a policy cannot be put back.
    """
    stack = read_stack(cloudformation, context.names.stack) if lift else None
    if stack is None or stack.status == NO_STACK:
        yield
        return
    tree = _tree(stack.stack_id, resources_of(cloudformation, stack.stack_id)).values()
    had = {stack_id: _policy_of(cloudformation, stack_id) for stack_id in tree}
    ours = policy_text(guarded=True) if asked.stack_policy else None
    back = {stack_id: policy for stack_id, text in had.items() if (policy := ours or text)}
    context.tell(f"stack policies are {'lifted for this change set' if back else 'not set: nothing to lift'}")
    try:
        _set_policies(cloudformation, dict.fromkeys(back, policy_text(guarded=False)))
        yield
    except BaseException as error:
        _put_back(context, cloudformation, back, f"; before that: {error}" if str(error) else "")
        raise
    _put_back(context, cloudformation, back, "")


def _put_back(
    context: Context, cloudformation: "CloudFormationClient", policies: Mapping[str, str], before: str
) -> None:
    """Each by itself, so that one that fails leaves no other open; a second Ctrl-C waits until all were tried."""
    failed = {}
    with held_back():
        for stack_id, text in policies.items():
            try:
                _put_one_back(cloudformation, stack_id, text)
            except (BotoCoreError, ClientError) as error:
                failed[stack_id] = str(error)
    if failed:
        why = "".join(f"\n  {stack_id}: {reason}" for stack_id, reason in failed.items())
        raise Stuck(
            f"these stacks are left without the policy that guards their data:{why}{before}",
            "; ".join(
                context.commands.aws(
                    "cloudformation",
                    "set-stack-policy",
                    "--stack-name",
                    stack_id,
                    "--stack-policy-body",
                    policies[stack_id],
                )
                for stack_id in failed
            ),
        )
    if policies:
        context.tell("stack policies are back")


def _put_one_back(cloudformation: "CloudFormationClient", stack_id: str, text: str) -> None:
    """Nothing for a stack that the change set has removed."""
    if read_stack(cloudformation, stack_id).status not in (NO_STACK, "DELETE_COMPLETE"):
        cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=text)


def _tree(root_id: str, resources: Iterable[LiveResource]) -> dict[StackPath, str]:
    """The ids of the root and of the stacks nested in it, by path."""
    nested = {
        (*one.path, one.logical_id): one.physical_id for one in resources if one.resource_type == NESTED_STACK
    }
    return {(): root_id, **nested}


def _policy_of(cloudformation: "CloudFormationClient", stack_id: str) -> str | None:
    return cloudformation.get_stack_policy(StackName=stack_id).get("StackPolicyBody")


def _set_policies(cloudformation: "CloudFormationClient", policies: Mapping[str, str]) -> None:
    for stack_id, text in policies.items():
        cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=text)
