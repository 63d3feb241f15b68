"""Adapts a deploy to the local engine: removes what the engine refuses, and sets what it drops."""

from collections.abc import Mapping, Sequence

from scripts.command_line.counted import counted
from scripts.command_line.errors import RolledBack
from scripts.deployment import local_fixups
from scripts.deployment.context import Context
from scripts.deployment.local_template_cuts import ROOT, UnforeseenReference, without_refused
from stacks.assembly import Assembly
from stacks.names import STAGE
from stacks.wiring.nested_stack import template_key


def adapt(
    context: Context, assembly: Assembly, given: Mapping[str, str], values: Mapping[str, str]
) -> Assembly:
    """Remove the parts that the engine refuses, and print them, and which of the parameters `given` are not `values`.

    Raises RolledBack if a reference to them is left.
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
    for name, text in assembly.nested.items():  # an object's key holds its content's hash
        root = root.replace(template_key(name, text), template_key(name, texts[name]))
    return Assembly(root, {name: texts[name] for name in assembly.nested})


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
    """Print one line; with --verbose also the details that it counts."""
    if not details:
        return
    context.print_message(f"{summary}{':' if context.verbose else ' (--verbose lists them)'}")
    for line in details if context.verbose else ():
        context.print_message(f"  {line}")


def local_urls(endpoint_url: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """Where the engine serves each API on this machine, under the name of the output that says where AWS would."""
    ids = {"ApiEndpoint": "ApiId", "TransactionsApiEndpoint": "TransactionsApiId"}
    return {
        name: f"{endpoint_url}/restapis/{outputs[output]}/{STAGE}/_user_request_"
        for name, output in ids.items()
        if output in outputs
    }
