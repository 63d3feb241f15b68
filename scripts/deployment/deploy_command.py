"""The command `deploy`: its modes, its flags, and which flag goes with which mode.

docs/deploying.md holds modes_table() and flags_table(); a test compares them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from scripts.cloudformation.next_commands import DeploySettings
from scripts.command_line.environment import Environment
from scripts.command_line.environment_file import EnvironmentFile
from scripts.command_line.exit_codes import EXIT_DRIFT, EXIT_FOUND, EXIT_STUCK
from scripts.command_line.options import (
    environment_file_option,
    environment_options,
    json_option,
    parameter_option,
    yes_option,
)
from scripts.deployment.approval import DANGERS, read_allowed
from scripts.deployment.repeatable_command import RepeatableCommand, source_of

STANDARD_OUTPUT: Final = "-"  # of --markdown, without a file
DEPLOY: Final = "deploy"  # the mode that has no flag
CHANGES: Final[Mapping[str, str]] = {  # by mode: what it changes in the account
    DEPLOY: "yes, after the answer",
    "plan": "uploads, one change set",
    "apply": "yes, after the answer",
    "drop": "that",
    "diff": "nothing: it only reads",
    "status": "nothing",
    "events": "nothing",
    "outputs": "nothing",
    "drift": "nothing",
    "rollback": "yes",
}
_ALL: Final = frozenset(CHANGES)
_FROM_TEMPLATES: Final = frozenset({DEPLOY, "plan", "diff"})
_REVIEWED: Final = _FROM_TEMPLATES | {"apply"}
_EXECUTING: Final = frozenset({DEPLOY, "apply"})
# By section of the help: each flag, and the modes that it goes with.
FLAGS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "What to deploy": {
        "--environment": _ALL,
        "--parameter": _FROM_TEMPLATES,
        "--artifact-bucket": _FROM_TEMPLATES,
    },
    "Approval": {
        "--yes": _EXECUTING | {"rollback"},
        "--allow": _EXECUTING | {"rollback"},
        "--lift-protection": _EXECUTING,
        "--skip": frozenset({"rollback"}),
    },
    "What to show": {
        "--json": _ALL - {"drop"},
        "--html": _REVIEWED,
        "--markdown": _REVIEWED,
        "--verbose": _REVIEWED,
        "--exit-code": frozenset({"diff"}),
        "--follow": frozenset({"events"}),
    },
}
_MODES_OF_FLAG: Final = {name: modes for flags in FLAGS.values() for name, modes in flags.items()}


@dataclass(frozen=True)
class DeployOptions:
    """All that a deploy command was given. `change_set`: of --apply and --drop; `typed`: program and arguments."""

    mode: str
    typed: list[str]
    environment: Environment
    environment_file: EnvironmentFile
    parameters: Mapping[str, str]
    artifact_bucket: str | None
    change_set: str
    yes: bool
    allowed: frozenset[str]
    lift_protection: bool
    skip: tuple[str, ...]
    as_json: bool
    html: Path | None
    markdown: str | None
    verbose: bool
    exit_code: bool
    follow: bool

    @property
    def settings(self) -> DeploySettings | None:
        """The settings that the next deploy must repeat; None where this mode is not told them."""
        path = self.environment_file.path
        if self.mode not in _FROM_TEMPLATES and path is None:
            return None
        parameters = tuple(f"{name}={value}" for name, value in self.parameters.items())
        return DeploySettings(str(path) if path else None, parameters, self.artifact_bucket)


class DeployCommand(RepeatableCommand):
    """Finds the one mode among its flags, and refuses flags that mean nothing in it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:  # completion looks at half a command
            given = [
                option
                for option in self.params
                if isinstance(option, click.Option) and source_of(ctx, option) is ParameterSource.COMMANDLINE
            ]
            ctx.params["mode"] = _mode(ctx, [option.name or "" for option in given])
            _refuse_misplaced(ctx, [option.opts[0] for option in given])
            if ctx.params["as_json"] and ctx.params["markdown"] == STANDARD_OUTPUT:
                raise click.UsageError(
                    "--json and --markdown both want standard output; give --markdown a file."
                )
            change_sets = [ctx.params["apply"], ctx.params["drop"]]
            ctx.params["change_set"] = next((name for name in change_sets if name is not None), "")
            for mode in CHANGES:
                ctx.params.pop(mode, None)
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in ("General", "Modes", *FLAGS)}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            if record is not None:
                title, remark = _place_in_help(option)
                sections[title].append((record[0], record[1] + remark))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def _mode(ctx: click.Context, given: Iterable[str]) -> str:
    modes = [name for name in given if name in CHANGES]
    if len(modes) > 1:
        raise click.UsageError(f"--{modes[0]} and --{modes[1]} are two modes: choose one.", ctx)
    return modes[0] if modes else DEPLOY


def _refuse_misplaced(ctx: click.Context, flags: Iterable[str]) -> None:
    mode = ctx.params["mode"]
    for flag in flags:
        modes = _MODES_OF_FLAG.get(flag, _ALL)
        if mode not in modes:
            shown = "a deploy" if mode == DEPLOY else f"--{mode}"
            raise click.UsageError(f"{flag} means nothing with {shown}; it goes with {_listed(modes)}.", ctx)


def _place_in_help(option: click.Parameter) -> tuple[str, str]:
    """The section of the help that `option` stands in, and a remark on the modes that it goes with."""
    if option.name in CHANGES:
        return "Modes", ""
    for title, flags in FLAGS.items():
        if option.opts[0] in flags:
            modes = flags[option.opts[0]]
            return title, "" if modes == _ALL else f"  (with {_listed(modes)})"
    return "General", ""


