"""The built templates as tests look at them: parsed JSON, by stack, type and logical id."""

from functools import cache
from typing import Any

from stacks.assembly import ROOT, Assembly, build
from stacks.controls.template_resources import Resource, as_list, resources_in, statements, texts, walk

__all__ = ["Resource", "as_list", "statements", "texts", "walk"]


@cache
def built() -> Assembly:
    """The templates, built once in a process; no test changes them."""
    return build()


@cache
def templates() -> dict[str, dict[str, Any]]:
    """Every template by stack name, the root among them, built from the code."""
    return built().parsed


def nested_templates() -> dict[str, dict[str, Any]]:
    """Every template but the root."""
    return {name: template for name, template in templates().items() if name != ROOT}


def resources(type_: str | None = None) -> list[Resource]:
    """All resources, or those of one type, in every template."""
    return resources_in(templates(), type_)


def of_api(type_: str, api: str = "Api") -> list[Resource]:
    """Those of one REST API: `Api` is the webhooks', `TransactionsApi` the other."""
    return [each for each in resources(type_) if each["RestApiId"] == {"Ref": api}]


def resource_named(title: str, type_: str | None = None) -> Resource:
    """The one resource of all stacks that has this logical id, of those of one type."""
    (found,) = (each for each in resources(type_) if each.title == title)
    return found


def resource(stack: str, title: str) -> Resource:
    return Resource(stack, title, templates()[stack]["Resources"][title], templates())
