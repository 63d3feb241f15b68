"""Passes outputs of one nested stack to parameters of a later one, typed and by name, without Export or ImportValue.

A stack declares its outputs as a dataclass. `publish` writes one output for each field, `receive` reads a field as a
parameter of a later stack, and `nest` connects the two in the root. A mismatch is an error at build time. A stack may
depend on a parameter of the root; its readers get `NOT_MADE` when it is not deployed.

A field may be another dataclass, whose fields are then published under both names (`inbox_table.arn` is the output
`InboxTableArn`), or a dict of them, which are published under their keys (`functions["health"].arn` is `HealthArn`).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, Final, TypeVar, cast, get_args, get_origin

from troposphere import AWSObject, GetAtt, If, Join, Output, Parameter, Ref, Sub, Template
from troposphere.cloudformation import Stack

from stacks.names import title
from stacks.wiring.nested_stack import NestedStack, json_value

Outputs = TypeVar("Outputs")

# Path-style, with the bucket as a parameter: the one form that AWS and the local engine both fetch.
TEMPLATE_URL: Final = "https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/"

# Placeholder for an output of a nested stack that is not deployed. No stack gives this value, and readers must check
# the same parameter before they use it.
NOT_MADE: Final = "none"


class WiringError(Exception):
    """Nested stacks whose outputs and parameters do not fit together."""


@dataclass(frozen=True)
class ResourceOutputs:
    """Outputs of a resource whose `Ref` is its name."""

    name: Any
    arn: Any

    @staticmethod
    def of(resource: AWSObject) -> "ResourceOutputs":
        return ResourceOutputs(name=resource.ref(), arn=resource.get_att("Arn"))


class ReceivedParameter(Parameter):
    """A parameter that an earlier stack's output must fill; any other parameter is the root's own."""


class _Reader:
    """Stands in for an instance of the dataclass `outputs`: reading a field calls `read` with the output's name."""

    def __init__(self, outputs: type[Any], read: Callable[[str], Any], prefix: str = "") -> None:
        self._outputs = outputs
        self._read = read
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        kind: Any = self._outputs.__annotations__.get(name)
        if kind is None:
            raise AttributeError(f"{self._outputs.__name__} has no field {name!r}")
        if get_origin(kind) is dict:
            return _ReadersByKey(get_args(kind)[1], self._read)
        if isinstance(kind, type) and is_dataclass(kind):
            return _Reader(kind, self._read, f"{self._prefix}{name}_")
        return self._read(self._prefix + name)


class _ReadersByKey(dict[str, _Reader]):
    """A dict of readers, each made when its key is first read."""

    def __init__(self, outputs: type[Any], read: Callable[[str], Any]) -> None:
        super().__init__()
        self._outputs = outputs
        self._read = read

    def __missing__(self, key: str) -> _Reader:
        return _Reader(self._outputs, self._read, f"{key}_")


def publish(template: Template, outputs: Any) -> None:
    """Write one output for each field: `key_arn` becomes the output `KeyArn`."""
    for name, value in _fields(outputs):
        template.add_output(Output(title(name), Value=value))


def _fields(outputs: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in vars(outputs).items():
        if isinstance(value, dict):
            for key, part in value.items():
                yield from _fields(part, f"{key}_")
        elif is_dataclass(value):
            yield from _fields(value, f"{prefix}{name}_")
        else:
            yield prefix + name, value


def receive(template: Template, outputs: type[Outputs]) -> Outputs:
    """The outputs of another stack, as an object typed as `outputs`.

    Reading a field declares the parameter, once, and returns its `Ref`, so a template has exactly the
    parameters that it reads.
    """

    def read(name: str) -> Ref:
        parameter = ReceivedParameter(
            title(name), Type="String", Description=f"{name} of {outputs.__name__}, filled by the root"
        )
        return Ref(template.get_or_add_parameter(parameter))

    return cast(Outputs, _Reader(outputs, read))


def output_of(stacks: Sequence[NestedStack], name: str) -> GetAtt | If:
    """The output `name` as the root reads it: a `GetAtt` on the nested stack that gives it."""
    return _output(name, "the root", stacks, stacks)


def drop_unread_outputs(root: Template, stacks: Sequence[NestedStack]) -> None:
    """Remove outputs that neither an output of the root nor a parameter of a nested stack reads.

    So a stack publishes whole resources and need not know which of their attributes are in use.
    """
    read = set(re.findall(r'"Outputs\.(\w+)"', json.dumps(root.outputs, default=json_value)))
    for stack in stacks:
        parameters = stack.template.parameters.items()
        read |= {name for name, parameter in parameters if isinstance(parameter, ReceivedParameter)}
    for stack in stacks:
        outputs = stack.template.outputs
        stack.template.outputs = {name: output for name, output in outputs.items() if name in read}


def nest(root: Template, stack: NestedStack, stacks: Sequence[NestedStack]) -> Stack:
    """Add `stack` to the root as a nested stack, filling its parameters.

    `stacks` are all nested stacks in order; the outputs of those before `stack` fill its parameters, and its other
    parameters become the root's own. Raises WiringError for a parameter that no stack or only a later stack fills,
    for an output that two stacks give, and for a parameter that two stacks define differently.
    """
    _refuse_repeated_outputs(stacks)
    earlier = stacks[: [other.name for other in stacks].index(stack.name)]
    values = {
        name: _output(name, stack.name, earlier, stacks)
        if isinstance(parameter, ReceivedParameter)
        else _own_parameter(root, parameter, stack.name)
        for name, parameter in stack.template.parameters.items()
    }
    resource = Stack(stack.title, TemplateURL=Sub(TEMPLATE_URL + stack.key), Parameters=values)
    if stack.only_with:
        resource.Condition = stack.only_with.holds(root)
    return root.add_resource(resource)


def _output(
    name: str, reader: str, earlier: Sequence[NestedStack], stacks: Sequence[NestedStack]
) -> GetAtt | If:
    for giver in stacks:
        if name in giver.template.outputs:
            if giver not in earlier:
                raise WiringError(f"{reader} needs {name}, but {giver.name}, which gives it, comes later")
            value = GetAtt(giver.title, f"Outputs.{name}")
            return If(giver.only_with.condition, value, NOT_MADE) if giver.only_with else value
    raise WiringError(f"{reader} needs {name}, and no nested stack gives it")


def _own_parameter(root: Template, parameter: Parameter, reader: str) -> Ref | Join:
    """The root's parameter of the same name; a list is passed on as text, the only form a nested stack takes."""
    own = root.get_or_add_parameter(parameter)
    if own.to_dict() != parameter.to_dict():
        raise WiringError(f"{reader} defines the parameter {parameter.title} unlike the stacks before it")
    return Join(",", Ref(own)) if own.Type == "CommaDelimitedList" else Ref(own)


def _refuse_repeated_outputs(stacks: Sequence[NestedStack]) -> None:
    givers: dict[str, str] = {}
    for stack in stacks:
        for name in stack.template.outputs:
            if name in givers:
                raise WiringError(f"{name} is given twice: by {givers[name]} and by {stack.name}")
            givers[name] = stack.name
