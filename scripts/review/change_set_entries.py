"""Merges the two forms in which DescribeChangeSet returns the changes of a change set: with and without values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from scripts.review.model import KNOWN_AFTER_APPLY, Action, PropertyChange, Replacement
from scripts.review.values import differences, shown_path
from stacks.evaluation.intrinsics import Json

_UNKNOWN: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
NOT_GIVEN: Final = "(not given)"
_RECREATION: Final = {
    "Always": Replacement.ALWAYS,
    "Conditionally": Replacement.CONDITIONAL,
    "Never": Replacement.NEVER,
}
_STRENGTH: Final = (Replacement.NEVER, Replacement.CONDITIONAL, Replacement.ALWAYS)
_KEEPING: Final = {
    "Retain": "Retain",
    "ReplaceAndRetain": "Retain",
    "Snapshot": "Snapshot",
    "ReplaceAndSnapshot": "Snapshot",
}


@dataclass(frozen=True)
class Entry:
    """One ResourceChange. `is_open`: it may replace, but only because of values that are known after apply.

    before, after: all effective properties; None where CloudFormation gives none. kept_by: Retain or Snapshot where
    the policy keeps the old resource.
    """

    logical_id: str
    resource_type: str
    action: Action
    physical_id: str
    replacement: Replacement
    kept_by: str
    nested_change_set: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None
    properties: tuple[PropertyChange, ...]
    why_replaced: str
    is_open: bool
    has_values: bool

    @property
    def is_veiled(self) -> bool:
        """True if some of its new values are known only after apply."""
        return KNOWN_AFTER_APPLY in json.dumps(self.after, ensure_ascii=False)

    def updated_in_place(self) -> "Entry":
        in_place = tuple(replace(change, replacement=Replacement.NEVER) for change in self.properties)
        return replace(
            self, replacement=Replacement.NEVER, why_replaced="", properties=in_place, is_open=False
        )


def merged_entries(
    plain: Sequence[Mapping[str, Any]], valued: Sequence[Mapping[str, Any]]
) -> Iterator[Entry]:
    """One Entry for each resource that either form names; pages as DescribeChangeSet returns them."""
    with_values, without = _by_logical_id(valued), _by_logical_id(plain)
    for logical_id in {**with_values, **without}:
        forms = [form[logical_id] for form in (with_values, without) if logical_id in form]
        yield _entry(forms)


def _by_logical_id(pages: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {
        entry["ResourceChange"]["LogicalResourceId"]: entry["ResourceChange"]
        for page in pages
        for entry in page.get("Changes", ())
        if "ResourceChange" in entry
    }


def _entry(forms: Sequence[Mapping[str, Any]]) -> Entry:
    def first(name: str) -> Any:
        return next((form[name] for form in forms if form.get(name)), "")

    details = _details(forms)
    before, after = _context(first("BeforeContext")), _context(first("AfterContext"))
    action = Action(first("Action"))
    # What is only decided while it runs may be a replacement; a nested stack is always updated in place.
    least = Replacement.CONDITIONAL if action is Action.DYNAMIC else Replacement.NEVER
    given = (Replacement(form.get("Replacement") or "False") for form in forms)
    replacement = max((least, *given), key=_STRENGTH.index)
    causes = [detail for detail in details if _recreation(detail) is not Replacement.NEVER]
    properties = tuple(_properties(before, after, details)) if action is not Action.ADD else ()
    return Entry(
        logical_id=first("LogicalResourceId"),
        resource_type=first("ResourceType"),
        action=action,
        physical_id=first("PhysicalResourceId"),
        replacement=replacement if action is not Action.ADD else Replacement.NEVER,
        kept_by=_KEEPING.get(first("PolicyAction"), ""),
        nested_change_set=first("ChangeSetId"),
        before=before if action is not Action.ADD else None,
        after=after if action is not Action.REMOVE else None,
        properties=properties,
        why_replaced=_why(causes),
        is_open=replacement is not Replacement.NEVER
        and bool(causes)
        and all(_is_open(cause) for cause in causes),
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
    return detail.get("Evaluation") == "Dynamic" or detail.get("Target", {}).get("AfterValue") == _UNKNOWN


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
    readable: Mapping[str, Json] = _readable(json.loads(text).get("Properties", {}))
    return readable


def _readable(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _readable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_readable(inner) for inner in value]
    return value.replace(_UNKNOWN, KNOWN_AFTER_APPLY) if isinstance(value, str) else value


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
        name = change.path.split(".")[0].split("[")[0]
        if name not in seen and change.path not in seen:
            seen.add(change.path)
            yield change


def _from_detail(detail: Mapping[str, Any]) -> PropertyChange:
    target = detail.get("Target", {})
    attribute, name = _name(detail)
    pointer = str(target.get("Path", "")).removeprefix("/Properties/").strip("/")
    path = pointer.replace("/", ".") or name or attribute
    before, after = (target.get(key, NOT_GIVEN) for key in ("BeforeValue", "AfterValue"))
    if _has_value(detail):  # a value that is there on one side only was added or removed
        before, after = (None if value == NOT_GIVEN else _readable(value) for value in (before, after))
    return PropertyChange(path, before, after, _recreation(detail))
