"""Renders a review as a tree on a terminal: rich renderables, never markup, as names and reasons may hold brackets."""

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from scripts.command_line.plain_text import visible
from scripts.review.model import Change, Danger, Effect, Node, PropertyChange, Review
from scripts.review.render import wording
from scripts.review.shared_tags import without_shared_tags
from scripts.review.values import shown

_STYLES: Final = {
    Danger.DESTROYS_DATA: "bold white on red",
    Danger.REPLACES: "bold red",
    Danger.WIDENS_ACCESS: "bold magenta",
    Danger.CHANGES: "yellow",
    Danger.ADDS: "green",
}
_EFFECT_STYLES: Final = {Effect.WIDENS: "magenta", Effect.UNKNOWN: "magenta", Effect.NARROWS: "green"}
_LONGEST_VALUE: Final = 160


def render_terminal(review: Review, *, whole_values: bool = False) -> RenderableType:
    """The counts, the tree, changes that will fail, and the values of --allow that are needed.

    whole_values: do not shorten long property values, nor say once which tag changes on many resources.
    """
    if not review.changes:
        return Text(wording.NOTHING)
    parts: list[RenderableType] = [Text(wording.summary(review), style="bold")]
    slim, tags = (review, ()) if whole_values else without_shared_tags(review)
    parts += [_text(f"{tag} (--verbose lists them)", "") for tag in tags]
    if slim.changes:
        parts.append(_stack(slim.tree(), slim, whole_values))
    parts += [
        _text(f"{word.lower()}: {path}: {why}", "bold red") for path, word, why in wording.troubled(review)
    ]
    parts += [_text(f"note: {note}", "dim") for note in review.notes]
    if review.needs:
        parts.append(Text(f"needs: --allow {wording.allowance(review)}", style="bold"))
    return Group(*parts)


def _stack(node: Node, review: Review, whole_values: bool, parent: Tree | None = None) -> Tree:
    title = _text(wording.stack_title(node, review), "bold")
    branch = Tree(title) if parent is None else parent.add(title)
    for change in node.changes:
        _add_change(branch, change, whole_values)
    for child in node.children:
        _stack(child, review, whole_values, branch)
    return branch


def _text(text: str, style: str) -> Text:
    return Text(visible(text), style=style)


def _add_change(branch: Tree, change: Change, whole_values: bool) -> None:
    style = _STYLES[change.danger]
    has_badge = change.danger >= Danger.WIDENS_ACCESS
    verb_style = style.removesuffix(" on red").replace("white", "red")
    line = Text.assemble(
        (f" {change.danger.title.upper()} ", style) if has_badge else "",
        " " if has_badge else "",
        (f"{wording.sign(change)} {wording.verb(change)} ", verb_style),
        (visible(change.logical_id), "bold"),
        f" {visible(change.physical_name)}" if change.physical_name else "",
        (f"  {visible(wording.short_type(change))}", "dim"),
    )
    leaf = branch.add(line)
    for reason in change.reasons:
        leaf.add(_text(reason, "red" if change.danger >= Danger.REPLACES else ""))
    if trouble := wording.trouble(change):
        leaf.add(_text(f"{trouble[0].lower()}: {trouble[1]}", "bold red"))
    for access in change.access:
        style = _EFFECT_STYLES.get(access.effect, "dim")
        entry = leaf.add(_text(f"{wording.access_sign(access)} {access.summary}", style))
        for word, value in (("before: ", access.before), ("after:  ", access.after)):
            if value is not None:
                entry.add(Text(f"{word}{_short(value, whole_values)}", style="dim"))
    for property_change in change.properties:
        leaf.add(_property(property_change, whole_values))


def _property(change: PropertyChange, whole_values: bool) -> Text:
    return Text.assemble(
        (f"{visible(change.path)}: ", ""),
        (_short(change.before, whole_values), "red"),
        " → ",
        (_short(change.after, whole_values), "green"),
        (wording.replacement_note(change), "bold red"),
    )


def _short(value: object, whole_values: bool) -> str:
    text = shown(value)
    return text if whole_values or len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
