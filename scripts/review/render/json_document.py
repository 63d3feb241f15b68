"""Makes the JSON document of a review for other programs. Its version allows new fields; none changes or is removed."""

from dataclasses import asdict
from typing import Any, Final

from scripts.review.model import AccessChange, Change, Review

VERSION: Final = 1


def review_document(review: Review) -> dict[str, Any]:
    """`{"version", "stack", "source", "danger", "needs", "counts", "changes": [...], "notes"}`"""
    return {
        "version": VERSION,
        "stack": review.stack_name,
        "source": review.source,
        "danger": review.danger.name if review.danger is not None else None,
        "needs": sorted(review.needs),
        "counts": {danger.name: count for danger, count in review.count().items()},
        "changes": [_change(change) for change in review.changes],
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
        "fails": change.fails or None,
        "may_fail": change.may_fail or None,
        "properties": [asdict(property_change) for property_change in change.properties],
        "access": [_access(access) for access in change.access],
    }


def _access(change: AccessChange) -> dict[str, Any]:
    return {
        "what": change.what,
        "effect": change.effect.name,
        "surface": str(change.surface),
        "summary": change.summary,
        "before": change.before,
        "after": change.after,
    }
