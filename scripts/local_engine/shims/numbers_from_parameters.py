"""Numbers that come from a parameter arrive as numbers.

A parameter's value is text; CloudFormation makes it the type of the property. The engine does not, and one
text among its numbers stops its poller of all queues: `'>=' not supported between instances of 'int' and
'str'`.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from scripts.local_engine.shims.engine_modules import module

# Where the engine trips over a text, by resource type.
NUMBERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::Lambda::EventSourceMapping": (("ScalingConfig", "MaximumConcurrency"),),
}


def with_numbers(properties: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """A copy of the properties in which the texts at `paths` are integers. Raises ValueError for another text."""
    result = copy.deepcopy(dict(properties))
    for *parents, name in paths:
        holder: Any = result
        for parent in parents:
            holder = holder.get(parent, {})
        if isinstance(holder.get(name), str):
            holder[name] = int(holder[name])
    return result


def apply() -> None:
    handlers = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    for kind, paths in NUMBERS.items():
        entry = handlers[kind]
        entry["create"] = _creating(entry["create"], paths)
        entry["update"] = _updating(entry["update"], paths)


def _creating(create: Callable[..., Any], paths: tuple[tuple[str, ...], ...]) -> Callable[..., Any]:
    def with_typed_properties(logical_id: str, properties: Any, stack_name: str) -> Any:
        return create(logical_id, with_numbers(properties, paths), stack_name)

    return with_typed_properties


def _updating(update: Callable[..., Any], paths: tuple[tuple[str, ...], ...]) -> Callable[..., Any]:
    def with_typed_properties(physical_id: str, old: Any, new: Any, *stack: Any) -> Any:
        return update(physical_id, with_numbers(old, paths), with_numbers(new, paths), *stack)

    return with_typed_properties
