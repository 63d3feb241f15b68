"""One acceptance run: chooses steps, estimates, asks, runs them, and reports."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.text import Text

from scripts.acceptance.bench import Bench
from scripts.acceptance.estimate import estimate
from scripts.acceptance.report import document, markdown
from scripts.acceptance.step_runner import State, load_state, run_steps
from scripts.acceptance.step_selection import Result, Status, Step, choose
from scripts.acceptance.step_table import END, STEPS
from scripts.cloudformation.stack_states import NO_STACK
from scripts.command_line.commit import commit_of_checkout
from scripts.command_line.console import make_console
from scripts.command_line.copyable_command import command_line, copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment
from scripts.command_line.environment_file import EnvironmentFile, read_environment
from scripts.command_line.errors import Refused, UsageError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND, EXIT_STUCK
from scripts.command_line.project_paths import ENVIRONMENTS, ROOT
from scripts.command_line.streams import answer, print_json, print_table
from scripts.deployment.named_resources import names_that_hold
from scripts.local_engine import control
from scripts.local_engine.state import FOLDER_VARIABLE, read_state, state_folder

SETTINGS: Final = ENVIRONMENTS / "new-account.toml"  # what any account may run
OWN_PARAMETERS: Final = {
    "HealthFunctionUrl": "true",
    "SendCanary": "true",
}  # so that both are there to be looked at
_SIGNS: Final = {
    Status.PASSED: ("✓", "green"),
    Status.FAILED: ("✗", "red"),
    Status.NOT_PROVEN: ("?", "yellow"),
    Status.SKIPPED: ("-", "dim"),
}


class Request(NamedTuple):
    """The options of the command that are of its own, under click's names."""

    only: tuple[str, ...]
    options: tuple[str, ...]
    profiles: Mapping[str, str]
    again: bool
    lists: bool
    max_minutes: float
    max_usd: float
    settle_seconds: float
    report_folder: Path | None
    verbose: bool
    yes: bool
    as_json: bool


def run(
    environment: Environment, environment_file: EnvironmentFile, given: Mapping[str, str], request: Request
) -> int:
    """Run what was chosen; returns the exit code. Raises a ToolError when it may not begin."""
    try:
        choose(STEPS, request.only)
    except KeyError as error:
        raise UsageError(
            f"there is no step or part {error}", f"those there are: {copyable('acceptance', '--list')}"
        ) from error
    if request.lists:
        return _list(request.as_json)
    if request.report_folder:
        request.report_folder.mkdir(parents=True, exist_ok=True)
    if environment_file.path is None:
        environment_file = read_environment(SETTINGS)
    parameters = {**OWN_PARAMETERS, **given}
    with _place(environment) as is_lasting, tempfile.TemporaryDirectory(prefix="acceptance-") as folder:
        target = environment.target
        path = state_folder(ROOT) / f"acceptance-{environment.suffix}.json" if is_lasting else None
        settings = settings_of(Path(environment_file.path or ""), request.profiles, parameters)
        state = load_state(path, State(environment.suffix, f"{target.account_id} {target.region}", settings))
        console = make_console()
        bench = Bench(
            environment,
            ("--environment", str(environment_file.path)),
            {**parameters, **state.parameters},
            Path(folder),
            time.monotonic() + request.max_minutes * 60 - state.seconds,
            request.settle_seconds,
            lambda text: console.print(text, highlight=False, markup=False) if request.verbose else None,
            request.profiles,
        )
        done = state.done()
        chosen = choose(STEPS, request.only, request.options, done)
        steps = [step for step in chosen if request.again or step.id not in done]
        expected = estimate(steps, environment_file, parameters, request.max_minutes)
        if is_nothing_to_do(state.may_exist, request):
            steps, chosen = [], []
        ask(console, bench, state.may_exist, steps, expected, request)
        if not chosen:
            told = "nothing to do: no run has made an environment that could be removed"
            answer({"verdict": told}, request.as_json, lambda: console.print(told))
            return EXIT_DONE
        return _run(console, bench, steps, [step.id for step in chosen], state, path, expected, request)


