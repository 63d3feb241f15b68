"""Adapts a deploy to the local engine: removes what the engine refuses, and sets what it drops."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scripts.cloudformation.live_stack import read_stack, read_template
from scripts.cloudformation.stack_states import STATES, Action
from scripts.command_line.counted import counted
from scripts.command_line.errors import RolledBack
from scripts.deployment import local_fixups
from scripts.deployment.context import Context
from scripts.deployment.local_template_cuts import ROOT, UnforeseenReference, without_refused
from stacks.assembly import Assembly
from stacks.wiring.nested_stack import template_key

_FEW: Final = 5
# In a text for Sub: own_url of stacks/api/rest_api.py.
_API_URL: Final = re.compile(
    r"https://(\$\{\w+\})\.execute-api\.\$\{AWS::Region\}\.\$\{AWS::URLSuffix\}/(\$\{\w+\})"
)
LEFT_OUT: Final = "LeftOutLocally"  # a key of the root's Metadata


def adapt(
    context: Context, assembly: Assembly, given: Mapping[str, str], values: Mapping[str, str]
) -> Assembly:
    """Remove the parts that the engine refuses, and print them, and which of the parameters `given` are not `values`.

    What changed among them since it was deployed is said, too, as no review shows it. Raises RolledBack if a reference
    to them is left.
    """
    for name in sorted(given.keys() & values.keys()):
        if given[name] != values[name]:
            context.print_message(f"{name}={given[name]} is ignored here: functions run with {values[name]}")
    try:
        texts, removals = without_refused({ROOT: assembly.root, **assembly.nested})
    except UnforeseenReference as error:
        raise RolledBack(str(error), "nothing was deployed") from error
    whole = sum(removal.is_resource for removal in removals)
    rest = len(removals) - whole
    summary = (
        f"{counted(whole, 'resource')}, and parts of {rest}, can't run locally and are skipped here; "
        "AWS gets them"
    )
    _print(context, summary, removals)
    root = texts[ROOT]
    if removals:
        left_out = {removal.place: removal.digest for removal in removals}
        changes = sorted(_changes(_left_out_before(context), left_out))
        _print(context, f"of what is skipped here, {len(changes)} changed since it was deployed", changes)
        root = _with_record(root, left_out)
    texts = {name: _with_own_urls(text, context.target.endpoint_url) for name, text in texts.items()}
    for name, text in assembly.nested.items():  # an object's key holds its content's hash
        root = root.replace(template_key(name, text), template_key(name, texts[name]))
    return Assembly(root, {name: texts[name] for name in assembly.nested})


def _with_own_urls(text: str, endpoint_url: str | None) -> str:
    """The template with the URLs at which the engine serves an API, in place of those of AWS."""
    return _API_URL.sub(rf"{endpoint_url}/restapis/\1/\2/_user_request_", text)


def _left_out_before(context: Context) -> dict[str, str] | None:
    """What the deployed root says was left out of it; None where it says nothing, or nothing is deployed."""
    stack = read_stack(context.cloudformation, context.names.stack)
    if STATES[stack.status].deploy is not Action.UPDATE:
        return None
    template = read_template(context.cloudformation, StackName=stack.stack_id)
    found: dict[str, str] | None = template.get("Metadata", {}).get(LEFT_OUT)
    return found


def _changes(before: Mapping[str, str] | None, now: Mapping[str, str]) -> Iterator[str]:
    if before is None:
        return
    for place in before.keys() | now.keys():
        if place not in now:
            yield f"{place}: removed"
        elif place not in before:
            yield f"{place}: added"
        elif before[place] != now[place]:
            yield f"{place}: changed"


def _with_record(root: str, left_out: Mapping[str, str]) -> str:
    """The root with a record of what is left out; CloudFormation's own way for what is no resource's property."""
    document = json.loads(root)
    document["Metadata"] = {**document.get("Metadata", {}), LEFT_OUT: dict(left_out)}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def fix_up(context: Context) -> None:
    """Set by API calls the properties that the engine accepts in a template and drops; prints them."""
    try:
        lines = local_fixups.apply(context.names.stack, context.target.client)
    except local_fixups.CannotFix as error:
        raise RolledBack(str(error), "the stack is created, but lacks that property") from error
    count = sum(line.startswith("set:") for line in lines)
    ignored = len(lines) - count
    _print(
        context,
        f"the local engine ignores {counted(ignored, 'property', 'properties')}; {count} more were set afterwards",
        lines,
    )


def _print(context: Context, summary: str, details: Sequence[object]) -> None:
    """Print one line; with --verbose, or where they are few, also the details that it counts."""
    if not details:
        return
    is_whole = context.verbose or len(details) <= _FEW
    context.print_message(f"{summary}{':' if is_whole else ' (--verbose lists them)'}")
    for line in details if is_whole else ():
        context.print_message(f"  {line}")
