"""Makes a review from a change set and those of its nested stacks, read with and without property values.

With IncludePropertyValues CloudFormation can leave changes out and only hints at it in StatusReason (aws/aws-cdk-cli
issue 1780); without, it gives no values. So both answers are merged, and no change that either one names is lost.
Where the change set does not know a value (`{{changeSet:KNOWN_AFTER_APPLY}}`), the templates decide if they can.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from scripts.cloudformation.change_sets import Page, Pages
from scripts.review.danger import METHOD, Facts, classify
from scripts.review.model import (
    KNOWN_AFTER_APPLY,
    Action,
    Change,
    Danger,
    PropertyChange,
    Replacement,
    Review,
    make_review,
)
from scripts.review.replacement import strongest
from scripts.review.values import differences, shown, shown_path
from stacks.evaluation.intrinsics import Json, StackPath
from stacks.evaluation.resolved_stack import NESTED_STACK

SOURCE: Final = "change set"
PREDICTED: Final = "predicted from the templates, as the change set does not show it"
_INCOMPLETE: Final = "can return incomplete ChangeSet data"
_UNKNOWN: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_NOT_GIVEN: Final = "(not given)"
_RECREATION: Final = {"Always": Replacement.ALWAYS, "Conditionally": Replacement.CONDITIONAL}


def merge_change_sets(
    stack_name: str,
    root: str,
    plain: Pages,
    valued: Pages,
    *,
    first_creation: bool = False,
    predicted: Review | None = None,
    secrets: Sequence[str] = (),
    account: str = "",
) -> Review:
    """Makes one review of a change set and those of its nested stacks.

    root: the id of the root's change set. plain, valued: the pages of every change set, asked without and with
    IncludePropertyValues; a change set may be missing in either. predicted: what the templates say (template_diff),
    for what the change set leaves open. secrets: texts never to be shown. account: the number of ours.
    """
    expected = (
        {(change.path, change.logical_id): change for change in predicted.changes} if predicted else None
    )
    merge = _Merge(plain, valued, expected, first_creation, secrets, account)
    changes = list(merge.changes(root, ()))
    return make_review(stack_name, SOURCE, changes, merge.notes, predicted.renames if predicted else ())


@dataclass(frozen=True)
class _Entry:
    """One ResourceChange. `is_open`: it may replace, but only because of values that are known after apply."""

    facts: Facts
    nested_change_set: str
    is_open: bool
    has_values: bool

    @property
    def is_veiled(self) -> bool:
        """True if some of its new values are known only after apply."""
        return KNOWN_AFTER_APPLY in json.dumps(self.facts.after, ensure_ascii=False)

    def updated_in_place(self) -> "_Entry":
        properties = tuple(replace(change, replacement=Replacement.NEVER) for change in self.facts.properties)
        facts = replace(self.facts, replacement=Replacement.NEVER, why_replaced="", properties=properties)
        return replace(self, facts=facts, is_open=False)


@dataclass
class _Merge:
    """`predicted` holds the templates' changes; None where the templates are not known."""

    plain: Pages
    valued: Pages
    predicted: Mapping[tuple[StackPath, str], Change] | None
    first_creation: bool
    secrets: Sequence[str]
    account: str
    notes: list[str] = field(default_factory=list)

    def changes(self, change_set: str, path: StackPath) -> Iterator[Change]:
        plain, valued = self.plain.get(change_set, ()), self.valued.get(change_set, ())
        if any(_INCOMPLETE in str(page.get("StatusReason", "")) for page in valued):
            self.notes.append("CloudFormation gave property values for a part of the changes only")
        with_values, without = _by_logical_id(valued), _by_logical_id(plain)
        for logical_id in {**with_values, **without}:
            forms = [form[logical_id] for form in (with_values, without) if logical_id in form]
            entry = _entry(path, forms)
            if entry.facts.resource_type == NESTED_STACK:
                yield from self._nested(entry)
            else:
                yield self._change(entry)

    def _nested(self, entry: _Entry) -> Iterator[Change]:
        inner = (*entry.facts.path, entry.facts.logical_id)
        is_modified = entry.facts.action is Action.MODIFY
        if entry.nested_change_set:
            yield from self.changes(entry.nested_change_set, inner)
            if is_modified:
                return
        else:
            expected = (self.predicted or {}).values()
            within = [change for change in expected if change.path[: len(inner)] == inner]
            yield from within
            if within:
                self.notes.append(f"in nested stacks: {PREDICTED}")
            if is_modified and self.predicted is not None:
                return
            if not within:
                self.notes.append(f"{'/'.join(inner)}: the change set does not show what changes inside")
        # Nested stacks are updated in place: Conditional only says that their outputs are not known yet.
        yield self._change(entry.updated_in_place())

    def _change(self, entry: _Entry) -> Change:
        facts = replace(entry.facts, first_creation=self.first_creation)
        if self.predicted is None:
            return classify(facts, self.secrets, self.account)
        predicted = self.predicted.get((facts.path, facts.logical_id))
        replaces = predicted is not None and predicted.replacement is not Replacement.NEVER
        if entry.is_open and not replaces:
            words = "CloudFormation cannot tell before it runs; by the templates the references stay the same"
            facts = replace(
                entry.updated_in_place().facts, first_creation=self.first_creation, notes=(words,)
            )
        elif entry.is_open and predicted is not None and predicted.replacement is Replacement.ALWAYS:
            facts = replace(facts, replacement=Replacement.ALWAYS)
        if entry.is_veiled:
            facts = replace(facts, access=predicted.access if predicted else ())
            facts = replace(facts, properties=tuple(_as_predicted(facts.properties, predicted)))
        if predicted is None:
            return classify(facts, self.secrets, self.account)
        facts = replace(facts, stops=predicted.stops)
        if facts.resource_type == METHOD:
            facts = replace(facts, physical_name=predicted.physical_name)  # its route, instead of an id
        if replaces:  # the update fails only if the change set says, too, that the replacement comes
            facts = replace(facts, fails_if_replaced=predicted.fails or predicted.may_fail)
        else:
            facts = replace(facts, fails=predicted.fails)
        change = classify(facts, self.secrets, self.account)
        return change if entry.has_values else _with_prediction(change, predicted)


