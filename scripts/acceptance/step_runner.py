"""Runs steps one after the other, and keeps what is done in a state file, so that the next run goes on from there."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scripts.acceptance.bench import Bench
from scripts.acceptance.step_selection import (
    CheckFailed,
    Evidence,
    NotProven,
    OutOfTime,
    Result,
    Status,
    Step,
)
from scripts.command_line.errors import Refused, ToolError, UsageError

NOT_ON_AWS = "the local engine says nothing of AWS here"


@dataclass
class State:
    """What a run knows of its environment. `may_exist`: it began to make one, and has not seen it gone.

    place: account and region. settings: environment file and parameters, which a further run must repeat. seconds: that
    all runs of it have taken.
    """

    suffix: str
    place: str
    settings: dict[str, str]
    may_exist: bool = False
    parameters: dict[str, str] = field(default_factory=dict)  # those that steps have changed
    results: dict[str, Result] = field(default_factory=dict)
    seconds: float = 0.0

    def done(self) -> set[str]:
        """Ids of the steps that need not be run again."""
        return {
            each.step_id
            for each in self.results.values()
            if each.status in (Status.PASSED, Status.NOT_PROVEN)
        }

    def save(self, path: Path | None) -> None:
        """`path` None: an environment that ends with the run needs no state."""
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")  # a record is a list there


def load_state(path: Path | None, new: State) -> State:
    """The state in the file if it is of the same environment, else `new`.

    Raises Refused when it is of another, and UsageError when the file holds no state.
    """
    if path is None or not path.exists():
        return new
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        results = {
            key: Result(step_id, Status(status), reason, seconds, tuple(Evidence(*each) for each in evidence))
            for key, (step_id, status, reason, seconds, evidence) in document.pop("results").items()
        }
        state = State(**document, results=results)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path} is no state of a run", "remove it, and that environment if it stands"
        ) from error
    same = (state.suffix, state.place, state.settings) == (new.suffix, new.place, new.settings)
    if not same and state.may_exist:
        raise Refused(
            f"{path} is of a run with other settings: {state.suffix} in {state.place}, {state.settings}",
            "repeat those, or remove that environment first",
        )
    return state if same else new


def run_steps(
    bench: Bench,
    steps: Sequence[Step],
    state: State,
    path: Path | None,
    report: Callable[[Step, Result], None],
) -> bool:
    """Run the steps; True unless the time was up. Each result is saved and reported as soon as it is there.

    The environment is not removed when a step has failed: somebody will want to look at it.
    """
    for step in steps:  # what is repeated and not reached is not done
        state.results.pop(step.id, None)
    begun, former = time.monotonic(), state.seconds
    try:
        return _run_each(bench, steps, state, path, report)
    finally:
        state.seconds = former + time.monotonic() - begun
        state.save(path)


def _run_each(
    bench: Bench,
    steps: Sequence[Step],
    state: State,
    path: Path | None,
    report: Callable[[Step, Result], None],
) -> bool:
    failed: list[str] = []
    for step in steps:
        out_of_time = False
        if skipped := _reason_to_skip(step, state, failed):
            result = Result(step.id, Status.SKIPPED, skipped)
        elif bench.target.is_local and not step.runs_locally:
            result = Result(step.id, Status.NOT_PROVEN, NOT_ON_AWS)
        else:
            state.may_exist |= step.makes_stacks
            state.save(path)
            result, out_of_time = run_step(bench, step)
        if result.status is Status.FAILED:
            failed.append(step.id)
        if step.id == "nothing-left" and result.status is Status.PASSED:
            state.may_exist = False
        state.results[step.id], state.parameters = result, dict(bench.parameters)
        state.save(path)
        report(step, result)
        if out_of_time:
            return False
    return True


def run_step(bench: Bench, step: Step) -> tuple[Result, bool]:
    """The result of one step, and whether the time was up in it."""
    begun = time.monotonic()
    bench.evidence = []
    status, reason, out_of_time = Status.PASSED, "", False
    try:
        step.run(bench)
    except OutOfTime as error:
        status, reason, out_of_time = Status.FAILED, f"the time was up during: {error}", True
    except CheckFailed as error:
        status, reason = Status.FAILED, str(error)
    except NotProven as error:
        status, reason = Status.NOT_PROVEN, str(error)
    except ToolError as error:
        status, reason = Status.FAILED, f"{error.message}; next: {error.next_step}"
    except Exception as error:  # one check that breaks must not hide what the others find
        status, reason = Status.FAILED, f"{type(error).__name__}: {error}"
    if status is Status.PASSED and step.aws_only and bench.target.is_local:
        status, reason = Status.NOT_PROVEN, NOT_ON_AWS
    return Result(step.id, status, reason, time.monotonic() - begun, tuple(bench.evidence)), out_of_time


def _reason_to_skip(step: Step, state: State, failed: Sequence[str]) -> str:
    for need in step.needs:
        if need not in state.done():
            return f"it needs {need}, which is not done"
    if step.id == "destroy" and failed:
        return f"the environment stays to be looked at, as these failed: {', '.join(failed)}"
    return ""
