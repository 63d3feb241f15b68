"""The review: one Change for each resource, with its danger, the worst first.

Values only. They come from the templates (template_diff) or from a change set (change_set_review), and go to a
terminal, a page, Markdown or JSON (render).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import Final, NamedTuple

from stacks.evaluation.intrinsics import Json, StackPath

KNOWN_AFTER_APPLY: Final = "(known after apply)"


class Danger(IntEnum):
    """How urgently a reader must look at a change; the greater, the sooner."""

    ADDS = 1
    CHANGES = 2
    WIDENS_ACCESS = 3
    STOPS = 4
    REPLACES = 5
    DESTROYS_DATA = 6

    @property
    def title(self) -> str:
        return _WORDS[self][0].capitalize()

    def counted(self, count: int) -> str:
        """`1 destroys data`, `2 destroy data`, `3 changed`"""
        return f"{count} {_WORDS[self][1 if count == 1 else 2]}"


# The class; what one change of it does; what several do.
_WORDS: Final = {
    Danger.DESTROYS_DATA: ("destroys data", "destroys data", "destroy data"),
    Danger.REPLACES: ("replaces or removes", "replaced or removed", "replaced or removed"),
    Danger.STOPS: ("stops", "stops or blinds", "stop or blind"),
    Danger.WIDENS_ACCESS: ("widens access", "widens access", "widen access"),
    Danger.CHANGES: ("changes", "changed", "changed"),
    Danger.ADDS: ("adds", "added", "added"),
}


class Action(StrEnum):
    """CloudFormation's own words (ChangeAction)."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"  # decided while the change set is executed
    SYNC_WITH_ACTUAL = "SyncWithActual"


class Replacement(StrEnum):
    NEVER = "False"
    CONDITIONAL = "Conditional"
    ALWAYS = "True"


class Effect(Enum):
    """The effect of a change on permissions."""

    WIDENS = "more is allowed"
    UNKNOWN = "more may be allowed"
    NARROWS = "less is allowed"
    SAME = "written differently, allows the same"
    # a new resource's own policy takes from nobody and gives nobody what was
    INITIAL = "comes with the resource"

    @property
    def may_widen(self) -> bool:
        return self in (Effect.WIDENS, Effect.UNKNOWN)


class Surface(StrEnum):
    """Who gains when access widens: AWS principals, the whole internet, or the next command that deletes data."""

    IAM = "iam"
    PUBLIC = "public"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """`path` as in `Environment.Variables.STAGE`; None where the property is absent."""

    path: str
    before: Json
    after: Json
    replacement: Replacement = Replacement.NEVER

    @property
    def name(self) -> str:
        """The resource's own property in which the path begins: `Environment`."""
        return self.path.partition(".")[0].partition("[")[0]


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A changed statement, rule or setting that decides on access; None before it exists and after its removal."""

    what: str  # e.g. "key policy", "web ACL rule"
    effect: Effect
    surface: Surface
    before: Json
    after: Json
    summary: str


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one resource.

    losses: the data that it destroys; stops: what it stops, throttles or blinds; reasons: these, and all else that is
    said of it. `fails`: why the deployment will fail on it; `may_fail`: why it will fail if the resource has to be
    replaced. Both are empty if no reason is known.
    """

    path: StackPath
    logical_id: str
    resource_type: str
    action: Action
    danger: Danger
    replacement: Replacement = Replacement.NEVER
    physical_name: str = ""
    properties: tuple[PropertyChange, ...] = ()
    access: tuple[AccessChange, ...] = ()
    reasons: tuple[str, ...] = ()
    fails: str = ""
    may_fail: str = ""
    losses: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def shown_path(self) -> str:
        return "/".join((*self.path, self.logical_id))

    @property
    def short_type(self) -> str:
        return self.resource_type.removeprefix("AWS::")

    @property
    def needs(self) -> frozenset[str]:
        """Values of --allow that the change needs: `destroy`, `replace`, `stop`, `iam`, `public`."""
        needs = {str(change.surface) for change in self.access if change.effect.may_widen}
        if self.danger < Danger.WIDENS_ACCESS:
            needs.clear()
        if self.danger is Danger.DESTROYS_DATA:
            needs.add("destroy")
        if self.stops:
            needs.add("stop")
        if self.danger is Danger.REPLACES or (needs and self.replacement is not Replacement.NEVER):
            needs.add("replace")
        return frozenset(needs)

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (-self.danger, not self.fails, not self.may_fail, self.path, self.logical_id, self.action)


class Rename(NamedTuple):
    """A resource that stays as it is under another logical id, or in another nested stack."""

    resource_type: str
    before: str  # shown paths
    after: str


@dataclass(frozen=True, slots=True)
class Review:
    """All changes that a change set or new templates make to a stack. `source`: `change set` or `templates`.

    origin: of what and when the review is: account, region, environment file, commit, time.
    """

    stack_name: str
    source: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    renames: tuple[Rename, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def danger(self) -> Danger | None:
        return max((change.danger for change in self.changes), default=None)

    @property
    def needs(self) -> frozenset[str]:
        """Values of --allow that all changes together need."""
        return frozenset().union(*(change.needs for change in self.changes))

    @property
    def failing(self) -> tuple[Change, ...]:
        """Changes on which the deployment will fail, whatever is allowed."""
        return tuple(change for change in self.changes if change.fails)

    def count(self) -> dict[Danger, int]:
        """Number of changes of each danger that occurs, the worst first."""
        counts = Counter(change.danger for change in self.changes)
        return {danger: counts[danger] for danger in sorted(Danger, reverse=True) if counts[danger]}


def make_review(
    stack_name: str,
    source: str,
    changes: Iterable[Change],
    notes: Iterable[str] = (),
    renames: Iterable[Rename] = (),
) -> Review:
    """A Review with its changes sorted, the worst first."""
    ordered = tuple(sorted(changes, key=lambda change: change.sort_key))
    return Review(stack_name, source, ordered, tuple(dict.fromkeys(notes)), tuple(renames))
