"""Says in three lines what a review comes to: what becomes of data, of access and of traffic, the worst first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from scripts.review.danger import METHOD
from scripts.review.data_loss import HOLDS
from scripts.review.model import Action, Change, Danger, Replacement, Review, Surface

NOTHING: Final = "nothing"
_MOST_SENTENCES: Final = 3
_MOST_NAMES: Final = 2


def verdict(review: Review) -> dict[str, str]:
    """`{"Data": "nothing", "Access": …, "Traffic": …}`; each "nothing" or the worst in words, with counts and names."""
    data = _said(review, lambda change: (*change.losses, *_widened(change, Surface.DESTROY)))
    public = _said(review, lambda change: _widened(change, Surface.PUBLIC))
    inside = _said(review, lambda change: _widened(change, Surface.IAM))
    stops = _said(review, lambda change: change.stops)
    return {
        "Data": _line(sorted(data, key=_by_what_is_held)),
        "Access": _line([*((f"the internet: {words}", changes) for words, changes in public), *inside]),
        "Traffic": _line([*sorted(stops, key=lambda said: -len(said[1])), *_said(review, _gone)]),
    }


_Said: TypeAlias = tuple[str, list[Change]]


def _said(review: Review, sentences_of: Callable[[Change], Iterable[str]]) -> Iterable[_Said]:
    """Each sentence with the changes that it is said of."""
    holders: dict[str, list[Change]] = defaultdict(list)
    for change in review.changes:
        for sentence in dict.fromkeys(sentences_of(change)):
            holders[sentence].append(change)
    return holders.items()


def _widened(change: Change, surface: Surface) -> list[str]:
    """What somebody may do from now on; what a new system allows is nobody's gain."""
    widened = (one for one in change.access if one.effect.may_widen and one.surface is surface)
    return [one.summary for one in widened] if change.danger >= Danger.WIDENS_ACCESS else []


def _gone(change: Change) -> Sequence[str]:
    if change.danger < Danger.REPLACES or change.stops:
        return ()
    if change.action is Action.REMOVE:
        return ("removed",)
    word = {Replacement.ALWAYS: "replaced", Replacement.CONDITIONAL: "may be replaced"}.get(
        change.replacement
    )
    return (word,) if word else ()


def _by_what_is_held(said: _Said) -> int:
    """Tables and buckets first."""
    kinds, kind = [*HOLDS], said[1][0].resource_type
    return kinds.index(kind) if kind in kinds else len(kinds)


def _line(said: Iterable[_Said]) -> str:
    parts = [f"{sentence} ({names(changes, _MOST_NAMES)})" for sentence, changes in said]
    more = [f"and {len(parts) - _MOST_SENTENCES} more"] if len(parts) > _MOST_SENTENCES else []
    return "; ".join([*parts[:_MOST_SENTENCES], *more]) or NOTHING


def names(changes: Sequence[Change], most: int) -> str:
    """`Data/InboxTable`; of several `4 DynamoDB::Table, Data: InboxTable, LedgerTable and 2 more`."""
    if len(changes) == 1:
        return _route(changes[0]) or changes[0].shown_path
    return f"{counted(changes)}, {listed(changes, most)}"


def counted(changes: Sequence[Change]) -> str:
    """`4 DynamoDB::Table`, or `7 resources` of several types."""
    types = {change.short_type for change in changes}
    return f"{len(changes)} {types.pop() if len(types) == 1 else 'resources'}"


def listed(changes: Sequence[Change], most: int | None = None) -> str:
    """The names by stack: `Data: InboxTable, LedgerTable; Api: Stage and 3 more`; empty for one."""
    stacks: dict[str, list[str]] = {}
    for change in changes[:most] if len(changes) > 1 else ():
        stacks.setdefault("/".join(change.path) or "root", []).append(_route(change) or change.logical_id)
    text = "; ".join(f"{stack}: {', '.join(members)}" for stack, members in stacks.items())
    more = len(changes) - (most or len(changes))
    return f"{text} and {more} more" if more > 0 else text


def _route(change: Change) -> str:
    """As callers know it: `GET /analytics`; empty for what is no route."""
    is_route = change.resource_type == METHOD and "/" in change.physical_name
    return change.physical_name if is_route else ""
