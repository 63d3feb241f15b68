"""Tables refuse deletion from a second update on.

In a first creation that fails, tables that refuse deletion would make its roll-back fail too. So the first change set
leaves it out, and as soon as the stack stands this one turns it on, with all else as it is.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scripts.cloudformation.change_sets import ChangeSet, Request
from scripts.cloudformation.live_stack import read_stack
from scripts.deployment import execute_change_set
from scripts.deployment.approval import Consent
from scripts.deployment.context import Context
from scripts.deployment.review_change_set import proposed_source, review_change_set
from scripts.deployment.review_output import TERMINAL_ONLY
from stacks.parameters.table import DELETION_PROTECTION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

# Turning protection on takes nothing from anybody, and was asked for: it is not asked again.
_PROTECTING = Consent(yes=True, allowed=frozenset(), is_somebody_there=False)


def propose_protection(
    context: Context, cloudformation: "CloudFormationClient", description: str
) -> ChangeSet | None:
    """A change set with the deployed template and values that makes the tables refuse deletion; None when they do.

    Shown, and approved where it does nothing else. Raises Refused or RolledBack.
    """
    stack = read_stack(cloudformation, context.names.stack)
    if stack.parameters.get(DELETION_PROTECTION.title) != "false":
        return None
    context.tell("the stack stands; now its tables are made to refuse deletion")
    values = {**stack.parameters, DELETION_PROTECTION.title: "true"}
    request = Request(
        stack_name=context.names.stack,
        name=f"protect-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        kind="UPDATE",
        template_url=None,  # the one that is deployed
        parameters=values,
        tags=execute_change_set.tags_of(values),
        description=description,
    )
    change_set = execute_change_set.make(context, cloudformation, request)
    if change_set is None:
        return None
    try:
        review = review_change_set(context, change_set, proposed_source(context, change_set), values)
        TERMINAL_ONLY.show(context, review)
        execute_change_set.approve(context, review, _PROTECTING)
    except BaseException:
        execute_change_set.withdraw(cloudformation, change_set.arn, change_set.stack_id)
        raise
    return change_set
