"""Warns of what an update does beside its changes: what a roll-back could not undo, and values that it writes again.

R9001, R9015 and R9002 of docs/aws-facts.md, in this order.
"""

from collections.abc import Mapping
from typing import Final

from scripts.review.access.settings import encryption_keys
from scripts.review.model import Action, Review
from scripts.review.values import same
from stacks.evaluation.intrinsics import written
from stacks.evaluation.resolved_stack import Resource, Resources

_KEEPING: Final = {
    "AWS::Logs::LogGroup": "lines",
    "AWS::S3::Bucket": "objects",
    "AWS::SQS::Queue": "messages",
    "AWS::SecretsManager::Secret": "secrets",
}
_PARAMETER: Final = "AWS::SSM::Parameter"
_TABLE: Final = "AWS::DynamoDB::Table"


def updated_parameters(review: Review, before: Resources, after: Resources) -> dict[str, tuple[str, str]]:
    """The SSM parameters that the change updates: name -> values in the deployed and in the new template."""
    keys = [
        (change.path, change.logical_id)
        for change in review.changes
        if change.resource_type == _PARAMETER and change.action is not Action.REMOVE
    ]
    return {
        _text(before[key], "Name"): (_text(before[key], "Value"), _text(after[key], "Value"))
        for key in keys
        if key in before and key in after
    }


def update_warnings(
    review: Review, before: Resources, after: Resources, live_values: Mapping[str, str]
) -> list[str]:
    """Sentences for the review's notes. live_values: those of updated_parameters, by name, as far as they are known."""
    warnings = []
    raised = {key for key in before.keys() & after.keys() if _units(after[key]) > _units(before[key])}
    if raised and any((change.path, change.logical_id) not in raised for change in review.changes):
        warnings.append(
            "WarmThroughput rises together with other changes: if one of those fails, the roll-back is refused, as "
            "DynamoDB never lowers it, and the stack is stuck; raise it in an update of its own"
        )
    rekeyed = (key for key in before.keys() & after.keys() if _changes_key(before[key], after[key]))
    kept = sorted({_KEEPING[after[key].type] for key in rekeyed})
    if kept:
        warnings.append(
            f"another key encrypts what comes from now on; {', '.join(kept)} that are there stay under the former key: "
            "keep it, and the rights of who reads them; set secrets again to have them under the new one alone"
        )
    for name, values in updated_parameters(review, before, after).items():
        live = live_values.get(name)
        if live is not None and live not in values:
            warnings.append(
                f"{name} was changed by hand, and this writes the template's value again; until now it is: {live}"
            )
    return warnings


def _changes_key(before: Resource, after: Resource) -> bool:
    old, new = encryption_keys(before.properties), encryption_keys(after.properties)
    return after.type in _KEEPING and bool(old) and not same(old, new)


def _text(resource: Resource, name: str) -> str:
    return str(written(resource.properties).get(name, ""))


def _units(resource: Resource) -> int:
    units = str(resource.get("WarmThroughput", "WriteUnitsPerSecond")) if resource.type == _TABLE else ""
    return int(units) if units.isdecimal() else 0
