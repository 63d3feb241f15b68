"""E9009: a parameter can replace a resource that has a fixed name."""

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from cfnlint.template.template import Template

Pointer = tuple[str, ...]


class ReplacedUnderFixedName(CloudFormationLintRule):
    id = "E9009"
    shortdesc = "No parameter replaces a resource that has a fixed name"
    description = (
        "CloudFormation makes the new resource before it removes the old one. Where a property that can't be updated "
        "follows a parameter or condition while the name stays the same, the update fails: 'already exists'. Let the "
        "name follow the same parameter, or the property none."
    )
    source_url = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"
    tags = ["resources"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources().items():
            properties = resource.get("Properties", {})
            fixed, names = _fixed(str(resource.get("Type")))
            given = [value for pointer in names if (value := _at(properties, pointer)) is not None]
            if not given or len(given) < len(names):  # CloudFormation makes up the rest
                continue
            followed = _parameters(cfn, given)
            for pointer in fixed:
                if pointer in names:
                    continue
                for parameter in sorted(_parameters(cfn, _at(properties, pointer)) - followed):
                    path: list[str | int] = ["Resources", name, "Properties", *pointer]
                    matches.append(RuleMatch(path, f"another {parameter} replaces it under its fixed name"))
        return matches


def _fixed(resource_type: str) -> tuple[list[Pointer], list[Pointer]]:
    """The properties that can't be updated, as paths, e.g. `("SourceParameters", "StartingPosition")`, and the name.

    The name is the schema's primary identifier. Where AWS makes that up, an ARN or a URL, it is the property that is
    called after the type, as GroupName of a SecurityGroup, and not as LayerName of a LayerVersion: each is one more.
    """
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    except ResourceNotFoundError:  # another rule says so
        return [], []
    fixed, identifier, made = (
        [tuple(each.removeprefix("/properties/").split("/")) for each in schema.get(key, [])]
        for key in ("createOnlyProperties", "primaryIdentifier", "readOnlyProperties")
    )
    if not set(identifier) & set(made):
        return fixed, identifier
    kind = resource_type.rpartition("::")[2]
    called = [(name,) for name, *inner in fixed if not inner and name.endswith("Name")]
    return fixed, [(name,) for (name,) in called if kind.endswith(name.removesuffix("Name"))]


def _at(value: Any, pointer: Pointer) -> Any:
    """The value below `pointer`; None when there is none. Behind an Fn::If stands the value of either arm."""
    for step in pointer:
        if isinstance(value, dict) and set(value) == {"Fn::If"}:
            arms = [arm.get(step) for arm in value["Fn::If"][1:] if isinstance(arm, dict)]
            value = [value["Fn::If"][0], *arms] if any(arm is not None for arm in arms) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _parameters(cfn: Template, value: Any) -> set[str]:
    """The parameters that a value depends on, through conditions too; not those that another resource hands on."""
    text = str(value)
    conditions = cfn.template.get("Conditions", {})
    pending, seen = [text], {text}
    while pending:
        current = pending.pop()
        for name, condition in conditions.items():
            if f"'{name}'" in current and (following := str(condition)) not in seen:
                seen.add(following)
                pending.append(following)
    joined = " ".join(seen)
    return {
        name
        for name in cfn.template.get("Parameters", {})
        if f"'{name}'" in joined or f"${{{name}}}" in joined
    }
