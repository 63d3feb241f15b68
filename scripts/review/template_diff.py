"""Compares new templates with a deployed stack, property by property, without a call to CloudFormation.

It covers what a change set does not show: nested stacks of a first creation, property values, a local engine's change
sets. Replacement is predicted from the resource schemas, and carried on to what refers to a replaced resource.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from scripts.review.danger import Facts, classify
from scripts.review.model import Action, Change, PropertyChange, Replacement, Review, make_review
from scripts.review.replacement import Prediction, name_conflicts, predict
from scripts.review.resource_schemas import FactsOf
from scripts.review.values import differences, same, shown_path
from stacks.evaluation.intrinsics import Reference, written
from stacks.evaluation.resolved_stack import NESTED_STACK, Resource, ResourceKey, Resources

SOURCE: Final = "templates"
# What a nested stack is made of is shown inside of it.
_SHOWN_INSIDE: Final = ("TemplateURL", "Parameters")


def diff_templates(
    stack_name: str,
    before: Resources | None,
    after: Resources,
    facts_of: FactsOf,
    secrets: Sequence[str] = (),
) -> Review:
    """Review of the change from the resources `before` (None: there is no stack yet) to `after`.

    Both come from resolve_stack, with the same pseudo parameters. secrets: texts never to be shown.
    """
    old, new = _written(before or {}), _written(after)
    predictions = predict(old, new, facts_of)
    conflicts = name_conflicts(old, new, facts_of)
    changes = [
        *_added(old, new, conflicts, first_creation=before is None, secrets=secrets),
        *_removed(old, new, secrets),
        *_modified(old, new, predictions, secrets),
    ]
    return make_review(stack_name, SOURCE, changes, _notes(old, new))


def _written(resources: Resources) -> Resources:
    """The resources with JSON properties, in which `${Security/Key.Arn}` stands for an unknown value."""
    return {
        key: replace(resource, properties=written(resource.properties)) for key, resource in resources.items()
    }


def _added(
    old: Resources,
    new: Resources,
    conflicts: Mapping[ResourceKey, str],
    *,
    first_creation: bool,
    secrets: Sequence[str],
) -> Iterator[Change]:
    added = frozenset(str(Reference(*key)) for key in new.keys() - old.keys())
    for key in new.keys() - old.keys():
        resource = new[key]
        facts = Facts(
            *key,
            resource.type,
            Action.ADD,
            after=resource.properties,
            physical_name=_name(resource),
            fails=conflicts.get(key, ""),
            first_creation=first_creation,
            added=added,
        )
        yield classify(facts, secrets)


def _removed(old: Resources, new: Resources, secrets: Sequence[str]) -> Iterator[Change]:
    for key in old.keys() - new.keys():
        resource = old[key]
        if resource.type == NESTED_STACK and any(inner[0] == (*key[0], key[1]) for inner in old):
            continue  # each resource in it is shown by itself
        facts = Facts(
            *key,
            resource.type,
            Action.REMOVE,
            before=None if resource.type == NESTED_STACK else resource.properties,
            physical_name=_name(resource),
            deletion_policy=resource.deletion_policy,
        )
        yield classify(facts, secrets)


def _modified(
    old: Resources,
    new: Resources,
    predictions: Mapping[ResourceKey, Prediction],
    secrets: Sequence[str],
) -> Iterator[Change]:
    for key in new.keys() & old.keys():
        before, after = old[key], new[key]
        prediction = predictions[key]
        properties = (
            *_property_changes(before, after, prediction),
            *_attribute_changes(before, after),
        )
        if not properties and prediction.replacement is Replacement.NEVER and not prediction.fails:
            continue
        facts = Facts(
            *key,
            after.type,
            Action.MODIFY,
            before=before.properties,
            after=after.properties,
            properties=properties,
            replacement=prediction.replacement,
            physical_name=_name(before),
            deletion_policy=before.deletion_policy,
            replace_policy=_weaker(before.replace_policy, after.replace_policy),
            why_replaced=prediction.why,
            fails=prediction.fails,
            fails_if_replaced=prediction.fails_if_replaced,
        )
        yield classify(facts, secrets)


def _property_changes(before: Resource, after: Resource, prediction: Prediction) -> Iterator[PropertyChange]:
    for difference in differences(before.properties, after.properties):
        if before.type == NESTED_STACK and difference.path[0] in _SHOWN_INSIDE:
            continue
        replaces = prediction.by_pointer(difference.path)
        yield PropertyChange(shown_path(difference.path), difference.before, difference.after, replaces)
    yield from prediction.carried


def _attribute_changes(before: Resource, after: Resource) -> Iterator[PropertyChange]:
    for name, old, new in (
        ("DeletionPolicy", before.deletion_policy, after.deletion_policy),
        ("UpdateReplacePolicy", before.replace_policy, after.replace_policy),
    ):
        if not same(old, new):
            yield PropertyChange(name, old, new)


def _weaker(before: str, after: str) -> str:
    return "Delete" if "Delete" in (before, after) else after


def _name(resource: Resource) -> str:
    """The physical name, where the template gives one: the first property whose name ends in Name."""
    own = resource.type.rpartition("::")[2]
    for name in (f"{own}Name", "Name"):
        value = resource.properties.get(name)
        if isinstance(value, str):
            return value
    return ""


def _notes(old: Resources, new: Resources) -> Iterator[str]:
    for resource in {**old, **new}.values():
        if not resource.certain:
            yield f"{'/'.join((*resource.path, resource.logical_id))}: its condition is known after apply"
