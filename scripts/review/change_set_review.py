"""Makes a review from a change set and those of its nested stacks, read with and without property values.

With IncludePropertyValues CloudFormation can leave changes out and only hints at it in StatusReason (aws/aws-cdk-cli
issue 1780); without, it gives no values. So both answers are merged, and no change that either one names is lost.
Where the change set does not know a value (`{{changeSet:KNOWN_AFTER_APPLY}}`), the templates decide if they can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from scripts.cloudformation.change_sets import Pages
from scripts.review.change_set_entries import Entry, merged_entries
from scripts.review.danger import Facts, classify
from scripts.review.model import Action, Change, Danger, Replacement, Review, make_review
from stacks.evaluation.intrinsics import StackPath
from stacks.evaluation.resolved_stack import NESTED_STACK

SOURCE: Final = "change set"
_INCOMPLETE: Final = "can return incomplete ChangeSet data"
PREDICTED: Final = "as the templates say; the change set does not show it"


def merge_change_sets(
    stack_name: str,
    root: str,
    plain: Pages,
    valued: Pages,
    *,
    first_creation: bool = False,
    predicted: Review | None = None,
    secrets: Sequence[str] = (),
) -> Review:
    """Makes one review of a change set and those of its nested stacks.

    root: the id of the root's change set. plain, valued: the pages of every change set, asked without and with
    IncludePropertyValues; a change set may be missing in either. predicted: what the templates say (template_diff),
    for what the change set leaves open. secrets: texts never to be shown.
    """
    merge = _Merge(plain, valued, first_creation, predicted, secrets)
    changes = list(merge.changes(root, ()))
    return make_review(stack_name, SOURCE, changes, merge.notes)


class _Merge:
    def __init__(
        self,
        plain: Pages,
        valued: Pages,
        first_creation: bool,
        predicted: Review | None,
        secrets: Sequence[str],
    ) -> None:
        self._plain, self._valued = plain, valued
        self._first_creation, self._secrets = first_creation, secrets
        expected = predicted.changes if predicted else ()
        self._predicted = {(change.path, change.logical_id): change for change in expected}
        self._knows_templates = predicted is not None
        self.notes: list[str] = []

    def changes(self, change_set: str, path: StackPath) -> Iterator[Change]:
        plain, valued = self._plain.get(change_set, ()), self._valued.get(change_set, ())
        if any(_INCOMPLETE in str(page.get("StatusReason", "")) for page in valued):
            self.notes.append("CloudFormation gave property values for a part of the changes only")
        for entry in merged_entries(plain, valued):
            if entry.resource_type == NESTED_STACK:
                yield from self._nested(entry, path)
            else:
                yield self._change(entry, path)

    def _nested(self, entry: Entry, path: StackPath) -> Iterator[Change]:
        inner = (*path, entry.logical_id)
        if entry.nested_change_set:
            yield from self.changes(entry.nested_change_set, inner)
            if entry.action is Action.MODIFY:
                return
        else:
            within = [change for change in self._predicted.values() if change.path[: len(inner)] == inner]
            yield from (replace(change, reasons=(*change.reasons, PREDICTED)) for change in within)
            if entry.action is Action.MODIFY and self._knows_templates:
                return
            if not within:
                self.notes.append(f"{'/'.join(inner)}: the change set does not show what changes inside")
        # Nested stacks are updated in place: Conditional only says that their outputs are not known yet.
        yield self._change(entry.updated_in_place(), path)

    def _change(self, entry: Entry, path: StackPath) -> Change:
        predicted = self._predicted.get((path, entry.logical_id))
        settled = entry
        notes: tuple[str, ...] = ()
        if self._knows_templates and entry.is_open and not _replaces(predicted):
            settled = entry.updated_in_place()
            notes = (
                "CloudFormation cannot tell before it runs; by the templates the references stay the same",
            )
        elif entry.is_open and predicted is not None and predicted.replacement is Replacement.ALWAYS:
            settled = replace(entry, replacement=Replacement.ALWAYS)
        facts = self._facts(settled, path, notes, predicted)
        if self._knows_templates and entry.is_veiled:
            facts = replace(facts, access=predicted.access if predicted else ())
        change = classify(facts, self._secrets)
        if predicted is not None and not entry.has_values:
            return _with_prediction(change, predicted)
        return change

    def _facts(
        self, entry: Entry, path: StackPath, notes: tuple[str, ...], predicted: Change | None
    ) -> Facts:
        fails, fails_if_replaced = _trouble(predicted)
        return Facts(
            path,
            entry.logical_id,
            entry.resource_type,
            entry.action,
            before=entry.before,
            after=entry.after,
            properties=entry.properties,
            replacement=entry.replacement,
            physical_name=entry.physical_id,
            deletion_policy=entry.kept_by or "Delete",
            replace_policy=entry.kept_by or "Delete",
            why_replaced=entry.why_replaced,
            fails=fails,
            fails_if_replaced=fails_if_replaced,
            first_creation=self._first_creation,
            notes=notes,
        )


def _replaces(change: Change | None) -> bool:
    return change is not None and change.replacement is not Replacement.NEVER


def _trouble(predicted: Change | None) -> tuple[str, str]:
    """Why the change will fail by the templates, and why its replacement will, if the change set says that it comes."""
    if predicted is None:
        return "", ""
    if _replaces(predicted):
        return "", predicted.fails or predicted.may_fail
    return predicted.fails, ""


def _with_prediction(change: Change, predicted: Change) -> Change:
    """Adds the templates' properties and access to a change without values, and takes the greater danger."""
    access = (*change.access, *(access for access in predicted.access if access not in change.access))
    danger = max(change.danger, predicted.danger)
    in_place = change.action is Action.MODIFY and change.replacement is Replacement.NEVER
    if in_place and predicted.danger is Danger.REPLACES:
        # it does know what it replaces: a prediction does not overrule it, but for what it says of access
        widens = any(access.effect.may_widen for access in predicted.access)
        danger = max(change.danger, Danger.WIDENS_ACCESS if widens else Danger.ADDS)
    return replace(
        change,
        danger=danger,
        properties=predicted.properties or change.properties,
        access=access,
        reasons=tuple(dict.fromkeys((*change.reasons, *predicted.reasons))),
        physical_name=change.physical_name or predicted.physical_name,
    )
