"""Words and signs that all renderers share."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from scripts.review.folding import Entry, fold
from scripts.review.model import Action, Change, Effect, Replacement, Review
from scripts.review.renames import rename_notes
from scripts.review.values import shown
from scripts.review.verdict import counted, names
from stacks.evaluation.intrinsics import Json

NOTHING: Final = "No change: what is deployed is what the templates say."
_DONE: Final = {
    Action.ADD: "+ add",
    Action.REMOVE: "- remove",
    Action.IMPORT: "> import",
    Action.DYNAMIC: "? decided later",
    Action.SYNC_WITH_ACTUAL: "~ bring back in line",
}
_REPLACED: Final = {Replacement.ALWAYS: "± replace", Replacement.CONDITIONAL: "± may replace"}
_CHANGED: Final = "~ change"
_NOTES: Final = {Replacement.ALWAYS: "replaces", Replacement.CONDITIONAL: "may replace"}
_ACCESS_SIGNS: Final = {Effect.WIDENS: "▲", Effect.UNKNOWN: "▲?", Effect.NARROWS: "▼"}
_MOST_TYPES: Final = 4
_KEPT_BEFORE: Final = 40  # characters before the first difference of two long values


def summary(review: Review) -> str:
    """`1 destroys data, 2 widen access, 5 added`"""
    return ", ".join(danger.counted(count) for danger, count in review.count().items()) or NOTHING


def origin(review: Review) -> str:
    """`account 123456789012, region eu-central-1, commit 1a2b3c`; empty where it is not known."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in review.origin.items() if value)


def allowance(review: Review) -> str:
    """The value of --allow that the review needs: `destroy,iam`; empty if it needs none."""
    return ",".join(sorted(review.needs))


def troubled(review: Review, most: int) -> list[tuple[str, str, str]]:
    """(`Will fail` or `May fail`, names, why), once for each reason, the certain ones first."""
    troubles = []
    for entry in fold(review):
        if entry.change.fails:
            troubles.append(("Will fail", names(entry.changes, most), entry.change.fails))
        if entry.change.may_fail:
            why = f"if it has to be replaced, {entry.change.may_fail}"
            troubles.append(("May fail", names(entry.changes, most), why))
    return sorted(troubles, key=lambda trouble: trouble[0], reverse=True)


def entries(review: Review) -> Iterator[Entry]:
    """Those that say more than that they fail, which stands above them."""
    for entry in fold(review):
        change = entry.change
        if change.reasons or change.access or change.properties or not (change.fails or change.may_fail):
            yield entry


def notes(review: Review) -> list[str]:
    return [*rename_notes(review.renames), *review.notes]


def done(entry: Entry) -> str:
    """Sign and verb of its changes, if they are all the same: `- remove`."""
    said = {
        _DONE.get(change.action) or _REPLACED.get(change.replacement, _CHANGED) for change in entry.changes
    }
    return said.pop() if len(said) == 1 else _CHANGED


def subject(entry: Entry) -> tuple[str, str, str]:
    """Of one resource its path, physical name and type; of several how many, nothing, and of which types most are."""
    change = entry.change
    if len(entry.changes) == 1:
        return change.shown_path, change.physical_name, change.short_type
    kinds = Counter(change.short_type for change in entry.changes).most_common()
    most = [f"{count} {kind}" for kind, count in kinds[:_MOST_TYPES]] if len(kinds) > 1 else []
    more = ["others"] if len(kinds) > _MOST_TYPES else []
    return counted(entry.changes), "", ", ".join([*most, *more])


class Row(NamedTuple):
    """What changes of a resource: an access change, with its values if they are more than a word, or a property."""

    text: str
    before: Json
    after: Json
    note: str = ""
    effect: str = ""
    has_values: bool = True


def rows(change: Change) -> Iterator[Row]:
    for one in change.access:
        is_long = any(isinstance(value, Mapping | list) for value in (one.before, one.after))
        text = f"{_ACCESS_SIGNS.get(one.effect, '=')} {one.summary}"
        yield Row(text, one.before, one.after, effect=one.effect.name, has_values=is_long)
    for row in change.properties:
        yield Row(row.path, row.before, row.after, _NOTES.get(row.replacement, ""))


def cut_pair(before: object, after: object, longest: int) -> tuple[str, str]:
    """Both values as text of at most `longest` characters, cut around their first difference."""
    texts = shown(before), shown(after)
    pairs = zip(*texts, strict=False)
    same = next((at for at, (old, new) in enumerate(pairs) if old != new), min(map(len, texts)))
    start = max(0, same - _KEPT_BEFORE) if max(map(len, texts)) > longest else 0
    first, second = (_cut(text, start, longest) for text in texts)
    return first, second


def _cut(text: str, start: int, longest: int) -> str:
    part = f"…{text[start:]}" if start else text
    return part if len(part) <= longest else f"{part[: longest - 1]}…"
