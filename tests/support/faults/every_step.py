"""Lets every call of every function fail in every way, one at a time, and compares what becomes of it with the truth.

A world runs from the first webhook to the archive. Before each invocation with calls that are not covered yet the
process forks: one child for each of these calls and each kind of fault goes on with that fault to the end, and says
what is wrong there. So a new call of a function is covered as it appears.
"""

import json
import os
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from tests.support.faults.aws import Step
from tests.support.faults.worker import Fault
from tests.support.faults.world import World

MODES: Final = ("queue", "workflow")


class Boundary(NamedTuple):
    """The `number`th call of its kind in an invocation."""

    function: str
    step: Step
    number: int


class Tried(NamedTuple):
    mode: str
    boundary: Boundary
    kind: str
    lies: list[str]


class Explorer:
    """A plan that tries every call of `functions`. `kinds`: of faults; with `one_kind` each call gets the next one of
    them only. `most_alike`: of calls that are alike in an invocation, so many are tried.
    """

    def __init__(
        self, mode: str, functions: Sequence[str], kinds: Sequence[str], most_alike: int, one_kind: bool
    ) -> None:
        self._mode = mode
        self._functions = functions
        self._kinds = kinds
        self._known: set[Boundary] = set()
        self._most_alike = most_alike
        self._one_kind = one_kind
        self._report: BinaryIO | None = None  # of a child that goes on with a fault
        self.fault_of = ""
        self.tried: list[Tried] = []

    def __call__(self, world: World, function: str, event: Any) -> Fault | None:
        if self._report is not None or function not in self._functions:
            return None
        alike: Counter[Step] = Counter()
        for call, step in enumerate(self._steps(world, function, event)):
            boundary = Boundary(function, step, alike[step])
            alike[step] += 1
            if boundary in self._known or boundary.number >= self._most_alike:
                continue
            self._known.add(boundary)
            turn = len(self._known) % len(self._kinds)
            for kind in self._kinds[turn : turn + 1] if self._one_kind else self._kinds:
                found = self._fork()
                if found is None:
                    self.fault_of = function
                    return Fault(kind, call)
                self.tried.append(Tried(self._mode, boundary, kind, found))
        return None

    def is_over(self, function: str = "") -> bool:
        """Whether this is a child with a fault, and what is left concerns only others than the function that had it."""
        return self._report is not None and self.fault_of != function

    def may_repeat(self, function: str) -> bool:
        """Whether something may be told twice by a function: only where that one was disturbed."""
        return self.fault_of == function

    def end(self, lies: Iterator[str]) -> None:
        """Report, and end the process if it is a child."""
        found = list(lies)
        if self._report is None:
            assert not found, found
            return
        self._leave(found)

    def _steps(self, world: World, function: str, event: Any) -> list[Step]:
        """The calls of the invocation, which a child tries."""
        found = self._fork()
        if found is None:
            self._leave([list(step) for step in world.workers.call(function, event, world.aws).steps])
        return [Step(*each) for each in found or ()]

    def _fork(self) -> list[Any] | None:
        """What a child reports; None in the child."""
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            self._report = os.fdopen(writing, "wb")
            return None
        os.close(writing)
        with os.fdopen(reading, "rb") as report:
            text = report.read()
        os.wait()
        found: list[Any] = json.loads(text) if text else ["no report: the harness itself failed"]
        return found

    def _leave(self, found: list[Any]) -> None:
        assert self._report is not None
        self._report.write(json.dumps(found).encode())
        self._report.close()
        os._exit(0)

    def fail(self) -> None:
        """End the process with the exception that is being handled, if it is a child."""
        if self._report is not None:
            self._leave([traceback.format_exc()])
