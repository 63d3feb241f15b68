"""The built templates as tests look at them: parsed JSON, by stack, type and logical id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from stacks.assembly import ROOT, build


@dataclass(frozen=True)
class Resource:
    """One resource; `document` is all of it, `properties` what it sets."""

    stack: str
    title: str
    document: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.document["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document.get("Properties", {})
        return found

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def __str__(self) -> str:
        return f"{self.stack}/{self.title}"


@cache
def templates() -> dict[str, dict[str, Any]]:
    """Every template by stack name, the root among them, built from the code."""
    assembly = build()
    return {name: json.loads(text) for name, text in {ROOT: assembly.root, **assembly.nested}.items()}


def nested_templates() -> dict[str, dict[str, Any]]:
    """Every template but the root."""
    return {name: template for name, template in templates().items() if name != ROOT}


def resources(type_: str | None = None) -> list[Resource]:
    """All resources, or those of one type, in every template."""
    return [
        Resource(stack, title, document)
        for stack, template in templates().items()
        for title, document in template["Resources"].items()
        if type_ in (None, document["Type"])
    ]


def of_api(type_: str, api: str = "Api") -> list[Resource]:
    """Those of one REST API: `Api` is the webhooks', `TransactionsApi` the other."""
    return [each for each in resources(type_) if each["RestApiId"] == {"Ref": api}]


def resource(stack: str, title: str) -> Resource:
    return Resource(stack, title, templates()[stack]["Resources"][title])


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
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
