"""The command `local`: the local engine, up and down."""

from dataclasses import asdict

import click

from scripts.command_line.command import Group
from scripts.command_line.copyable_command import command_line
from scripts.command_line.counted import counted
from scripts.command_line.errors import ToolError
from scripts.command_line.exit_codes import EXIT_DONE, EXIT_FOUND
from scripts.command_line.options import json_option
from scripts.command_line.project_paths import ROOT
from scripts.command_line.streams import answer
from scripts.local_engine.settings import DEFAULT_REGION, START_TIMEOUT_SECONDS
from scripts.local_engine.shims.registry import SHIMS
from scripts.local_engine.state import EngineState, read_state, state_folder


@click.group(
    cls=Group,
    examples=["{} up", "payment-webhooks deploy --suffix dev --local", "{} down"],
    exit_codes=[EXIT_FOUND],
)
def local() -> None:
    """Start, stop and look at the local engine.

    It is AWS on this machine, without an account. It listens on 127.0.0.1 only and enforces IAM. There is one engine a
    project; its state and its log are in .local/ (or where PAYMENT_WEBHOOKS_STATE says). docs/local-engine.md says what
    it shows and what it can't.
    """


@local.command()
@click.option("--region", default=DEFAULT_REGION, metavar="REGION", help="The AWS region that it stands for.")
@click.option(
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(0, 600, min_open=True),
    default=START_TIMEOUT_SECONDS,
    metavar="SECONDS",
    help="Give up after this long.",
)
@click.option(
    "--without-shim",
    "without_shims",
    multiple=True,
    type=click.Choice([shim.name for shim in SHIMS]),
    metavar="NAME",
    help="Leave one correction of the engine out, to see whether it is still needed. May be repeated.",
)
@json_option
def up(region: str, timeout_seconds: float, without_shims: tuple[str, ...], as_json: bool) -> None:
    """Start the engine, and print its address; does nothing when it runs."""
    state = read_state(ROOT)
    if state is not None:
        lines = [f"already up: {state.endpoint_url}"]
    else:
        state = start(region, timeout_seconds, without_shims)
        lines = [f"up: {state.endpoint_url} ({kind(state)}, with {counted(len(state.shims), 'correction')})"]
        for shim in SHIMS:
            if shim.name not in state.shims:
                lines.append(f"  LEFT OUT: {shim.name}: {shim.reason}")
    answer(facts(state), as_json, lambda: click.echo("\n".join(lines)))


def start(region: str, timeout_seconds: float, without_shims: tuple[str, ...]) -> EngineState:
    """Raises ToolError, with the last lines of the engine's log, when it does not start."""
    from scripts.local_engine import control

    folder = state_folder(ROOT)
    try:
        return control.start(
            folder, region=region, timeout_seconds=timeout_seconds, without_shims=without_shims
        )
    except control.StartFailed as failure:
        log = f"\nthe last lines of {folder / control.LOG_FILE}:\n{failure.log}" if failure.log else ""
        raise ToolError(f"{failure}{log}") from failure


@local.command()
@json_option
def down(as_json: bool) -> None:
    """Stop the engine; everything in it is gone."""
    from scripts.local_engine import control

    stopped = control.stop(state_folder(ROOT))
    answer(facts(None), as_json, lambda: click.echo("down" if stopped else "not running"))


@local.command()
@json_option
def status(as_json: bool) -> int:
    """Say whether the engine runs, and where; exit code 1 when it does not."""
    from scripts.local_engine.control import LOG_FILE

    state = read_state(ROOT)
    line = (
        f"up: {state.endpoint_url} ({kind(state)}, process {state.pid}), log {state.folder / LOG_FILE}"
        if state
        else f"not running (start it: {command_line('local', 'up')})"
    )
    answer(facts(state), as_json, lambda: click.echo(line))
    return EXIT_DONE if state else EXIT_FOUND


def kind(state: EngineState) -> str:
    return f"{state.region}, ministack {state.engine_version}"


def facts(state: EngineState | None) -> dict[str, object]:
    return {"running": state is not None, **(asdict(state) if state else {})}