def _as_predicted(properties: Sequence[PropertyChange], predicted: Change | None) -> Iterator[PropertyChange]:
    """The properties, each marked that only follows what it refers to: unknown, and the same in the templates."""
    changed = {row.name for row in predicted.properties} if predicted else set()
    for row in properties:
        follows = row.name not in changed and KNOWN_AFTER_APPLY in shown(row.after)
        yield replace(row, after=f"{row.before} {KNOWN_AFTER_APPLY}") if follows else row


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
        losses=tuple(dict.fromkeys((*change.losses, *predicted.losses))),
        physical_name=change.physical_name or predicted.physical_name,
    )


def _by_logical_id(pages: Sequence[Page]) -> dict[str, Mapping[str, Any]]:
    return {
        entry["ResourceChange"]["LogicalResourceId"]: entry["ResourceChange"]
        for page in pages
        for entry in page.get("Changes", ())
        if "ResourceChange" in entry
    }


def _entry(path: StackPath, forms: Sequence[Mapping[str, Any]]) -> _Entry:
    """The entry of a resource from the one or two forms that name it, the one with values first."""

    def first(name: str) -> Any:
        return next((form[name] for form in forms if form.get(name)), "")

    details = _details(forms)
    before, after = _context(first("BeforeContext")), _context(first("AfterContext"))
    action = Action(first("Action"))
    # What is only decided while it runs may be a replacement; a nested stack is always updated in place.
    least = Replacement.CONDITIONAL if action is Action.DYNAMIC else Replacement.NEVER
    given = (Replacement(form.get("Replacement") or "False") for form in forms)
    replacement = strongest((least, *given))
    causes = [detail for detail in details if _recreation(detail) is not Replacement.NEVER]
    is_added = action is Action.ADD
    # Retain, Snapshot or ReplaceAndRetain, ReplaceAndSnapshot: the old resource is kept
    kept_by = first("PolicyAction").removeprefix("ReplaceAnd")
    policy = kept_by if kept_by in ("Retain", "Snapshot") else "Delete"
    facts = Facts(
        path,
        logical_id=first("LogicalResourceId"),
        resource_type=first("ResourceType"),
        action=action,
        before=None if is_added else before,
        after=None if action is Action.REMOVE else after,
        properties=() if is_added else tuple(_properties(before, after, details)),
        replacement=Replacement.NEVER if is_added else replacement,
        physical_name=first("PhysicalResourceId"),
        deletion_policy=policy,
        replace_policy=policy,
        why_replaced=_why(causes),
    )
    may_replace = replacement is not Replacement.NEVER and bool(causes)
    return _Entry(
        facts,
        nested_change_set=first("ChangeSetId"),
        is_open=may_replace and all(_is_open(cause) for cause in causes),
        has_values=before is not None or after is not None or any(_has_value(detail) for detail in details),
    )


