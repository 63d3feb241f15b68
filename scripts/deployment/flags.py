"""The modes and flags of deploy.py: one table, of which the parser, the refusal of what does not fit and the docs are
made. docs/deploying.md holds modes_table() and flags_table(); a test compares them.
"""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.deployment.approval import DANGERS

STANDARD_OUTPUT: Final = "-"  # of --markdown, without a file
DEPLOY: Final = "deploy"


@dataclass(frozen=True)
class Mode:
    """`argument` is the placeholder of what the mode's flag takes; `changes` says what it does to the account."""

    name: str
    help: str
    changes: str
    argument: str = ""

    @property
    def shown(self) -> str:
        if self.name == DEPLOY:
            return "(none)"
        return f"`--{self.name}{f' {self.argument}' if self.argument else ''}`"


@dataclass(frozen=True)
class Flag:
    """`modes` are those in which it means something; `arguments` are add_argument's own."""

    name: str
    modes: frozenset[str]
    group: str
    help: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def destination(self) -> str:
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def shown(self) -> str:
        """`--parameter NAME=VALUE`"""
        taken = self.arguments.get("metavar", "")
        return f"`{self.name} {taken}`" if taken else f"`{self.name}`"


MODES: Final = (
    Mode(DEPLOY, "plan, show, ask, execute", "yes, after the answer"),
    Mode("plan", "makes the change set, shows it, leaves it", "uploads, one change set"),
    Mode(
        *("apply", "shows a planned one again, asks, executes exactly that", "yes, after the answer"),
        "CHANGE_SET",
    ),
    Mode(
        *("drop", "removes a planned one, and the empty stacks that a first one made", "that"),
        "CHANGE_SET",
    ),
    Mode("diff", "shows what a deploy would change, from the templates alone", "nothing: it only reads"),
    Mode(
        "status",
        "state of the stack and of those nested in it, its protection, what waits, what to do next",
        "nothing",
    ),
    Mode("events", "what happened in the newest operation", "nothing"),
    Mode("outputs", "the stack's outputs", "nothing"),
    Mode("drift", "what was changed by hand, over all nested stacks; exit code 6 for drift", "nothing"),
    Mode("rollback", "brings a stack that is stuck back to its last stable state", "yes"),
)
_ALL: Final = frozenset(mode.name for mode in MODES)
_FROM_TEMPLATES: Final = frozenset({DEPLOY, "plan", "diff"})
_REVIEWED: Final = _FROM_TEMPLATES | {"apply"}
_EXECUTING: Final = frozenset({DEPLOY, "apply"})
_REPEATED: Final = {"action": "append", "default": []}
_SWITCH: Final = {"action": "store_true"}

SETTINGS: Final = "what to deploy"
APPROVAL: Final = "approval"
SHOWN: Final = "what to show"
FLAGS: Final = (
    Flag(
        *("--environment", _ALL, SETTINGS),
        "values of parameters, protection and region, in TOML; where nothing is deployed, the region counts",
        {"type": Path, "metavar": "FILE"},
    ),
    Flag(
        *("--parameter", _FROM_TEMPLATES, SETTINGS),
        "one value, before the file's; may be repeated",
        {**_REPEATED, "metavar": "NAME=VALUE"},
    ),
    Flag(
        *("--artifact-bucket", _FROM_TEMPLATES, SETTINGS),
        "an existing bucket for templates and code, not our own",
        {"metavar": "NAME"},
    ),
    Flag(*("--yes", _EXECUTING | {"rollback"}, APPROVAL), "execute what is harmless without asking", _SWITCH),
    Flag(
        *("--allow", _EXECUTING | {"rollback"}, APPROVAL),
        f"dangers that are accepted: {','.join(DANGERS)}",
        {**_REPEATED, "metavar": "DANGERS"},
    ),
    Flag(
        *("--lift-protection", _EXECUTING, APPROVAL),
        "lift the stack policies for this change set alone",
        _SWITCH,
    ),
    Flag(
        *("--skip", frozenset({"rollback"}), APPROVAL),
        "leave this resource as it is, e.g. Data/InboxTable; may be repeated",
        {**_REPEATED, "metavar": "PATH"},
    ),
    Flag(
        *("--json", _ALL - {"drop"}, SHOWN),
        "the result as JSON on standard output, nothing else there",
        _SWITCH,
    ),
    Flag(*("--html", _REVIEWED, SHOWN), "the review as one page", {"type": Path, "metavar": "FILE"}),
    Flag(
        *("--markdown", _REVIEWED, SHOWN),
        "the review as Markdown, added to FILE (or on standard output)",
        {"nargs": "?", "const": STANDARD_OUTPUT, "metavar": "FILE"},
    ),
    Flag(
        *("--verbose", _REVIEWED, SHOWN),
        "nothing shortened: whole values, each resource of a first creation, what the local engine leaves out",
        _SWITCH,
    ),
    Flag(*("--follow", frozenset({"events"}), SHOWN), "until the operation has ended", _SWITCH),
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """All modes and flags, in their groups."""
    parser.set_defaults(mode=DEPLOY, change_set=None, dropped=None)
    group = parser.add_argument_group("modes (without one: plan, show, ask, execute)")
    modes = group.add_mutually_exclusive_group()
    targets = {"apply": "change_set", "drop": "dropped"}
    for mode in MODES[1:]:
        if mode.argument:
            modes.add_argument(
                f"--{mode.name}", dest=targets[mode.name], metavar=mode.argument, help=mode.help
            )
        else:
            names = [f"--{mode.name}", *(["--no-execute"] if mode.name == "plan" else [])]
            modes.add_argument(*names, dest="mode", action="store_const", const=mode.name, help=mode.help)
    groups = {title: parser.add_argument_group(title) for title in (SETTINGS, APPROVAL, SHOWN)}
    for flag in FLAGS:
        where = "" if flag.modes == _ALL else f" (with {_listed(flag.modes)})"
        groups[flag.group].add_argument(flag.name, help=f"{flag.help}{where}", **flag.arguments)


def misplaced(mode: str, given: Mapping[str, Any]) -> str | None:
    """What is wrong when `given` (by destination) holds a flag that means nothing in `mode`; None when all fit."""
    for flag in FLAGS:
        value = given.get(flag.destination)
        if mode not in flag.modes and value not in (None, False, []):
            there = "a deploy" if mode == DEPLOY else f"--{mode}"
            return f"{flag.name} means nothing with {there}; it goes with {_listed(flag.modes)}"
    return None


def modes_table() -> str:
    """The table of modes for docs/deploying.md, in Markdown."""
    rows = [f"| {mode.shown} | {mode.help} | {mode.changes} |" for mode in MODES]
    return "\n".join(["| mode | does | changes |", "| --- | --- | --- |", *rows])


def flags_table() -> str:
    """The table of flags for docs/deploying.md, in Markdown."""
    rows = [f"| {flag.shown} | {flag.help} | {_listed(flag.modes, '`')} |" for flag in FLAGS]
    return "\n".join(["| flag | does | goes with |", "| --- | --- | --- |", *rows])


def _listed(modes: Iterable[str], fence: str = "") -> str:
    """`a deploy, --plan and --diff`; `all modes`, `all modes but --drop`."""
    chosen = {*modes}
    if len(chosen) > len(MODES) // 2:
        rest = [f"{fence}--{mode.name}{fence}" for mode in MODES if mode.name not in chosen]
        return f"all modes but {_and(rest)}" if rest else "all modes"
    named = [f"{fence}--{mode.name}{fence}" for mode in MODES[1:] if mode.name in chosen]
    return _and([*(["a deploy"] if DEPLOY in chosen else []), *named])


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
