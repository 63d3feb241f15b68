"""The prepared changes in tests/changes: edits of a small system (base.json), and in system/ of all our templates."""

import copy
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from scripts.review.model import Review
from scripts.review.render.terminal import render_terminal
from scripts.review.replacement import FactsOf
from scripts.review.template_diff import diff_templates
from stacks.assembly import build
from stacks.evaluation.resolved_stack import Resource, StackSource, resolve_stack
from stacks.names import title

FOLDER = Path(__file__).parents[2] / "changes"
STACK = "payment-webhooks-dev"
PARAMETERS = {"EnvironmentSuffix": "dev"}
ACCOUNT = "123456789012"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": "us-east-1", "AWS::Partition": "aws"}
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


def system_changes() -> list[PreparedChange]:
    return [_read(path) for path in sorted((FOLDER / "system").glob("*.json"))]


@cache
def system() -> Templates:
    """Our own templates, in the form of `base`."""
    return {name if name == "root" else title(name): text for name, text in build().parsed.items()}


def base() -> Templates:
    """Template by logical id of the nested stack; the root's under "root"."""
    templates: Templates = json.loads((FOLDER / "base.json").read_text("utf-8"))
    return templates


def edited(templates: Templates, edits: tuple[Mapping[str, Any], ...]) -> Templates:
    """The templates with the edits made: set, remove or rename what stands at a path such as `Data/Resources/X`.

    `*` in a path stands for each template, a type for each resource of it. `spell` writes another text for one.
    """
    result = copy.deepcopy(templates)
    for edit in edits:
        for *way, last in _ways(result, edit["path"].split("/")):
            target = result
            for part in way:
                target = target[int(part) if isinstance(target, list) else part]
            key: Any = int(last) if isinstance(target, list) else last
            if edit["op"] == "set":
                target[key] = edit["value"]
            elif edit["op"] == "rename":
                target[edit["to"]] = target.pop(key)
            elif edit["op"] == "spell":
                target[key] = json.loads(json.dumps(target[key]).replace(edit["from"], edit["to"]))
            else:
                del target[key]
    return result


def _ways(value: Any, parts: list[str]) -> list[list[str]]:
    if not parts:
        return [[]]
    first, *rest = parts
    if first == "*":
        names = list(value)
    elif "::" in first:
        names = [name for name, member in value.items() if member["Type"] == first]
    else:
        names = [first]
    inner = (
        {name: value[int(name)] if isinstance(value, list) else value.get(name) for name in names}
        if rest
        else {}
    )
    return [[name, *way] for name in names for way in _ways(inner.get(name), rest)]


def resources(templates: Templates, parameters: Mapping[str, str] | None = None) -> Mapping[Any, Resource]:
    nested = {name: StackSource(template) for name, template in templates.items() if name != "root"}
    return resolve_stack(StackSource(templates["root"], nested), {**PARAMETERS, **(parameters or {})}, PSEUDO)


def review_of(change: PreparedChange, facts_of: FactsOf) -> Review:
    before = base()
    after = edited(before, change.edits)
    new = resources(after, change.parameters)
    return diff_templates(STACK, resources(before), new, facts_of, account=ACCOUNT)


def system_review_of(change: PreparedChange, facts_of: FactsOf) -> Review:
    before = system()
    after = edited(before, change.edits)
    values = {name: declared.get("Default", "dev") for name, declared in before["root"]["Parameters"].items()}
    given = {**values, **change.parameters}
    account = PSEUDO["AWS::AccountId"]
    return diff_templates(
        STACK, resources(before, values), resources(after, given), facts_of, account=account
    )


def shown_on_a_terminal(review: Review, *, width: int = 100, whole_values: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(render_terminal(review, whole_values=whole_values))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