def _details(forms: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Details of the first form, then those of the second on properties that the first does not name."""
    merged: list[Mapping[str, Any]] = []
    for form in forms:
        known = {_name(detail) for detail in merged}
        merged += [detail for detail in form.get("Details", ()) if _name(detail) not in known]
    return merged


def _name(detail: Mapping[str, Any]) -> tuple[str, str]:
    target = detail.get("Target", {})
    return str(target.get("Attribute", "")), str(target.get("Name", ""))


def _recreation(detail: Mapping[str, Any]) -> Replacement:
    return _RECREATION.get(str(detail.get("Target", {}).get("RequiresRecreation")), Replacement.NEVER)


def _is_open(detail: Mapping[str, Any]) -> bool:
    return detail.get("Evaluation") == "Dynamic" or _UNKNOWN in detail.get("Target", {}).get("AfterValue", "")


def _has_value(detail: Mapping[str, Any]) -> bool:
    return not {"BeforeValue", "AfterValue"}.isdisjoint(detail.get("Target", {}))


def _why(causes: Sequence[Mapping[str, Any]]) -> str:
    names = sorted({_name(cause)[1] or _name(cause)[0] for cause in causes})
    if not names:
        return ""
    always = any(_recreation(cause) is Replacement.ALWAYS for cause in causes)
    word = "cannot" if always else "may not be able to"
    return f"{', '.join(names)} {word} change in place"


def _context(text: str) -> Mapping[str, Json] | None:
    """The properties in a BeforeContext or AfterContext, `(known after apply)` for values not known yet."""
    if not text:
        return None
    properties: Mapping[str, Json] = json.loads(text.replace(_UNKNOWN, KNOWN_AFTER_APPLY)).get(
        "Properties", {}
    )
    return properties


def _properties(
    before: Mapping[str, Json] | None, after: Mapping[str, Json] | None, details: Sequence[Mapping[str, Any]]
) -> Iterator[PropertyChange]:
    recreation = {_name(detail)[1]: _recreation(detail) for detail in reversed(details)}
    seen: set[str] = set()
    if before is not None and after is not None:
        for difference in differences(before, after):
            seen.add(difference.path[0])
            replacement = recreation.get(difference.path[0], Replacement.NEVER)
            yield PropertyChange(
                shown_path(difference.path), difference.before, difference.after, replacement
            )
    for detail in details:
        change = _from_detail(detail)
        if change.name not in seen and change.path not in seen:
            seen.add(change.path)
            yield change


def _from_detail(detail: Mapping[str, Any]) -> PropertyChange:
    target = detail.get("Target", {})
    attribute, name = _name(detail)
    pointer = str(target.get("Path", "")).removeprefix("/Properties/").strip("/")
    path = pointer.replace("/", ".") or name or attribute
    before, after = (target.get(key) for key in ("BeforeValue", "AfterValue"))
    if before is None and after is None:  # a value that is there on one side only was added or removed
        before = after = _NOT_GIVEN
    else:
        before, after = (value and value.replace(_UNKNOWN, KNOWN_AFTER_APPLY) for value in (before, after))
    return PropertyChange(path, before, after, _recreation(detail))
