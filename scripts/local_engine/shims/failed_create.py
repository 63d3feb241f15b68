"""A nested stack that fails to create leaves nothing behind.

The engine rolls the siblings back but forgets the child that failed: it stays CREATE_FAILED, and what it had created by
then (functions, roles with fixed names) stays too and makes the next deploy fail. CloudFormation deletes it.
"""

from typing import Any

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    provisioners = module("services.cloudformation.provisioners")

    deploy = provisioners._cfn_nested_stack_deploy

    def deploy_or_remove(logical_id: str, properties: Any, parent: str, **update: Any) -> Any:
        try:
            return deploy(logical_id, properties, parent, **update)
        except Exception:
            if not update and not _keeps_failures(parent):
                for name in _failed_children(parent, logical_id):
                    provisioners._cfn_nested_stack_delete(name, properties)
            raise

    provisioners._cfn_nested_stack_deploy = deploy_or_remove


def _failed_children(parent: str, logical_id: str) -> list[str]:
    _stacks = module("services.cloudformation")._stacks

    return [
        name
        for name, stack in _stacks.items()
        if stack.get("_parent_stack_name") == parent
        and name.startswith(f"{parent}-{logical_id}-")
        and stack.get("StackStatus") == "CREATE_FAILED"
    ]


def _keeps_failures(stack_name: str) -> bool:
    """Whether the root stack was created with its rollback disabled: failures then stay, to be looked at."""
    _stacks = module("services.cloudformation")._stacks

    stack = _stacks.get(stack_name) or {}
    while parent := _stacks.get(stack.get("_parent_stack_name") or ""):
        stack = parent
    return bool(stack.get("DisableRollback"))
