"""Warns of what an update does beside its changes: what a roll-back could not undo, and values that it writes again."""

from collections.abc import Mapping
from typing import Final

from scripts.review.model import Action, Review
from stacks.evaluation.intrinsics import written
from stacks.evaluation.resolved_stack import Resource, Resources
from stacks.lint.aws_fact import AwsFact

RISE_IS_NOT_ROLLED_BACK: Final = AwsFact(
    "R9001",
    "A rise of warm throughput comes in an update of its own",
    "DynamoDB never lowers warm throughput. Where another change of the same update fails, the roll-back writes the "
    "old value and is refused: UPDATE_ROLLBACK_FAILED.",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html",
    ("dynamodb", "cloudformation"),
)
VALUE_IS_WRITTEN_AGAIN: Final = AwsFact(
    "R9002",
    "Any update of an SSM parameter writes the template's value again",
    "Also one of its tags or description: a value that was set by hand in the meantime is lost.",
    "https://github.com/aws/aws-cdk/issues/25949",
    ("ssm", "cloudformation"),
)
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
    for name, values in updated_parameters(review, before, after).items():
        live = live_values.get(name)
        if live is not None and live not in values:
            warnings.append(
                f"{name} was changed by hand, and this writes the template's value again; until now it is: {live}"
            )
    return warnings


def _text(resource: Resource, name: str) -> str:
    return str(written(resource.properties).get(name, ""))


def _units(resource: Resource) -> int:
    units = str(resource.get("WarmThroughput", "WriteUnitsPerSecond")) if resource.type == _TABLE else ""
    return int(units) if units.isdecimal() else 0
