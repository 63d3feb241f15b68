"""Joins the layers, typed and by name, without Export or ImportValue.

A layer says what it gives with a named tuple (a dataclass takes eight times as long to make, and a build makes
many). `publish` writes one output for each field, `receive` reads a field as a parameter of a later layer, `nest`
connects the two in the root. What does not meet is an error at build time. A layer may hang on a setting; its readers
get `NOT_MADE` when it is not made.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from troposphere import GetAtt, If, Join, Output, Parameter, Ref, Sub, Template
from troposphere.cloudformation import Stack

from stacks.names import title
from stacks.wiring.nested_stack import Layer

Outputs = TypeVar("Outputs", bound=NamedTuple)

# Path-style, with the bucket as a parameter: the one form that AWS and the local engine both fetch.
TEMPLATE_URL: Final = "https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/"

# What a reader gets of a layer that is not made. No layer gives it as a value, and readers ask the same setting.
NOT_MADE: Final = "none"


class WiringError(Exception):
    """Layers that do not fit together."""


class ReceivedParameter(Parameter):
    """A parameter that an earlier layer's output must fill; any other parameter is the root's own."""


class _Fields:
    """Stands in for a layer's outputs: reading a field asks `read` for its value."""

    def __init__(self, outputs: type[Any], read: Callable[[str], Any]) -> None:
        self._outputs = outputs
        self._read = read

    def __getattr__(self, name: str) -> Any:
        if name not in self._outputs.__annotations__:
            raise AttributeError(f"{self._outputs.__name__} has no field {name!r}")
        return self._read(name)


def publish(template: Template, outputs: NamedTuple) -> None:
    """Write one output for each field: `key_arn` becomes the output `KeyArn`."""
    for name, value in outputs._asdict().items():
        template.add_output(Output(title(name), Value=value))


def receive(template: Template, outputs: type[Outputs]) -> Outputs:
    """What another layer gives, as an object typed as `outputs`.

    Reading a field declares the parameter, once, and returns its `Ref`, so a template has exactly the
    parameters that it reads.
    """

    def read(name: str) -> Ref:
        given = ReceivedParameter(
            title(name), Type="String", Description=f"{name} of {outputs.__name__}, filled by the root"
        )
        return Ref(template.get_or_add_parameter(given))

    return cast(Outputs, _Fields(outputs, read))


def outputs_of(layers: Sequence[Layer], outputs: type[Outputs]) -> Outputs:
    """What the layers give, as the root sees it: reading a field returns a `GetAtt` on the nested stack."""
    return cast(Outputs, _Fields(outputs, lambda name: _output(title(name), "the root", layers, layers)))


def nest(root: Template, layer: Layer, layers: Sequence[Layer]) -> Stack:
    """Add `layer` to the root as a nested stack, filling its parameters.

    `layers` are all layers in order; the outputs of those before `layer` fill its needs, and its other
    parameters become the root's own. Raises WiringError for a need that nobody meets or that a later layer
    meets, for an output that two layers give, and for a parameter that two layers define differently.
    """
    _refuse_repeated_outputs(layers)
    earlier = layers[: [each.name for each in layers].index(layer.name)]
    filled = {
        name: _output(name, layer.name, earlier, layers)
        if isinstance(parameter, ReceivedParameter)
        else _own_parameter(root, parameter, layer.name)
        for name, parameter in layer.template.parameters.items()
    }
    stack = Stack(layer.title, TemplateURL=Sub(TEMPLATE_URL + layer.key), Parameters=filled)
    if layer.only_with:
        stack.Condition = layer.only_with.holds(root)
    return root.add_resource(stack)


def _output(name: str, reader: str, earlier: Sequence[Layer], layers: Sequence[Layer]) -> GetAtt | If:
    for giver in layers:
        if name in giver.template.outputs:
            if giver not in earlier:
                raise WiringError(f"{reader} needs {name}, but {giver.name}, which gives it, comes later")
            given = GetAtt(giver.title, f"Outputs.{name}")
            return If(giver.only_with.condition, given, NOT_MADE) if giver.only_with else given
    raise WiringError(f"{reader} needs {name}, and no layer gives it")


def _own_parameter(root: Template, parameter: Parameter, reader: str) -> Ref | Join:
    """The root's parameter of the same name; a list goes on as text, as a nested stack takes nothing else."""
    own = root.get_or_add_parameter(parameter)
    if own.to_dict() != parameter.to_dict():
        raise WiringError(f"{reader} defines the parameter {parameter.title} unlike the layers before it")
    return Join(",", Ref(own)) if own.Type == "CommaDelimitedList" else Ref(own)


def _refuse_repeated_outputs(layers: Sequence[Layer]) -> None:
    givers: dict[str, str] = {}
    for layer in layers:
        for name in layer.template.outputs:
            if name in givers:
                raise WiringError(f"{name} is given twice: by {givers[name]} and by {layer.name}")
            givers[name] = layer.name
