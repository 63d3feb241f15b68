"""Of two change sets of one stack, only one is executed.

The engine executes any that is available, whatever its stack does meanwhile; and as it makes a stack anew for each
change set of type CREATE, it does not delete an earlier one when it executes a later one. CloudFormation deletes all
others, and refuses a change set of a stack that is being changed.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html (InvalidChangeSetStatus)
"""

from typing import Any

from scripts.local_engine.shims.engine_modules import module


def may_be_executed(kind: str, stack_status: str) -> bool:
    """Whether a change set of this type can be executed while its stack is in that state."""
    if kind == "CREATE":
        return stack_status == "REVIEW_IN_PROGRESS"
    return not stack_status.endswith("_IN_PROGRESS")


def apply() -> None:
    handlers = module("services.cloudformation.handlers")
    changesets = module("services.cloudformation.changesets")

    execute = changesets._execute_change_set

    def execute_one(parameters: Any) -> Any:
        # The engine answers one request after the other, and the state is another one before this returns.
        name, stack_name = (changesets._p(parameters, key) for key in ("ChangeSetName", "StackName"))
        _, change_set = changesets._find_change_set(name, stack_name)
        stack = module("services.cloudformation")._stacks.get((change_set or {}).get("StackName"))
        if stack and not may_be_executed(change_set.get("ChangeSetType", "UPDATE"), stack["StackStatus"]):
            words = f"ChangeSet [{name}] cannot be executed in stack status [{stack['StackStatus']}]"
            return changesets._error("InvalidChangeSetStatus", words)
        return execute(parameters)

    handlers._ACTION_HANDLERS["ExecuteChangeSet"] = execute_one
