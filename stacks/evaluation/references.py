"""Lists the references in a CloudFormation template (parsed JSON) as it is written: nothing is evaluated.

references_within({"Arn": {"Fn::Sub": "${Key.Arn}/x"}})   # (("Arn",), "Key"), (("Arn",), "Key.Arn")
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from stacks.evaluation.intrinsics import Json

Path = tuple[str | int, ...]
_SUB_NAME: Final = re.compile(r"\$\{([^!${}][^${}]*)\}")


def references(template: dict[str, Json]) -> Iterator[tuple[Path, str]]:
    """Each reference in the template's conditions, resources and outputs, DependsOn included: its place and its name.

    A name is a logical id, a parameter or a pseudo parameter, and with an attribute `Id.Attribute` as well:
    `Fn::GetAtt: [Data, Outputs.Arn]` gives `Data` and `Data.Outputs.Arn`.
    """
    for section in ("Conditions", "Resources", "Outputs"):
        yield from references_within(template.get(section, {}), (section,))
    for logical_id, resource in template["Resources"].items():
        names = resource.get("DependsOn", [])
        path = ("Resources", logical_id, "DependsOn")
        yield from (
            [(path, names)]
            if isinstance(names, str)
            else [((*path, at), name) for at, name in enumerate(names)]
        )


def references_within(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each reference of a Ref, Fn::GetAtt or Fn::Sub inside `value`, which stands at `path`."""
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from references_within(member, (*path, index))
    elif isinstance(value, dict):
        for name in _names(value):
            yield path, name
        for key, member in value.items():
            yield from references_within(member, (*path, key))


def conditions_within(value: Json) -> Iterator[str]:
    """Each condition that an Fn::If or a `Condition` inside `value` names."""
    if isinstance(value, dict):
        if "Fn::If" in value:
            yield value["Fn::If"][0]
        if isinstance(value.get("Condition"), str):  # of a resource, an output or another condition
            yield value["Condition"]
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from conditions_within(member)


def value_at(document: Any, path: Path) -> Any:
    """The value at `path`. Raises KeyError or IndexError when there is none."""
    for step in path:
        document = document[step]
    return document


def _names(node: dict[str, Json]) -> Iterator[str]:
    """The names that an intrinsic function refers to; nothing for any other object."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            yield from (name, f"{name}.{attribute}")
        case {"Fn::GetAtt": str(both)}:
            yield from (both.split(".", 1)[0], both)
        case {"Fn::Sub": str(text)}:
            yield from _sub_names(text, {})
        case {"Fn::Sub": [str(text), dict(variables)]}:
            yield from _sub_names(text, variables)


def _sub_names(text: str, variables: dict[str, Json]) -> Iterator[str]:
    for name in _SUB_NAME.findall(text):
        if name not in variables:
            yield from dict.fromkeys((name.split(".", 1)[0], name))
