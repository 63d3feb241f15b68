"""Predicts from the resource schemas which resources an update replaces, why, and whether it will fail.

The schemas are the copies in cfn-lint, which itself is not imported: that takes seconds. Their form is that of
cfn-lint 1.58 (pinned in requirements/dev.txt): providers/REGION.json maps a type to a file in resources/.
"""

import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from scripts.review.model import KNOWN_AFTER_APPLY, PropertyChange, Replacement
from scripts.review.one_way import one_way_trouble
from scripts.review.values import at_pointer, canonical, differences, shown_path
from stacks.evaluation.intrinsics import Json, Reference
from stacks.evaluation.resolved_stack import NESTED_STACK, Resource, ResourceKey, Resources

Pointer: TypeAlias = tuple[str, ...]

REFERENCE: Final = re.compile(r"\$\{([\w/]+)((?:\.[\w.]+)?)\}")
_NAME_IS_HELD: Final = (  # R9007
    "its name is taken by the one that is deployed, which CloudFormation deletes only afterwards"
)
# Attributes that an update in place makes anew: type, property, attribute.
_NEW_ATTRIBUTES: Final = {("AWS::DynamoDB::Table", "StreamSpecification"): ("StreamArn",)}
# R9004 of docs/aws-facts.md
_IMMUTABLE: Final = {
    "AWS::KMS::Key": frozenset({("KeySpec",), ("KeyUsage",), ("Origin",), ("MultiRegion",)}),
}
# R9005
_REPLACING: Final = {"AWS::DynamoDB::Table": frozenset({("KeySchema",)})}


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """The effects of property changes of one resource type.

    create_only: always replaces. conditional: may replace. immutable: fails. name: the property with the physical
    name that is unique in account and region; empty when there is none. identity: the properties that make up the
    primary identifier and can be set.
    """

    create_only: frozenset[Pointer] = frozenset()
    conditional: frozenset[Pointer] = frozenset()
    immutable: frozenset[Pointer] = frozenset()
    name: str = ""
    identity: frozenset[str] = frozenset()


FactsOf: TypeAlias = Callable[[str], TypeFacts]


