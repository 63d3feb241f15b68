"""Numbers that come from a parameter arrive as numbers.

A parameter's value is text; CloudFormation makes it the type of the property. The engine does not, and one text among
its numbers stops its poller of all queues: `'>=' not supported between instances of 'int' and 'str'`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scripts.local_engine.shims.engine_modules import module


def with_number(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An event source's properties with MaximumConcurrency, where the engine trips over a text, as an integer."""
    scaling = properties.get("ScalingConfig") or {}
    if "MaximumConcurrency" not in scaling:
        return dict(properties)
    return {
        **properties,
        "ScalingConfig": {**scaling, "MaximumConcurrency": int(scaling["MaximumConcurrency"])},
    }


def apply() -> None:
    handlers = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS[
        "AWS::Lambda::EventSourceMapping"
    ]
    create: Callable[..., Any] = handlers["create"]
    update: Callable[..., Any] = handlers["update"]

    def create_typed(logical_id: str, properties: Any, stack_name: str) -> Any:
        return create(logical_id, with_number(properties), stack_name)

    def update_typed(physical_id: str, old: Any, new: Any, *stack: Any) -> Any:
        return update(physical_id, with_number(old), with_number(new), *stack)

    handlers["create"], handlers["update"] = create_typed, update_typed
