"""Compares new templates with a deployed stack, property by property, without a call to CloudFormation.

It covers what a change set does not show: nested stacks of a first creation, property values, a local engine's change
sets. Replacement is predicted from the resource schemas, and carried on to what refers to a replaced resource.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from scripts.review.danger import METHOD, Facts, classify
from scripts.review.model import KNOWN_AFTER_APPLY, Action, PropertyChange, Replacement, Review, make_review
from scripts.review.renames import renames_in
from scripts.review.replacement import REFERENCE, FactsOf, Prediction, name_conflicts, predict
from scripts.review.stops import unsuited_runtime
from scripts.review.values import differences, same, shown_path
from stacks.evaluation.intrinsics import Json, Reference, written
from stacks.evaluation.resolved_stack import NESTED_STACK, Resource, Resources

SOURCE: Final = "templates"
# What a nested stack is made of is shown inside of it.
_SHOWN_INSIDE: Final = ("TemplateURL", "Parameters")


def diff_templates(
    stack_name: str,
    before: Resources | None,
    after: Resources,
    facts_of: FactsOf,
    secrets: Sequence[str] = (),
    account: str = "",
) -> Review:
    """Review of the change from the resources `before` (None: there is no stack yet) to `after`.

    Both come from resolve_stack, with the same pseudo parameters. secrets: texts never to be shown. account: the
    number of ours; ARNs of another one are shown.
    """
    old, new = _written(before or {}), _written(after)
    renames = tuple(renames_in(old, new))
    # What another key encrypts, other people may read: that is no mere following.
    followed = {one.after: one.before for one in renames if one.resource_type != "AWS::KMS::Key"}
    facts = [
        *_added(old, new, facts_of, first_creation=before is None),
        *_removed(old, new, {rename.before for rename in renames}),
        *_modified(old, new, facts_of, followed),
    ]
    notes = (
        f"{'/'.join((*resource.path, resource.logical_id))}: its condition is known after apply"
        for resource in {**old, **new}.values()
        if not resource.certain
    )
    changes = [classify(change, secrets, account) for change in facts]
    return make_review(stack_name, SOURCE, changes, notes, renames)


def _written(resources: Resources) -> Resources:
    """The resources with JSON properties, in which `${Security/Key.Arn}` stands for an unknown value."""
    return {
        key: replace(resource, properties=written(resource.properties)) for key, resource in resources.items()
    }


def _added(old: Resources, new: Resources, facts_of: FactsOf, *, first_creation: bool) -> Iterator[Facts]:
    conflicts = name_conflicts(old, new, facts_of)
    added = frozenset(str(Reference(*key)) for key in new.keys() - old.keys())
    for key in new.keys() - old.keys():
        yield Facts(
            *key,
            new[key].type,
            Action.ADD,
            after=new[key].properties,
            physical_name=_name(new[key], new),
            fails=conflicts.get(key, ""),
            first_creation=first_creation,
            added=added,
        )


def _removed(old: Resources, new: Resources, renamed: set[str]) -> Iterator[Facts]:
    removed = frozenset(str(Reference(*key)) for key in old.keys() - new.keys())
    for key in old.keys() - new.keys():
        resource = old[key]
        is_nested_stack = resource.type == NESTED_STACK
        if is_nested_stack and any(inner[0] == (*key[0], key[1]) for inner in old):
            continue  # each resource in it is shown by itself
        yield Facts(
            *key,
            resource.type,
            Action.REMOVE,
            before=None if is_nested_stack else resource.properties,
            physical_name=_name(resource, old),
            deletion_policy=resource.deletion_policy,
            added=removed,
            notes=("only renamed, but made anew",) if "/".join((*key[0], key[1])) in renamed else (),
        )


def _modified(
    old: Resources, new: Resources, facts_of: FactsOf, former_names: Mapping[str, str]
) -> Iterator[Facts]:
    """former_names: paths of renamed resources, so that a reference that only follows is no other right or setting."""
    for key, prediction in predict(old, new, facts_of).items():
        before, after = old[key], new[key]
        properties = (
            *_property_changes(before, after, prediction, former_names),
            *_attribute_changes(before, after),
        )
        if not properties and prediction.replacement is Replacement.NEVER and not prediction.fails:
            continue
        yield Facts(
            *key,
            after.type,
            Action.MODIFY,
            before=before.properties,
            after=_with_names(after.properties, former_names),
            properties=properties,
            replacement=prediction.replacement,
            physical_name=_name(before, old),
            deletion_policy=before.deletion_policy,
            replace_policy="Delete" if before.replace_policy == "Delete" else after.replace_policy,
            why_replaced=prediction.why,
            fails=prediction.fails,
            fails_if_replaced=prediction.fails_if_replaced,
            stops=unsuited_runtime(before, after, new),
        )


def _with_names(value: Json, former: Mapping[str, str]) -> Json:
    """The value with references under their former names."""
    if not former:
        return value
    text = REFERENCE.sub(lambda found: f"${{{former.get(found[1], found[1])}{found[2]}}}", json.dumps(value))
    return json.loads(text)


def _property_changes(
    before: Resource, after: Resource, prediction: Prediction, former_names: Mapping[str, str]
) -> Iterator[PropertyChange]:
    for difference in differences(before.properties, after.properties):
        if before.type == NESTED_STACK and difference.path[0] in _SHOWN_INSIDE:
            continue
        replaces = prediction.by_pointer(difference.path)
        follows = same(difference.before, _with_names(difference.after, former_names))
        value = f"{difference.before} {KNOWN_AFTER_APPLY}" if follows else difference.after
        yield PropertyChange(shown_path(difference.path), difference.before, value, replaces)
    yield from prediction.carried


def _attribute_changes(before: Resource, after: Resource) -> Iterator[PropertyChange]:
    for name, old, new in (
        ("DeletionPolicy", before.deletion_policy, after.deletion_policy),
        ("UpdateReplacePolicy", before.replace_policy, after.replace_policy),
    ):
        if not same(old, new):
            yield PropertyChange(name, old, new)


def _name(resource: Resource, resources: Resources) -> str:
    """The physical name: the property `Name`, or of a Table `TableName`, or a method's route; else empty."""
    if resource.type == METHOD:
        return f"{resource.get('HttpMethod')} {_route(resource.get('ResourceId'), resources)}"
    names = (f"{resource.type.rpartition('::')[2]}Name", "Name")
    values = (resource.properties.get(name) for name in names)
    return next((value for value in values if isinstance(value, str)), "")


def _route(reference: Json, resources: Resources) -> str:
    """`/webhook/{endpoint}` for the reference to an API's resource; `/` for the API itself."""
    for resource in resources.values():
        if resource.type == "AWS::ApiGateway::Resource" and str(Reference(*resource.key)) == reference:
            parent = _route(resource.get("ParentId"), resources)
            return f"{parent.rstrip('/')}/{resource.get('PathPart')}"
    return "/"
