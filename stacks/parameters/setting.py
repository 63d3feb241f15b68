"""A parameter of the templates: its default, its limits, and its use in a template.

`SETTING.ref(template)` declares the parameter in that template, once, and returns its `Ref`; the root passes the
value on.
"""

from dataclasses import dataclass
from typing import Any

from troposphere import Equals, If, Join, Not, Parameter, Ref, Template


@dataclass(frozen=True)
class Setting:
    """One parameter. Without a default it must be given (the deploy script gives those of artifacts)."""

    title: str
    description: str
    default: str | int | None = None
    allowed: tuple[str | int, ...] = ()
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    is_list: bool = False  # `pattern` is then that of one item

    @property
    def type(self) -> str:
        if self.is_list:
            return "CommaDelimitedList"
        return "Number" if self.is_number else "String"

    @property
    def is_number(self) -> bool:
        return isinstance(self.default, int)

    def parameter(self) -> Parameter:
        limits: dict[str, Any] = {
            "Default": self.default,
            "AllowedValues": list(self.allowed) or None,
            "AllowedPattern": self.pattern,
            "MinValue": self.minimum,
            "MaxValue": self.maximum,
        }
        return Parameter(
            self.title,
            Type=self.type,
            Description=self.description,
            **{name: value for name, value in limits.items() if value is not None},
        )

    def ref(self, template: Template) -> Ref:
        if self.title not in template.parameters:
            template.add_parameter(self.parameter())
        return Ref(self.title)

    def list_or_none(self, template: Template) -> If:
        """The items of a list; an empty list for the empty text, which CloudFormation reads as one item."""
        return If(self.is_given(template), self.ref(template), [])

    def is_given(self, template: Template) -> str:
        """The name of a condition that holds when this text or list is not empty, or this number not zero."""
        value: Any = self.ref(template)
        text = Join("", value) if self.is_list else value
        return self._condition(template, "IsGiven", Not(Equals(text, "0" if self.is_number else "")))

    def is_true(self, template: Template) -> str:
        """The name of a condition that holds when this on/off setting is `true`."""
        return self._condition(template, "IsOn", Equals(self.ref(template), "true"))

    def is_value(self, template: Template, value: str | int) -> str:
        """The name of a condition that holds when this is `value`, one of those allowed."""
        if value not in self.allowed:
            raise ValueError(f"{self.title} is never {value}")
        return self._condition(template, _is(value), Equals(self.ref(template), str(value)))

    def _condition(self, template: Template, ending: str, expression: Any) -> str:
        name = f"{self.title}{ending}"
        if name not in template.conditions:
            template.add_condition(name, expression)
        return name


@dataclass(frozen=True)
class Choice:
    """One of the allowed values of a setting."""

    setting: Setting
    value: str | int

    @property
    def condition(self) -> str:
        """The name of the condition that holds when the setting has this value."""
        return f"{self.setting.title}{_is(self.value)}"

    def holds(self, template: Template) -> str:
        """The same name, with the condition declared in the template, once."""
        return self.setting.is_value(template, self.value)


def _is(value: str | int) -> str:
    return f"Is{str(value).capitalize()}"


def switch(title: str, description: str, default: bool = False) -> Setting:
    return Setting(title, description, default="true" if default else "false", allowed=("false", "true"))
