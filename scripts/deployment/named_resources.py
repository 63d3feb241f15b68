"""Finds existing resources by the names that the templates give them in an environment.

Used before a first deploy (is a name taken?) and after a destroy (is anything left?). The names come from the templates
themselves, so a new resource is looked for without anybody thinking of it. Names are compared as a whole:
`table-x-dev` must not match the environment `dev` of somebody who has one called `a-dev`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import getitem
from typing import Any, Final

from botocore.exceptions import ClientError

from scripts.deployment.list_calls import LIST_CALLS, SAMPLING_RULE, ListCall
from stacks.evaluation.intrinsics import Environment, evaluate
from stacks.names import Names

# Deleted with their owner: an event bus that still has rules is not deleted.
_OWNED_TYPES: Final = frozenset({"AWS::Events::Rule"})
# Parts of error codes: these credentials may not list it, or the service (in the local engine) has no such list, or
# there is no such service.
_NOT_LISTED: Final = (
    "400",
    "AccessDenied",
    "InvalidAction",
    "InvalidOperation",
    "UnauthorizedOperation",
    "UnknownOperation",
)


def names_in_templates(templates: Iterable[str], names: Names) -> dict[str, frozenset[str]]:
    """The names that the templates give in this environment, by resource type.

    A name that holds what only a deployed stack knows (an API's id) is left out. Raises KeyError for a type that is
    named after the environment and has no list call.
    """
    values = {
        "EnvironmentSuffix": names.suffix,
        "AWS::AccountId": names.account,
        "AWS::Region": names.region,
        "AWS::Partition": names.partition,
    }
    by_type: dict[str, set[str]] = {}
    for text in templates:
        for resource in json.loads(text)["Resources"].values():
            for name in _names_of(resource, values):
                by_type.setdefault(resource["Type"], set()).add(name)
    return {resource_type: frozenset(type_names) for resource_type, type_names in by_type.items()}


def existing_names(
    client: Callable[[str], Any], expected: Mapping[str, frozenset[str]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Those of the `expected` names that exist, by resource type; and the types that could not be listed.

    `client` makes a boto3 client for a service's name. Raises botocore's errors but for a right that is missing.
    """
    existing: dict[str, list[str]] = {}
    unlisted = []
    for resource_type, type_names in sorted(expected.items()):
        listed = _listed(client, LIST_CALLS[resource_type])
        if listed is None:
            unlisted.append(resource_type)
        elif type_names & listed:
            existing[resource_type] = sorted(type_names & listed)
    return existing, unlisted


def names_that_hold(client: Callable[[str], Any], suffix: str) -> dict[str, list[str]]:
    """Every name that ends with the suffix, or holds it between hyphens, by type: also of what no template names."""
    found = {}
    for resource_type, call in LIST_CALLS.items():
        names = _listed(client, call) or ()
        held = sorted(name for name in names if f"-{suffix}-" in f"{name.replace('/', '-')}-")
        if held:
            found[resource_type] = held
    return found


def _listed(client: Callable[[str], Any], call: ListCall) -> set[str] | None:
    """The names of all resources of a type; None where they can't be listed."""
    try:
        return _list(client, call)
    except ClientError as error:
        if not any(code in error.response["Error"]["Code"] for code in _NOT_LISTED):
            raise
        return None


def _list(client: Callable[[str], Any], call: ListCall) -> set[str]:
    items = (item for page in _pages(client(call.service), call) for item in page.get(call.items, ()))
    fields = call.name.split(".") if call.name else []
    values = (reduce(getitem, fields, item) for item in items)
    return {value.rsplit(call.separator, 1)[-1] if call.separator else value for value in values}


def _pages(client: Any, call: ListCall) -> Iterable[Any]:
    if client.can_paginate(call.operation):
        yield from client.get_paginator(call.operation).paginate(**call.arguments)
        return
    page = getattr(client, call.operation)(**call.arguments)
    yield page
    while page.get(call.next_marker):
        page = getattr(client, call.operation)(**call.arguments, **{call.next_marker: page[call.next_marker]})
        yield page


def _names_of(resource: Mapping[str, Any], values: Mapping[str, str]) -> Iterable[str]:
    """The resource's name: its property that ends with Name and holds the environment's suffix."""
    if resource["Type"] in _OWNED_TYPES:
        return
    properties = resource.get("Properties", {})
    if resource["Type"] == SAMPLING_RULE:
        properties = {"RuleName": properties["SamplingRule"]["RuleName"]}
    for property_name, value in properties.items():
        if not property_name.endswith("Name") or "${EnvironmentSuffix}" not in json.dumps(value):
            continue
        if resource["Type"] not in LIST_CALLS:
            raise KeyError(resource["Type"])
        name = evaluate(value, Environment(names=values))
        if isinstance(name, str):
            yield name
