"""Takes a tag change that many resources share out of a review: a hundred equal lines hide the few that matter."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from scripts.review.model import Change, Danger, PropertyChange, Replacement, Review
from scripts.review.values import shown

_TAG: Final = re.compile(r"(?:Tags\[(?P<listed>[^\]]+)\]\.Value|Tags\.(?P<mapped>.+))")
_MANY: Final = 5  # fewer are read as quickly one by one


@dataclass(frozen=True, slots=True)
class SharedTag:
    """A tag change: on how many `resources`, and on how many of them it is the `only` change."""

    name: str
    before: str
    after: str
    resources: int
    only: int

    def __str__(self) -> str:
        return (
            f"tag {self.name}: {self.before} → {self.after}, on {self.resources} resources; "
            f"on {self.only} of them nothing else changes"
        )


def without_shared_tags(review: Review) -> tuple[Review, tuple[SharedTag, ...]]:
    """The review without the tag changes that many resources share, and those tag changes.

    A resource with no other change is left out, unless its change is dangerous.
    """
    counts = Counter(key for change in review.changes for key in {*map(_key, change.properties)} if key)
    many = {key for key, count in counts.items() if count >= _MANY}
    if not many:
        return review, ()
    slim = [(change, _slim(change, many)) for change in review.changes]
    kept = tuple(rest for _, rest in slim if rest is not None)
    removed = [change for change, rest in slim if rest is None]
    only = Counter(key for change in removed for key in {*map(_key, change.properties)})
    return replace(review, changes=kept), tuple(
        SharedTag(*key, resources=counts[key], only=only[key]) for key in sorted(many)
    )


def _slim(change: Change, many: set[tuple[str, str, str]]) -> Change | None:
    rest = tuple(
        property_change for property_change in change.properties if _key(property_change) not in many
    )
    has_more = rest or change.access or change.reasons or change.fails or change.may_fail
    if len(rest) < len(change.properties) and not has_more and change.danger <= Danger.CHANGES:
        return None
    return replace(change, properties=rest)


def _key(change: PropertyChange) -> tuple[str, str, str] | None:
    """(tag name, value before, value after); None for another property, or if the change replaces the resource."""
    tag = _TAG.fullmatch(change.path)
    if tag is None or change.replacement is not Replacement.NEVER:
        return None
    return tag["listed"] or tag["mapped"], shown(change.before), shown(change.after)
