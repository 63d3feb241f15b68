"""Joins the layers, typed and by name, without Export or ImportValue.

A layer says what it gives with a frozen dataclass. `publish` writes one output for each field, `receive` reads a field
as a parameter of a later layer, `nest` connects the two in the root. Whatever does not meet is an error at build time.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from troposphere import GetAtt, Output, Parameter, Ref, Sub, Template
from troposphere.cloudformation import Stack

from stacks.names import title

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Given = TypeVar("Given", bound=DataclassInstance)
else:
    Given = TypeVar("Given")

TEMPLATE_URL: Final = "https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/"


class WiringError(Exception):
    """Layers that do not fit together."""


class ReceivedParameter(Parameter):
    """A parameter that an earlier layer's output must fill; any other parameter is the root's own."""


@dataclass(frozen=True)
class Layer:
    """One nested template. Its text is byte-stable: sorted keys, no time, no path."""

    name: str
    template: Template

    @property
    def title(self) -> str:
        return title(self.name)

    @cached_property
    def text(self) -> str:
        return render(self.template)

    @property
    def key(self) -> str:
        """The object key, which carries the content's hash: a changed child is a changed URL in the root."""
        return template_key(self.name, self.text)


def render(template: Template) -> str:
    """The template as JSON text that depends on nothing but its content."""
    return json.dumps(template.to_dict(), indent=2, sort_keys=True) + "\n"


def template_key(name: str, text: str) -> str:
    return f"templates/{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.template.json"


class _Fields:
    """Stands in for an outputs dataclass: reading a field asks `read` for its value."""

    def __init__(self, outputs: type[Any], read: Callable[[str], Any]) -> None:
        self._names = {field.name for field in dataclasses.fields(outputs)}
        self._label = outputs.__name__
        self._read = read

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(f"{self._label} has no field {name!r}")
        return self._read(name)


def publish(template: Template, outputs: "DataclassInstance") -> None:
    """Write one output for each field: `key_arn` becomes the output `KeyArn`."""
    for field in dataclasses.fields(outputs):
        template.add_output(Output(title(field.name), Value=getattr(outputs, field.name)))


def receive(template: Template, outputs: type[Given]) -> Given:
    """What another layer gives, as an object typed as `outputs`.

    Reading a field declares the parameter, once, and returns its `Ref`, so a template has only the parameters it reads.
    """

    def read(name: str) -> Ref:
        description = f"{name} of {outputs.__name__}, filled by the root stack"
        return Ref(
            template.get_or_add_parameter(
                ReceivedParameter(title(name), Type="String", Description=description)
            )
        )

    return cast(Given, _Fields(outputs, read))


def outputs_of(layers: Sequence[Layer], outputs: type[Given]) -> Given:
    """What a nested layer gives, as the root sees it: reading a field returns a `GetAtt` on the nested stack."""
    return cast(Given, _Fields(outputs, lambda name: _get(layers, title(name))))


def nest(root: Template, layer: Layer, layers: Sequence[Layer]) -> Stack:
    """Add `layer` to the root as a nested stack, filling its parameters.

    `layers` are all layers in their order; those before `layer` may fill its needs. The layer's other parameters become
    the root's own. Raises WiringError for a need that nobody meets or that a later layer meets, for an output that two
    layers give, and for a parameter that two layers define differently.
    """
    earlier = layers[: list(layers).index(layer)]
    _refuse_repeats(layers)
    filled: dict[str, Any] = {}
    for name, parameter in layer.template.parameters.items():
        if isinstance(parameter, ReceivedParameter):
            filled[name] = _from_earlier(name, layer, earlier, layers)
        else:
            filled[name] = Ref(_own_parameter(root, parameter, layer))
    return root.add_resource(Stack(layer.title, TemplateURL=Sub(TEMPLATE_URL + layer.key), Parameters=filled))


def _refuse_repeats(layers: Sequence[Layer]) -> None:
    givers: dict[str, str] = {}
    for layer in layers:
        for name in layer.template.outputs:
            if name in givers:
                raise WiringError(f"{name} is given twice: by {givers[name]} and by {layer.name}")
            givers[name] = layer.name


def _get(layers: Sequence[Layer], name: str) -> GetAtt:
    for layer in layers:
        if name in layer.template.outputs:
            return GetAtt(layer.title, f"Outputs.{name}")
    raise WiringError(f"no layer gives {name}")


def _from_earlier(name: str, layer: Layer, earlier: Sequence[Layer], layers: Sequence[Layer]) -> GetAtt:
    for other in layers:
        if name in other.template.outputs:
            if other in earlier:
                return _get(earlier, name)
            raise WiringError(f"{layer.name} needs {name}, but {other.name}, which gives it, comes later")
    raise WiringError(f"{layer.name} needs {name}, and no layer gives it")


def _own_parameter(root: Template, parameter: Parameter, layer: Layer) -> Parameter:
    own = root.get_or_add_parameter(parameter)
    if own.to_dict() != parameter.to_dict():
        raise WiringError(f"{layer.name} defines the parameter {parameter.title} unlike the layers before it")
    return own
