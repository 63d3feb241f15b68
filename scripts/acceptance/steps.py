"""The steps of the acceptance run as records, and which of them a run does. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scripts.acceptance.bench import Bench


class Status(StrEnum):
    """What is known of a step. NOT_PROVEN: what ran here says nothing of AWS, or nothing ran."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_PROVEN = "not proven"
    SKIPPED = "skipped"


class Evidence(NamedTuple):
    """What was called and what was seen; no secret and no payload."""

    called: str
    seen: str


class CheckFailed(Exception):
    """What was seen is not what must be. The message says both."""


class OutOfTime(Exception):
    """The run has used up its time; the message says during what."""


class Step(NamedTuple):
    """One check with a name.

    run: does it and records its evidence; raises CheckFailed, OutOfTime or a ToolError. needs: ids of steps that must
    have been done in this environment. aws_minutes: how long it takes on AWS, estimated. aws_only: on the local engine
    it is not proven, whatever the engine does; runs_locally: it is at least run there. option: the word of --with that
    it wants.
    """

    id: str
    part: str
    title: str
    run: Callable[[Bench], None]
    needs: tuple[str, ...] = ()
    aws_minutes: float = 0.2
    webhooks: int = 0
    aws_only: bool = False
    runs_locally: bool = True
    option: str = ""


class Result(NamedTuple):
    """What became of one step. reason: why it failed, or why it is not proven or skipped."""

    step_id: str
    status: Status
    reason: str = ""
    seconds: float = 0.0
    evidence: tuple[Evidence, ...] = ()


class Choice(NamedTuple):
    """Which steps a person wants: `only` and `first` name steps or parts; empty means all."""

    only: tuple[str, ...] = ()
    first: str = ""
    options: frozenset[str] = frozenset()


def choose(steps: Sequence[Step], choice: Choice, done: Collection[str] = ()) -> list[Step]:
    """The steps to run, in their order, with those that they need and that are not among `done`.

    Raises KeyError with a word that names no step and no part.
    """
    names = {step.id for step in steps} | {step.part for step in steps}
    for word in (*choice.only, *([choice.first] if choice.first else [])):
        if word not in names:
            raise KeyError(word)
    wanted = {step.id for step in steps if _is_wanted(step, choice)}
    if choice.first:
        start = next(i for i, step in enumerate(steps) if choice.first in (step.id, step.part))
        wanted &= {step.id for step in steps[start:]}
    for step in reversed(steps):
        if step.id in wanted:
            wanted.update(need for need in step.needs if need not in done)
    return [step for step in steps if step.id in wanted]


def _is_wanted(step: Step, choice: Choice) -> bool:
    if choice.only:
        return step.id in choice.only or step.part in choice.only
    return not step.option or step.option in choice.options


def missing_need(step: Step, results: Mapping[str, Result]) -> str:
    """The id of a step that this one needs and that was not done; empty when there is none."""
    undone = [
        need
        for need in step.needs
        if need not in results or results[need].status in (Status.FAILED, Status.SKIPPED)
    ]
    return undone[0] if undone else ""
