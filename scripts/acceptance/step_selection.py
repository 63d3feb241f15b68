"""The steps of the acceptance run as records, and which of them a run does. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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


class NotProven(Exception):
    """Nothing that was seen says whether it is so; the message says why."""


class OutOfTime(Exception):
    """The run has used up its time; the message says during what."""


class Step(NamedTuple):
    """One check with a name.

    run: does it and records its evidence; raises CheckFailed, NotProven, OutOfTime or a ToolError. needs: ids of steps
    that must have been done in this environment. aws_minutes: how long it takes on AWS, estimated. aws_only: on the
    local engine it is not proven, whatever the engine does; runs_locally: it is at least run there. makes_stacks: from
    nothing. option: the word of --with that it wants.
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
    makes_stacks: bool = False
    option: str = ""


class Result(NamedTuple):
    """What became of one step. reason: why it failed, or why it is not proven or skipped."""

    step_id: str
    status: Status
    reason: str = ""
    seconds: float = 0.0
    evidence: tuple[Evidence, ...] = ()


def choose(
    steps: Sequence[Step],
    only: Collection[str] = (),
    options: Collection[str] = (),
    done: Collection[str] = (),
) -> list[Step]:
    """The steps to run, in their order, with those that they need and that are not among `done`.

    `only` names steps or parts; empty, it is every step without an option and those of `options`. Raises KeyError with
    a word of `only` that names no step and no part.
    """
    for word in only:
        if not any(word in (step.id, step.part) for step in steps):
            raise KeyError(word)
    wanted = {
        step.id
        for step in steps
        if (step.id in only or step.part in only if only else not step.option or step.option in options)
    }
    for step in reversed(steps):
        if step.id in wanted:
            wanted.update(need for need in step.needs if need not in done)
    return [step for step in steps if step.id in wanted]