def _change_set_name(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    if name == "":  # an empty variable of a CI job
        raise click.BadParameter("it needs the name of a change set.")
    return name


@click.command(
    cls=DeployCommand,
    exit_codes=[EXIT_FOUND, EXIT_STUCK, EXIT_DRIFT],
    examples=[
        "{} --suffix dev --local                             try it here; first: local up",
        "{} --suffix dev --environment environments/dev.toml",
        "{} --suffix dev --parameter LogRetentionDays=90 --parameter CostCenter=4711",
        "{} --suffix dev --diff --html review.html",
        "{} --suffix dev --plan                              make the change set and leave it for review",
        "{} --suffix dev --yes --json                        for programs: the outputs on standard output",
    ],
)
@environment_options
@click.option(
    "--plan", "--no-execute", "plan", is_flag=True, help="Make the change set, show it, and leave it."
)
@click.option(
    "--apply",
    metavar="CHANGE_SET",
    callback=_change_set_name,
    help="Show a planned change set again, ask, and execute exactly that; with --yes by its ARN.",
)
@click.option(
    "--drop",
    metavar="CHANGE_SET",
    callback=_change_set_name,
    help="Remove a planned change set, and the empty stacks that a first one made.",
)
@click.option("--diff", is_flag=True, help="Show what a deploy would change, from the templates alone.")
@click.option(
    "--status",
    is_flag=True,
    help="Show the state of the stack and its nested stacks, its protection, whether the code is what was "
    "deployed, what waits, and what to do next.",
)
@click.option("--events", is_flag=True, help="Show the events of the newest operation.")
@click.option("--outputs", is_flag=True, help="Show the stack's outputs.")
@click.option(
    "--drift",
    is_flag=True,
    help="Show what was changed or added by hand or switched off, in all nested stacks; exit code 6 for drift.",
)
@click.option("--rollback", is_flag=True, help="Bring a stack that is stuck back to its last stable state.")
@environment_file_option
@parameter_option
@click.option("--artifact-bucket", metavar="NAME", help="Use this existing bucket for templates and code.")
@yes_option
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="DANGERS",
    callback=lambda _ctx, _param, texts: read_allowed(texts),
    help=f"Dangers that are accepted: {','.join(DANGERS)}. May be repeated.",
)
@click.option("--lift-protection", is_flag=True, help="Lift the stack policies for this change set alone.")
@click.option(
    "--skip",
    multiple=True,
    metavar="PATH",
    help="Leave this resource as it is, e.g. Data/InboxTable. May be repeated.",
)
@json_option
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="The review as one page.")
@click.option(
    "--markdown",
    is_flag=False,
    flag_value=STANDARD_OUTPUT,
    metavar="[FILE]",
    help="The review as Markdown, added to FILE, or on standard output without one.",
)
@click.option(
    "--verbose",
    is_flag=True,
    help="Shorten nothing: whole values, each resource of a first creation, what the local engine leaves out.",
)
@click.option("--exit-code", is_flag=True, help="Exit code 6 where a deploy would change something.")
@click.option("--follow", is_flag=True, help="Go on until the operation has ended.")
def deploy(**options: Any) -> int:
    """Deploy the system, or bring it up to date.

    Without a mode: check, package, upload what is new, show what will happen sorted by danger, ask, execute it, and
    follow it to its end. Before the answer is yes nothing is made but what all environments of the account and region
    share: the bucket for templates and code, and the role by which API Gateway writes logs.

    Approval: a person is asked yes or no; where data would be destroyed, for the stack's name. --yes answers for
    harmless changes and for a first creation. What destroys data, replaces a resource, stops, throttles or blinds
    something, or widens permissions or what the internet reaches must be named as well: --yes --allow
    destroy,replace,stop,iam,public.

    Parameters: --parameter overrides the environment file. What neither names gets its default, also when it had
    another value before: what runs is what the files and the command say. docs/parameters.md lists them.
    """
    from scripts.deployment.deploy_modes import run

    return run(DeployOptions(**options))


def modes_table() -> str:
    """The table of modes for docs/deploying.md, in Markdown."""
    options = {option.name or "": option for option in deploy.params if isinstance(option, click.Option)}
    rows = [f"| (none) | Plan, show, ask, execute. | {CHANGES[DEPLOY]} |"]
    rows += [
        f"| {_spelling(options[mode])} | {options[mode].help} | {changes} |"
        for mode, changes in CHANGES.items()
        if mode != DEPLOY
    ]
    return "\n".join(["| mode | does | changes |", "| --- | --- | --- |", *rows])


def flags_table() -> str:
    """The table of flags for docs/deploying.md, in Markdown."""
    options = {option.opts[0]: option for option in deploy.params if isinstance(option, click.Option)}
    rows = [
        f"| {_spelling(options[flag])} | {options[flag].help} | {_listed(modes, '`')} |"
        for flag, modes in _MODES_OF_FLAG.items()
    ]
    return "\n".join(["| flag | does | goes with |", "| --- | --- | --- |", *rows])


def _spelling(option: click.Option) -> str:
    """`--parameter NAME=VALUE`"""
    return f"`{option.opts[0]} {option.metavar}`" if option.metavar else f"`{option.opts[0]}`"


def _listed(modes: frozenset[str], fence: str = "") -> str:
    """`a deploy, --plan and --diff`; `all modes`, `all modes but --drop`."""
    if len(modes) > len(CHANGES) // 2:
        others = [f"{fence}--{mode}{fence}" for mode in CHANGES if mode not in modes]
        return f"all modes but {_and(others)}" if others else "all modes"
    return _and(
        ["a deploy" if mode == DEPLOY else f"{fence}--{mode}{fence}" for mode in CHANGES if mode in modes]
    )


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
