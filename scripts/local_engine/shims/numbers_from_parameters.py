"""Numbers that come from a parameter arrive as numbers.

A parameter's value is text; CloudFormation makes it the type of the property. The engine does not, and one text among
its numbers stops its poller of all queues: `'>=' not supported between instances of 'int' and 'str'`.
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
        handlers[kind]["create"] = _typed(handlers[kind]["create"], paths, (1,))
        handlers[kind]["update"] = _typed(handlers[kind]["update"], paths, (1, 2))


def _typed(
    handler: Callable[..., Any], paths: tuple[tuple[str, ...], ...], positions: tuple[int, ...]
) -> Callable[..., Any]:
    """`handler`, which gets properties at these positions of its arguments."""

    def with_typed_properties(*arguments: Any) -> Any:
        typed = [
            with_numbers(argument, paths) if position in positions else argument
            for position, argument in enumerate(arguments)
        ]
        return handler(*typed)

    return with_typed_properties
