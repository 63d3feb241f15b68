"""What the managed policy of a function grants."""

from typing import Any

from tests.support.templates.resources import resource_named, statements


def grants(policy: str) -> list[tuple[list[str], list[Any], Any]]:
    """(actions, resources, condition) of each statement, beside what every function may."""
    return [
        (each["Action"], each["Resource"], each.get("Condition"))
        for each in statements(resource_named(policy)["PolicyDocument"])
        if not each["Action"][0].startswith(("logs:", "xray:", "kms:"))
    ]


def key_grants(policy: str) -> list[dict[str, Any]]:
    found = statements(resource_named(policy)["PolicyDocument"])
    return [each for each in found if each["Action"][0].startswith("kms:")]
