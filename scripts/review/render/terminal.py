"""Renders a review on a terminal: rich renderables, never markup, as names and reasons may hold brackets."""

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from scripts.command_line.plain_text import visible
from scripts.review.folding import Entry
from scripts.review.model import Danger, Review
from scripts.review.render import wording
from scripts.review.verdict import NOTHING, listed, verdict

_STYLES: Final = {
    Danger.DESTROYS_DATA: "bold white on red",
    Danger.REPLACES: "bold red",
    Danger.STOPS: "bold red",
    Danger.WIDENS_ACCESS: "bold magenta",
    Danger.CHANGES: "yellow",
    Danger.ADDS: "green",
}
_EFFECT_STYLES: Final = {"WIDENS": "magenta", "UNKNOWN": "magenta", "NARROWS": "green"}
_LONGEST_VALUE: Final = 160
_MOST_NAMES: Final = 8


def render_terminal(review: Review, *, whole_values: bool = False) -> RenderableType:
    """The verdict, what will fail, the counts, the changes, and the values of --allow that are needed.

    whole_values: do not shorten long property values, nor say once what many resources share.
    """
    if not review.changes:
        return Text(wording.NOTHING)
    parts: list[RenderableType] = [
        Text.assemble((f"{word + ':':<9}", "bold"), (visible(said), "" if said == NOTHING else "bold red"))
        for word, said in verdict(review).items()
    ]
    parts += [
        _text(f"{word.lower()}: {names}: {why}", "bold red")
        for word, names, why in wording.troubled(review, _MOST_NAMES)
    ]
    parts.append(Text(wording.summary(review), style="bold"))
    tree = Tree("", hide_root=True)
    unfolded = (Entry(change.danger, (change,)) for change in review.changes)
    for entry in unfolded if whole_values else wording.entries(review):
        _add_entry(tree, entry, whole_values)
    parts.append(tree)
    parts += [_text(f"note: {note}", "dim") for note in wording.notes(review)]
    if made := wording.origin(review):
        parts.append(_text(f"of {made}", "dim"))
    if review.needs:
        parts.append(Text(f"needs: --allow {wording.allowance(review)}", style="bold"))
    return Group(*parts)


def _text(text: str, style: str) -> Text:
    return Text(visible(text), style=style)


def _add_entry(tree: Tree, entry: Entry, whole_values: bool) -> None:
    style, change = _STYLES[entry.danger], entry.change
    has_badge = entry.danger >= Danger.WIDENS_ACCESS
    name, physical_name, kind = wording.subject(entry)
    line = Text.assemble(
        (f" {entry.danger.title.upper()} ", style) if has_badge else "",
        " " if has_badge else "",
        (f"{wording.done(entry)} ", style.removesuffix(" on red").replace("white", "red")),
        (visible(name), "bold"),
        f" {visible(physical_name)}" if physical_name else "",
        (f"  {visible(kind)}", "dim"),
    )
    leaf = tree.add(line)
    for reason in change.reasons:
        leaf.add(_text(reason, "red" if entry.danger >= Danger.STOPS else ""))
    longest = 10**9 if whole_values else _LONGEST_VALUE
    for row in wording.rows(change):
        before, after = wording.cut_pair(row.before, row.after, longest)
        values = (": ", (before, "red"), " → ", (after, "green")) if row.has_values else ()
        text = (visible(row.text), _EFFECT_STYLES.get(row.effect, ""))
        leaf.add(Text.assemble(text, *values, (f" [{row.note}]" if row.note else "", "bold red")))
    if names := listed(entry.changes, _MOST_NAMES):
        leaf.add(_text(names, "dim"))