def schema_folder() -> Path:
    """The folder with the schemas of the installed cfn-lint. Raises FileNotFoundError if it is not installed."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("cfn-lint is not installed: the review reads its resource schemas")
    return Path(spec.origin).parent / "data" / "schemas"


def facts_of(folder: Path, region: str) -> FactsOf:
    """A function from a resource type to its facts; each schema is read when first asked for.

    A region that cfn-lint does not know yet is taken as us-east-1. A type without a schema has no facts.
    """
    files = (folder / "providers" / f"{name}.json" for name in (region, "us-east-1"))
    index: Mapping[str, str] = json.loads(next(filter(Path.exists, files)).read_text("utf-8"))

    @cache
    def facts(resource_type: str) -> TypeFacts:
        file_name = index.get(resource_type)
        if file_name is None:
            return TypeFacts()
        schema = json.loads((folder / "resources" / f"{file_name}.json").read_text("utf-8"))
        return facts_in(resource_type, schema)

    return facts


def facts_in(resource_type: str, schema: Mapping[str, Any]) -> TypeFacts:
    """The facts that one resource schema states."""
    create_only = _pointers(schema, "createOnlyProperties") | _REPLACING.get(resource_type, frozenset())
    read_only = _pointers(schema, "readOnlyProperties")
    identity = {pointer[0] for pointer in _pointers(schema, "primaryIdentifier") - read_only}
    return TypeFacts(
        create_only=create_only,
        conditional=_pointers(schema, "conditionalCreateOnlyProperties") - create_only,
        immutable=_IMMUTABLE.get(resource_type, frozenset()),
        name=_name_property(resource_type, create_only),
        identity=frozenset(identity),
    )


def _pointers(schema: Mapping[str, Any], keyword: str) -> frozenset[Pointer]:
    return frozenset(
        tuple(pointer.removeprefix("/properties/").split("/")) for pointer in schema.get(keyword) or ()
    )


def _name_property(resource_type: str, create_only: frozenset[Pointer]) -> str:
    """The resource's own name: `Name`, or the type's last word and Name (`TableName` of a Table).

    Names of other things (`FunctionName` of a Permission) and names that a new version shares with the last one
    (`LayerName` of a LayerVersion) do not stand in the way of a replacement.
    """
    candidates = (f"{resource_type.rpartition('::')[2]}Name", "Name")
    return next((name for name in candidates if (name,) in create_only), "")


@dataclass(frozen=True)
class Prediction:
    """The predicted replacement of one resource.

    why: the properties that cause it. carried: changes by references to replaced resources. fails, fails_if_replaced:
    why the update, or a replacement, is refused.
    """

    replacement: Replacement = Replacement.NEVER
    why: str = ""
    fails: str = ""
    fails_if_replaced: str = ""
    pointers: Mapping[Pointer, Replacement] = field(default_factory=dict)
    carried: tuple[PropertyChange, ...] = ()

    def by_pointer(self, path: tuple[str, ...]) -> Replacement:
        """The replacement that a change of the property at this path causes."""
        names = tuple(part for part in path if not part.startswith("["))
        for pointer, replacement in self.pointers.items():
            shared = min(len(names), len(pointer))
            if names[:shared] == pointer[:shared]:
                return replacement
        return Replacement.NEVER


def predict(old: Resources, new: Resources, facts_of: FactsOf) -> dict[ResourceKey, Prediction]:
    """A Prediction for each resource that exists before and after.

    A replaced resource has new attributes, so resources that refer to them change, and may be replaced, too.
    """
    shared = old.keys() & new.keys()
    own = {key: _own(old[key], new[key], facts_of(new[key].type)) for key in shared}
    renewed = {text: Replacement.ALWAYS for key in shared for text in _renewed_attributes(old[key], new[key])}
    predictions = own
    while True:
        replaced = {key: one.replacement for key, one in predictions.items()}
        stale = renewed | {
            str(Reference(*key)): one for key, one in replaced.items() if one is not Replacement.NEVER
        }
        predictions = {
            key: _with_carried(one, old[key], new[key], facts_of(new[key].type), stale)
            for key, one in own.items()
        }
        if {key: one.replacement for key, one in predictions.items()} == replaced:
            return predictions


def _own(before: Resource, after: Resource, facts: TypeFacts) -> Prediction:
    if before.type != after.type:
        words = f"a resource cannot turn from {before.type} into {after.type}"
        return Prediction(fails=f"{words}: give the new one another logical id")
    retyped = _retyped_attributes(before, after)
    changed = {
        pointer for pointer in facts.create_only | facts.conditional if _differs(before, after, pointer)
    } - retyped
    pointers = {
        pointer: Replacement.ALWAYS if pointer in facts.create_only else Replacement.CONDITIONAL
        for pointer in sorted(changed)
    } | dict.fromkeys(retyped, Replacement.ALWAYS)
    changed |= retyped
    replacement = strongest(pointers.values())
    why = f"{_listed(changed)} cannot change in place" if replacement is Replacement.ALWAYS else ""
    if replacement is Replacement.CONDITIONAL:
        why = f"some changes of {_listed(changed)} cannot be made in place"
    taken = _why_name_is_taken(before, after, facts) if replacement is not Replacement.NEVER else ""
    return Prediction(replacement, why, _why_it_fails(before, after, facts), taken, pointers)


def _retyped_attributes(before: Resource, after: Resource) -> set[Pointer]:
    """AttributeDefinitions if one is edited: R9005."""
    if after.type != "AWS::DynamoDB::Table":
        return set()
    old, new = (
        {
            attribute.get("AttributeName"): attribute.get("AttributeType")
            for attribute in table.properties.get("AttributeDefinitions", ())
        }
        for table in (before, after)
    )
    edited = any(old[name] != new[name] for name in old.keys() & new.keys())
    return {("AttributeDefinitions",)} if edited else set()


def _differs(before: Resource, after: Resource, pointer: Pointer) -> bool:
    old, new = (at_pointer(side.properties, pointer) for side in (before, after))
    return canonical(old) != canonical(new)


def strongest(replacements: Iterable[Replacement]) -> Replacement:
    """The one that replaces most certainly; NEVER if there is none."""
    order = (Replacement.NEVER, Replacement.CONDITIONAL, Replacement.ALWAYS)
    return max(replacements, key=order.index, default=Replacement.NEVER)


def _listed(pointers: Iterable[Pointer]) -> str:
    return ", ".join(sorted(".".join(pointer) for pointer in pointers))


def _why_it_fails(before: Resource, after: Resource, facts: TypeFacts) -> str:
    immutable = {pointer for pointer in facts.immutable if _differs(before, after, pointer)}
    if immutable:
        return f"{_listed(immutable)} can never change: such an update is refused"
    return _index_trouble(before, after) or one_way_trouble(before, after)


def _why_name_is_taken(before: Resource, after: Resource, facts: TypeFacts) -> str:
    if _identity(before, facts) != _identity(after, facts) or not _identity(after, facts):
        return ""
    return (
        "its name is taken: CloudFormation makes the new one before it deletes the old one, and refuses to replace "
        "what has a fixed name"
    )


def _identity(resource: Resource, facts: TypeFacts) -> tuple[str, ...]:
    """The values that must be unique: the name and the other settable parts of the identifier; () without a name."""
    if not facts.name or facts.name not in resource.properties:
        return ()
    names = (facts.name, *sorted(facts.identity - {facts.name}))
    return tuple(canonical(resource.properties.get(name)) for name in names)


def _index_trouble(before: Resource, after: Resource) -> str:
    """Why a change of indexes fails: R9006."""
    if after.type != "AWS::DynamoDB::Table":
        return ""
    old, new = (
        {str(index.get("IndexName")) for index in side.properties.get("GlobalSecondaryIndexes") or ()}
        for side in (before, after)
    )
    count = len(old ^ new)
    return f"{count} indexes come or go, but a table takes one in an update" if count > 1 else ""


def _renewed_attributes(before: Resource, after: Resource) -> Iterator[str]:
    for (resource_type, name), attributes in _NEW_ATTRIBUTES.items():
        if after.type == resource_type and _differs(before, after, (name,)):
            yield from (str(Reference(*after.key, attribute)) for attribute in attributes)


def _with_carried(
    own: Prediction, before: Resource, after: Resource, facts: TypeFacts, stale: Mapping[str, Replacement]
) -> Prediction:
    """`own` with the changes by references to replaced resources. stale: reference -> replacement of its resource."""
    if after.type == NESTED_STACK:
        return own  # its parameters are followed inside of it
    changed = [difference.path for difference in differences(before.properties, after.properties)]
    carried: list[PropertyChange] = []
    replacement, why, taken = own.replacement, own.why, own.fails_if_replaced
    for path, text in _texts(after.properties):
        cause = strongest(stale[reference] for reference in _references(text) if reference in stale)
        if cause is Replacement.NEVER or any(
            path[: len(changed_path)] == changed_path for changed_path in changed
        ):
            continue
        effect = _effect_on(path, cause, facts)
        carried.append(PropertyChange(shown_path(path), text, f"{text} {KNOWN_AFTER_APPLY}", effect))
        if effect is not Replacement.NEVER:
            replacement = strongest((replacement, effect))
            why = why or f"{path[0]} refers to what is replaced"
            taken = taken or _why_name_is_taken(before, after, facts)
    return Prediction(replacement, why, own.fails, taken, own.pointers, tuple(carried))


def _effect_on(path: tuple[str, ...], cause: Replacement, facts: TypeFacts) -> Replacement:
    names = tuple(part for part in path if not part.startswith("["))
    if any(names[: len(pointer)] == pointer for pointer in facts.create_only):
        return cause
    if any(names[: len(pointer)] == pointer for pointer in facts.conditional):
        return Replacement.CONDITIONAL
    return Replacement.NEVER


def _texts(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*path, str(key)))
    elif isinstance(value, str):
        if "${" in value:
            yield path, value
    elif isinstance(value, Sequence):
        for at, inner in enumerate(value):
            yield from _texts(inner, (*path, f"[{at}]"))


def _references(text: str) -> Iterator[str]:
    """Each reference in a text: with its attribute, and without."""
    for match in REFERENCE.finditer(text):
        yield match.group()
        yield "${" + match.group(1) + "}"


def name_conflicts(old: Resources, new: Resources, facts_of: FactsOf) -> dict[ResourceKey, str]:
    """Added resources whose name still belongs to a deployed one, with the reason why they cannot be made."""
    holders: dict[tuple[str, tuple[str, ...]], Resource] = {}
    for resource in old.values():
        identity = _identity(resource, facts_of(resource.type))
        if identity:
            holders[resource.type, identity] = resource
    conflicts = {}
    for key in new.keys() - old.keys():
        facts = facts_of(new[key].type)
        holder = holders.get((new[key].type, _identity(new[key], facts)))
        if holder is not None:
            where = "/".join((*holder.path, holder.logical_id))
            conflicts[key] = f"its name is that of {where}" if holder.key in new else _NAME_IS_HELD
    return conflicts
