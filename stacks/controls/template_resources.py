"""The built or the deployed templates as controls look at them: parsed JSON, by stack, type and logical id."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Templates: TypeAlias = Mapping[str, Mapping[str, Any]]  # by the name of the stack, the root's among them


@dataclass(frozen=True)
class Resource:
    """One resource; `document` is all of it, `properties` what it sets, `templates` are those it stands among."""

    stack: str
    title: str
    document: dict[str, Any]
    templates: Templates = field(default_factory=dict, repr=False)

    @property
    def type(self) -> str:
        return str(self.document["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document.get("Properties", {})
        return found

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def others(self, type_: str) -> "list[Resource]":
        """The resources of a type among which it stands."""
        return resources_in(self.templates, type_)

    def other(self, stack: str, title: str) -> "Resource":
        return Resource(stack, title, self.templates[stack]["Resources"][title], self.templates)

    def __str__(self) -> str:
        return f"{self.stack}/{self.title}"


def resources_in(templates: Templates, type_: str | None = None) -> list[Resource]:
    """All resources, or those of one type, in every template."""
    return [
        Resource(stack, title, document, templates)
        for stack, template in templates.items()
        for title, document in template["Resources"].items()
        if type_ in (None, document["Type"])
    ]


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy document, with actions and resources as lists."""
    return [
        {**statement, "Action": as_list(statement["Action"]), "Resource": as_list(statement.get("Resource"))}
        for statement in document["Statement"]
    ]


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value inside `value`, itself first, with its path."""
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            yield from walk(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from walk(each, (*path, index))


def texts(value: Any) -> list[str]:
    """Every string inside `value`."""
    return [each for _, each in walk(value) if isinstance(each, str)]
