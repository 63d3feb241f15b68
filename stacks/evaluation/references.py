"""What refers to what in a CloudFormation template (parsed JSON)."""

import re
from collections.abc import Iterator
from typing import Any, Final

Path = tuple[str | int, ...]
_SUB_NAME: Final = re.compile(r"\$\{([A-Za-z0-9]+(?:\.[A-Za-z0-9.]+)?)\}")


def references(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Each reference in the template: where it stands and what it names.

    A name is a logical id or a parameter, and with an attribute `Id.Attribute` as well: `Fn::GetAtt: [Data,
    Outputs.Arn]` gives `Data` and `Data.Outputs.Arn`.
    """
    for section in ("Conditions", "Resources", "Outputs"):
        yield from _within(document.get(section, {}), (section,))


def value_at(document: Any, path: Path) -> Any:
    """What stands at `path`. Raises KeyError or IndexError when nothing does."""
    for step in path:
        document = document[step]
    return document


def _within(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _within(each, (*path, index))
    elif isinstance(node, dict):
        for name in _names(node):
            yield path, name
        for key, each in node.items():
            if key == "DependsOn" and path[:1] == ("Resources",) and len(path) == 2:
                yield from _dependencies(each, (*path, key))
            else:
                yield from _within(each, (*path, key))


def _dependencies(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    else:
        for index, name in enumerate(value):
            yield (*path, index), name


def _names(node: dict[str, Any]) -> Iterator[str]:
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


def _sub_names(text: str, variables: dict[str, Any]) -> Iterator[str]:
    for name in _SUB_NAME.findall(text):
        if name not in variables:
            yield from {name.split(".", 1)[0], name}
