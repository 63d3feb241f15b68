"""Which properties of our templates the local engine never reads, by its own source: each is in a list of ours."""

import ast
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services.cloudformation import provisioners

from scripts.deployment import local_fixups
from scripts.deployment.local_template_cuts import without_refused
from stacks.assembly import ROOT
from tests.support.templates.resources import built


def _texts(function: Callable[..., Any], passed: str, seen: set[tuple[Any, str]]) -> Iterator[str]:
    """Every text in the source of `function`, of its module's constants that it names, and of the functions to which it
    hands its parameter `passed`."""
    if (function, passed) in seen or not inspect.isfunction(function):
        return
    seen.add((function, passed))
    scope = function.__globals__
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Name(id=name) if name in scope:
                yield from _texts_of_constant(scope[name])
            case ast.Call(func=called, args=given):
                for at, argument in enumerate(given):
                    if isinstance(argument, ast.Name) and argument.id == passed:
                        inner = _function(called, scope)
                        names = list(inspect.signature(inner).parameters) if inner else []
                        yield from _texts(inner, names[at], seen) if inner and at < len(names) else ()


def _texts_of_constant(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list | set | frozenset | dict):
        for member in value:
            yield from _texts_of_constant(member)


def _function(called: ast.expr, scope: dict[str, Any]) -> Callable[..., Any] | None:
    match called:
        case ast.Name(id=name):
            found = scope.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            found = getattr(scope.get(module), name, None)
        case _:
            found = None
    return found if inspect.isfunction(found) else None


def _dropped() -> set[tuple[str, str]]:
    assembly = built()
    texts, _ = without_refused({ROOT: assembly.root, **assembly.nested})
    dropped = set()
    for template in map(json.loads, texts.values()):
        for resource in template["Resources"].values():
            handlers: Any = provisioners._RESOURCE_HANDLERS.get(resource["Type"], {})
            create = handlers.get("create")
            if create is None:
                continue
            read = set(_texts(create, list(inspect.signature(create).parameters)[1], set()))
            dropped |= {
                (resource["Type"], name) for name in resource.get("Properties", {}) if name not in read
            }
    return dropped


def test_each_property_that_the_engine_never_reads_is_set_afterwards_or_said_to_be_left() -> None:
    """An engine that reads one more, or a template that sets one more that it does not, changes this."""
    listed = set(local_fixups.SET) | {(kind, name) for kind, name, _ in local_fixups.LEFT}
    assert _dropped() == listed
