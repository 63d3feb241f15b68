"""Change sets for one new stack are of one stack, so that only one of them is executed.

The engine makes a stack anew for each change set of type CREATE. The earlier one's stack is gone: who executes it
follows an id that nothing has, and the execution deletes no other change set, so that a second one is executed too. It
lists none by a stack's id, and forgets the stack when it refuses another change set for it. CloudFormation has one
stack in REVIEW_IN_PROGRESS for all of them, and deletes the others when it executes one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html (ChangeSetType)
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html (StackName)
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
"""

from typing import Any

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    handlers = module("services.cloudformation.handlers")
    changesets = module("services.cloudformation.changesets")

    create, listed = changesets._create_change_set, changesets._list_change_sets

    def create_in_one_stack(parameters: Any) -> Any:
        cloudformation = module("services.cloudformation")
        name = changesets._p(parameters, "StackName")
        stack = cloudformation._stacks.get(name)
        answer = create(parameters)
        if not stack or stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            return answer
        made = cloudformation._stacks.get(name)
        cloudformation._stacks[name] = stack
        if made is None or made is stack:
            return answer
        for change_set in cloudformation._change_sets.values():
            if change_set["StackId"] == made["StackId"]:
                change_set["StackId"] = stack["StackId"]
        cloudformation._stack_events.pop(made["StackId"], None)
        status, headers, body = answer
        return status, headers, body.replace(made["StackId"].encode(), stack["StackId"].encode())

    def list_by_name_or_id(parameters: Any) -> Any:
        stack = handlers._resolve_stack(changesets._p(parameters, "StackName"))
        return listed({**parameters, "StackName": [stack["StackName"]]} if stack else parameters)

    handlers._ACTION_HANDLERS["CreateChangeSet"] = create_in_one_stack
    handlers._ACTION_HANDLERS["ListChangeSets"] = list_by_name_or_id
