"""Makes the JSON document of a review for other programs. Its version allows new fields; none changes or is removed."""

from dataclasses import asdict
from typing import Any, Final

from scripts.review.model import AccessChange, Change, Review
from scripts.review.verdict import verdict

VERSION: Final = 1


def review_document(review: Review) -> dict[str, Any]:
    """`{"version", "stack", "source", "account", …, "verdict", "will_fail", "danger", "needs", "counts", "changes": …}`

    What the review is of (account, region, environment, commit, time) stands where it is known.
    """
    return {
        "version": VERSION,
        "stack": review.stack_name,
        "source": review.source,
        **review.origin,
        "verdict": {word.lower(): said for word, said in verdict(review).items()},
        "will_fail": {change.shown_path: change.fails for change in review.failing},
        "danger": review.danger.name if review.danger is not None else None,
        "needs": sorted(review.needs),
        "counts": {danger.name: count for danger, count in review.count().items()},
        "changes": [_change(change) for change in review.changes],
        "renames": [rename._asdict() for rename in review.renames],
        "notes": list(review.notes),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": list(change.path),
        "logical_id": change.logical_id,
        "physical_name": change.physical_name,
        "type": change.resource_type,
        "action": str(change.action),
        "danger": change.danger.name,
        "replacement": str(change.replacement),
        "needs": sorted(change.needs),
        "reasons": list(change.reasons),
        "losses": list(change.losses),
        "stops": list(change.stops),
        "fails": change.fails or None,
        "may_fail": change.may_fail or None,
        "properties": [asdict(property_change) for property_change in change.properties],
        "access": [_access(access) for access in change.access],
    }


def _access(change: AccessChange) -> dict[str, Any]:
    return {**asdict(change), "effect": change.effect.name, "surface": str(change.surface)}
