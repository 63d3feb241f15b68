"""Protects resources that hold data: against deletion of the stack, and against replacement by an update.

A stack policy guards the resources of one stack, not those of the stacks nested in it, so every stack of the tree gets
the same one. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
Nothing here depends on CloudFormation holding those of nested stacks when the update comes through the root
(R9003): refuse_guarded judges by the same policies before anything is executed.
Termination protection of the root holds for the stacks nested in it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from scripts.cloudformation.live_stack import NESTED_STACK, read_stack, resources_of, stack_tree
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.environment_file import Protection
from scripts.command_line.errors import Refused, Stuck
from scripts.command_line.interruption import held_back
from scripts.deployment.context import Context
from scripts.deployment.stack_policies import DELETE, REPLACE, actions_of, forbidden_changes
from scripts.deployment.stored_data import TABLE, read_tables
from scripts.review.model import Action, Danger, Review
from stacks.evaluation.intrinsics import StackPath

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
    """Raise Refused if present stack policies or a table's deletion protection would stop the reviewed change half way.

    `lift`: the stack policies are lifted for it.
    """

    def without_protection(table: str) -> str:
        flags = ("--table-name", table, "--no-deletion-protection-enabled")
        return context.commands.aws("dynamodb", "update-table", *flags)

    live = read_live_guards(context, review)
    stopped = [] if lift else forbidden_changes(review.changes, live.policies)
    if stopped:
        raise Refused(
            f"the stack policies forbid {', '.join(map(str, stopped))}",
            f"if it is meant, after a question: {context.commands.ask_again('--lift-protection')}",
        )
    if live.protected_tables:
        raise Refused(
            f"deletion protection is on for {', '.join(live.protected_tables)}: AWS would refuse to delete what this "
            "removes or replaces",
            f"if it is meant, first: {'; '.join(map(without_protection, live.protected_tables))}",
        )


@dataclass(frozen=True)
class LiveGuards:
    """Present guards: stack policies by path, and the tables to be deleted that refuse it."""

    policies: Mapping[StackPath, str]
    protected_tables: tuple[str, ...]


def read_live_guards(context: Context, review: Review) -> LiveGuards:
    """Read the guards of the stacks and tables that `review` changes; a first creation changes none."""
    stack = read_stack(context.cloudformation, context.names.stack)
    concerned = {change.path for change in review.changes if change.action is not Action.ADD}
    if stack.status in (NO_STACK, "REVIEW_IN_PROGRESS") or not concerned:
        return LiveGuards({}, ())
    resources = list(resources_of(context.cloudformation, stack.stack_id))
    ids = {
        path: stack_id
        for path, stack_id in stack_tree(stack.stack_id, resources).items()
        if path in concerned
    }
    texts = {path: _policy_of(context, stack_id) for path, stack_id in ids.items()}
    deleted = {
        (change.path, change.logical_id)
        for change in review.changes
        if change.danger is Danger.DESTROYS_DATA and DELETING & {*actions_of(change)}
    }
    tables = [
        resource
        for resource in resources
        if (resource.path, resource.logical_id) in deleted and resource.resource_type == TABLE
    ]
    existing = read_tables(context.target.client("dynamodb"), tables) if tables else []
    return LiveGuards(
        {path: text for path, text in texts.items() if text is not None},
        tuple(table.name for table in existing if table.is_protected),
    )


def protect(context: Context, wanted: Protection) -> None:
    """Turn on the protection that is `wanted`. Other protection stays, as somebody may have set it by hand."""
    stack = read_stack(context.cloudformation, context.names.stack)
    if stack.status == NO_STACK:
        return
    if wanted.termination and not stack.is_protected:
        context.cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=True
        )
        context.print_message(f"termination protection is on for {context.names.stack}")
    if wanted.stack_policy:
        tree = stack_tree(stack.stack_id, resources_of(context.cloudformation, stack.stack_id)).values()
        _set_policies(context, dict.fromkeys(tree, policy_text(guarded=True)))


@contextmanager
def protection_lifted(context: Context, wanted: Protection, *, lift: bool) -> Iterator[None]:
    """Lift the stack policies inside the `with` block, if `lift`; put them back whatever happens.

    Each stack gets back the policy that it had, or ours where it is `wanted`. Also put back when a person detaches
    with Ctrl-C: what CloudFormation has not reached by then is refused and rolled back. The safe side is the guarded
    one. Raises Stuck, with the commands that help, where a policy cannot be put back.
    """
    stack = read_stack(context.cloudformation, context.names.stack) if lift else None
    if stack is None or stack.status == NO_STACK:
        yield
        return
    tree = stack_tree(stack.stack_id, resources_of(context.cloudformation, stack.stack_id)).values()
    policies = {stack_id: _policy_of(context, stack_id) for stack_id in tree}
    ours = policy_text(guarded=True) if wanted.stack_policy else None
    to_restore = {stack_id: policy for stack_id, text in policies.items() if (policy := ours or text)}
    context.print_message(
        f"stack policies are {'lifted for this change set' if to_restore else 'not set: nothing to lift'}"
    )
    try:
        _set_policies(context, dict.fromkeys(to_restore, policy_text(guarded=False)))
        yield
    except BaseException as error:
        _put_back(context, to_restore, f"; before that: {error}" if str(error) else "")
        raise
    _put_back(context, to_restore, "")


def _put_back(context: Context, policies: Mapping[str, str], before: str) -> None:
    """Set each policy by itself, so that one failure leaves no other stack open; a second Ctrl-C waits for all."""
    failed = {}
    with held_back():
        for stack_id, text in policies.items():
            try:
                _put_one_back(context, stack_id, text)
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
        context.print_message("stack policies are back")


def _put_one_back(context: Context, stack_id: str, text: str) -> None:
    """Set one policy, unless the change set has removed the stack."""
    if read_stack(context.cloudformation, stack_id).status not in (NO_STACK, "DELETE_COMPLETE"):
        context.cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=text)


def _policy_of(context: Context, stack_id: str) -> str | None:
    return context.cloudformation.get_stack_policy(StackName=stack_id).get("StackPolicyBody")


def _set_policies(context: Context, policies: Mapping[str, str]) -> None:
    for stack_id, text in policies.items():
        context.cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=text)