def settings_of(file: Path, profiles: Mapping[str, str], parameters: Mapping[str, str]) -> dict[str, str]:
    """What a further run must repeat. The environment file counts by its content, too."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    rights = {f"profile of {command}": name for command, name in profiles.items()}
    return {"environment": f"{file.name} {digest}", **rights, **parameters}


def is_nothing_to_do(may_exist: bool, request: Request) -> bool:
    """Whether only the end was asked for, of what is not there: it is not made in order to be removed."""
    wanted = choose(STEPS, request.only, request.options, done={step.id for step in STEPS})
    return not may_exist and {step.part for step in wanted} == {END}


@contextmanager
def _place(environment: Environment) -> Iterator[bool]:
    """Whether the environment lasts beyond the run. Locally without an engine: one of its own for the run."""
    if not environment.is_local or read_state(ROOT) is not None:
        yield True
        return
    former = os.environ.get(FOLDER_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-") as folder:
        os.environ[FOLDER_VARIABLE] = folder  # commands that are started find the engine by it, too
        try:
            control.start(Path(folder), stop_with_caller=True)
            yield False
        finally:
            control.stop(Path(folder))
            os.environ.pop(FOLDER_VARIABLE)
            if former is not None:
                os.environ[FOLDER_VARIABLE] = former


def ask(
    console: Console,
    bench: Bench,
    may_exist: bool,
    steps: list[Step],
    expected: Mapping[str, Any],
    request: Request,
) -> None:
    """Say what it takes, and have the name typed on AWS. Raises Refused.

    may_exist: whether this run has made the environment, as far as its state says.
    """
    suffix = bench.names.suffix
    if not may_exist:
        taken = names_that_hold(bench.client, suffix)
        if bench.stack.status != NO_STACK or taken:
            raise Refused(
                f"there is something with the name {suffix} already, which this run has not made: {told_names(taken)}",
                "an acceptance run makes and removes its environment: give another --suffix; or, to remove what is "
                f"there: {command_line('destroy', *bench.place_flags('destroy'))}",
            )
    if not steps:
        return
    where = bench.target.describe()
    console.print(f"{len(steps)} steps in {bench.names.stack} on {where}", markup=False, soft_wrap=True)
    if bench.target.is_local:
        return
    console.print(
        f"estimated: {expected['minutes']} min, {counted(expected['webhooks'], 'webhook')}, "
        f"{counted(expected['deployments'], 'long operation')} of CloudFormation; "
        f"at most {expected['usd']:.2f} USD in {request.max_minutes:.0f} min, by list "
        f"prices and without: {', '.join(expected['not_priced'])}",
        markup=False,
        soft_wrap=True,
    )
    if expected["usd"] > request.max_usd:
        raise Refused(
            f"it may cost {expected['usd']:.2f} USD, more than {request.max_usd:.2f}",
            "give a higher --max-usd",
        )
    if not request.yes:
        typed = console.input(f"Type the environment's name ({suffix}) to begin: ", markup=False)
        if typed.strip() != suffix:
            raise Refused("nothing was made", "to begin without being asked: --yes")


def told_names(names: Mapping[str, Sequence[str]]) -> str:
    """The first three, and how many more."""
    held = [f"{kind} {name}" for kind, of_kind in names.items() for name in of_kind]
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    return (", ".join(held[:3]) or "its stack") + more


def _run(
    console: Console,
    bench: Bench,
    steps: list[Step],
    chosen: list[str],
    state: State,
    path: Path | None,
    expected: Mapping[str, Any],
    request: Request,
) -> int:
    begun, clock = datetime.now(UTC), time.monotonic()
    on_time = False
    if not steps:
        console.print(f"all {len(chosen)} chosen steps are done already; --again repeats them")
    try:
        on_time = run_steps(bench, steps, state, path, lambda step, result: _print(console, step, result))
    finally:
        stays = state.may_exist and path is not None
        remains = command_line("destroy", *bench.place_flags("destroy")) if stays else ""
        about = {
            "suffix": bench.names.suffix,
            "account": bench.target.account_id,
            "region": bench.target.region,
            "is_local": bench.target.is_local,
            "commit": commit_of_checkout(),
            "begun": f"{begun:%Y-%m-%dT%H:%M:%SZ}",
            "seconds": time.monotonic() - clock,
            "parameters": state.settings,
            "versions": _versions(bench.target.is_local),
            "estimate": expected,
            "remains": remains,
        }
        report = document(about, STEPS, chosen, state.results)
        if request.report_folder:
            _write(request.report_folder, report)
        told = f"{report['verdict']}, in {about['seconds']:.0f} s"
        console.print(Text(told, style="bold"), soft_wrap=True)
        if remains:
            console.print(
                f"the environment is still there; to remove it: {remains}", markup=False, soft_wrap=True
            )
    if not state.may_exist and path is not None and path.exists():
        path.unlink()
    if request.as_json:
        print_json(report)
    if not on_time:
        return EXIT_STUCK
    return EXIT_DONE if told.startswith("PASSED") else EXIT_FOUND


def _print(console: Console, step: Step, result: Result) -> None:
    """One line: what was seen last, or why not."""
    sign, style = _SIGNS[result.status]
    last = result.evidence[-1] if result.evidence else None
    said = result.reason or (f"{last.called} → {last.seen}" if last else "")
    line = Text.assemble(
        (f"{sign} ", style),
        f"{step.id:<18}",
        (f"{result.seconds:6.1f} s  ", "dim"),
        step.title,
        (f": {said}", "dim"),
    )
    console.print(line, soft_wrap=True)


def _list(as_json: bool) -> int:
    rows = [
        [step.id, step.part, step.title, f"{step.aws_minutes:g}", ", ".join(step.needs), step.option]
        for step in STEPS
    ]
    headings = ["step", "part", "what must be", "minutes on AWS", "needs", "--with"]
    documents = [dict(zip(headings, row, strict=True)) for row in rows]
    answer(documents, as_json, lambda: print_table(headings, rows))
    return EXIT_DONE


def _write(folder: Path, report: Mapping[str, Any]) -> None:
    file = folder / f"acceptance-{report['suffix']}"
    file.with_suffix(".json").write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(markdown(report), encoding="utf-8")


def _versions(is_local: bool) -> dict[str, str]:
    packages = ["boto3", "troposphere", *(["ministack"] if is_local else [])]
    return {"Python": python_version(), **{name: version(name) for name in packages}}
