"""The prepared changes in tests/changes: a small system (base.json), and ten edits of it with the class of each."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.review.model import Review
from scripts.review.replacement import FactsOf
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import Resource, StackSource, resolve_stack

FOLDER = Path(__file__).parents[2] / "changes"
STACK = "payment-webhooks-dev"
PARAMETERS = {"EnvironmentSuffix": "dev"}
Templates = dict[str, Any]


@dataclass(frozen=True)
class PreparedChange:
    """`resource` is the path of the one that is in the class `danger`; it needs `needs` and may fail."""

    name: str
    title: str
    danger: str
    resource: str
    needs: frozenset[str]
    fails: bool
    edits: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, str]


def prepared_changes() -> list[PreparedChange]:
    return [_read(path) for path in sorted(FOLDER.glob("[0-9]*.json"))]


def _read(path: Path) -> PreparedChange:
    document = json.loads(path.read_text("utf-8"))
    document["needs"] = frozenset(document["needs"])
    document["edits"] = tuple(document["edits"])
    return PreparedChange(name=path.stem, **{"parameters": {}, **document})


def base() -> Templates:
    """Template by logical id of the nested stack; the root's under "root"."""
    templates: Templates = json.loads((FOLDER / "base.json").read_text("utf-8"))
    return templates


def edited(templates: Templates, edits: tuple[Mapping[str, Any], ...]) -> Templates:
    """The templates with the edits made: set, remove or rename what stands at a path such as `Data/Resources/X`."""
    result = copy.deepcopy(templates)
    for edit in edits:
        *way, last = edit["path"].split("/")
        target = result
        for part in way:
            target = target[int(part) if isinstance(target, list) else part]
        key: Any = int(last) if isinstance(target, list) else last
        if edit["op"] == "set":
            target[key] = edit["value"]
        elif edit["op"] == "rename":
            target[edit["to"]] = target.pop(key)
        else:
            del target[key]
    return result


def resources(templates: Templates, parameters: Mapping[str, str] | None = None) -> Mapping[Any, Resource]:
    nested = {name: StackSource(template) for name, template in templates.items() if name != "root"}
    return resolve_stack(StackSource(templates["root"], nested), {**PARAMETERS, **(parameters or {})})


def review_of(change: PreparedChange, facts_of: FactsOf) -> Review:
    before = base()
    after = edited(before, change.edits)
    return diff_templates(STACK, resources(before), resources(after, change.parameters), facts_of)
