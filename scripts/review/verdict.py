"""Says in three lines what a review comes to: what becomes of data, of access and of traffic, the worst first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from scripts.review.danger import METHOD
from scripts.review.data_loss import HOLDS
from scripts.review.model import Action, Change, Danger, Replacement, Review, Surface

NOTHING: Final = "nothing"
_MOST_SENTENCES: Final = 3
_MOST_NAMES: Final = 2


def verdict(review: Review) -> dict[str, str]:
    """`{"Data": "nothing", "Access": …, "Traffic": …}`; each "nothing" or the worst in words, with counts and names."""
    return {
        "Data": _line(sorted(_said(review, _data), key=_by_what_is_held)),
        "Access": _line([*_said(review, _public), *_said(review, _in_account)]),
        "Traffic": _line([*sorted(_said(review, _stops), key=_by_number), *_said(review, _gone)]),
    }


_Said = tuple[str, list[Change]]


def _said(review: Review, sentences_of: Callable[[Change], Iterable[str]]) -> Iterator[_Said]:
    """Each sentence with the changes that it is said of."""
    holders: dict[str, list[Change]] = defaultdict(list)
    for change in review.changes:
        for sentence in sentences_of(change):
            holders[sentence].append(change)
    yield from holders.items()


def _by_what_is_held(said: _Said) -> int:
    """Tables and buckets first."""
    kinds = [*HOLDS]
    kind = said[1][0].resource_type
    return kinds.index(kind) if kind in kinds else len(kinds)


def _by_number(said: _Said) -> int:
    return -len(said[1])


def _stops(change: Change) -> Iterator[str]:
    yield from change.stops


def _data(change: Change) -> Iterator[str]:
    yield from change.losses
    yield from _widened(change, Surface.DESTROY)


def _public(change: Change) -> Iterator[str]:
    return (f"the internet: {summary}" for summary in _widened(change, Surface.PUBLIC))


def _in_account(change: Change) -> Iterator[str]:
    return _widened(change, Surface.IAM)


def _widened(change: Change, surface: Surface) -> Iterator[str]:
    if change.danger >= Danger.WIDENS_ACCESS:
        yield from dict.fromkeys(
            access.summary
            for access in change.access
            if access.effect.may_widen and access.surface is surface
        )


def _gone(change: Change) -> Iterator[str]:
    if change.danger < Danger.REPLACES or change.stops:
        return
    if change.action is Action.REMOVE:
        yield "removed"
    elif change.replacement is not Replacement.NEVER:
        yield "replaced" if change.replacement is Replacement.ALWAYS else "may be replaced"


def _line(said: Iterable[_Said]) -> str:
    parts = [f"{sentence} ({names(changes, _MOST_NAMES)})" for sentence, changes in said]
    shown = parts[:_MOST_SENTENCES]
    more = [f"and {len(parts) - len(shown)} more"] if len(parts) > len(shown) else []
    return "; ".join([*shown, *more]) or NOTHING


def names(changes: Sequence[Change], most: int) -> str:
    """`Data/InboxTable`, or of several `4 DynamoDB::Table: Data/A, Data/B, and 2 more`; routes as callers know them."""
    shown = [_name(change) for change in changes[:most]]
    if len(changes) == 1:
        return shown[0]
    more = [f"and {len(changes) - most} more"] if len(changes) > most else []
    return f"{counted(changes)}: {', '.join([*shown, *more])}"


def counted(changes: Sequence[Change]) -> str:
    """`4 DynamoDB::Table`, or `7 resources` of several types."""
    types = {change.resource_type.removeprefix("AWS::") for change in changes}
    return f"{len(changes)} {types.pop() if len(types) == 1 else 'resources'}"


def _name(change: Change) -> str:
    is_route = change.resource_type == METHOD and "/" in change.physical_name
    return change.physical_name if is_route else change.shown_path
