"""A trial of a mutant: tests run in a forked process in which the mutant stands in for the module.

The files stay as they are. Most mutants are found in a process that has loaded the project and collected its tests,
where functions get the mutant's code. The others are tried in a process that has only loaded packages of others, and
imports the mutant.
"""

import gc
import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import _lru_cache_wrapper
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import pytest
from _pytest.main import pytest_runtestloop

from tests.support.mutation.swapped_code import swap

OURS: Final = (
    "payment_webhooks",
    "scripts",
    "stacks",
    "tests",
    "functions",
    "build_template",
    "conftest",
    "test_",
)
OPTIONS: Final = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "--hypothesis-profile",
    "mutation",
    "--assert",
    "plain",
)
LOOK_SECONDS: Final = 0.005  # between two looks at a process
SLEEPING_TIMES: Final = 10  # as long as the limit of CPU, by the clock
COLLECTED_SECONDS: Final = 3600.0


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module and gives it another text."""

    def __init__(self, name: str, path: Path, text: str) -> None:
        self.name, self.path, self.text = name, path, text

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=str(self.path)) if fullname == self.name else None

    def get_source(self, fullname: str) -> str:
        return self.text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec")

    def is_package(self, fullname: str) -> bool:
        return False


def run_tests(tests: Sequence[str], replaced: Replaced | None, limit_seconds: float) -> tuple[int, float]:
    """The exit code of pytest in a process of its own, and how much CPU it took."""

    def run() -> int:
        if replaced:
            sys.meta_path.insert(0, replaced)
        return pytest.main([*OPTIONS, *tests])

    return _in_a_process(run, limit_seconds)


class TrialsAfterCollection:
    """A plugin of pytest that runs the collected tests once for each mutant, in place of once."""

    def __init__(
        self, name: str, path: Path, texts: Sequence[str], limit_seconds: float, found: Path
    ) -> None:
        self.name, self.path, self.texts = name, path, texts
        self.limit_seconds, self.found, self.failed = limit_seconds, found, found.with_name("failed")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        pytest_runtestloop(session)  # what is imported on the way is there in each trial
        for thing in gc.get_objects():
            if isinstance(thing, _lru_cache_wrapper) and thing.__module__.startswith(OURS):
                thing.cache_clear()
        original = self.path.read_text("utf-8")
        if self._trial(session, lambda: None):
            raise RuntimeError("the collected tests fail without any fault")
        with self.found.open("w", encoding="utf-8") as file:
            for number, text in enumerate(self.texts):
                if change := swap(self.name, self.path, original, text):
                    is_found = self._trial(session, change)
                    file.write(f"{number} {is_found:d}\n")
                    if is_found:
                        self._put_first(session)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.write_text(report.nodeid, "utf-8")

    def _trial(self, session: pytest.Session, change: Callable[[], None]) -> bool:
        """Whether the tests find the mutant."""

        def run() -> int:
            change()
            pytest_runtestloop(session)
            return session.testsfailed

        return _in_a_process(run, self.limit_seconds)[0] != 0

    def _put_first(self, session: pytest.Session) -> None:
        """The test that failed, as it is likely to find the next mutant, too."""
        failed = self.failed.read_text("utf-8") if self.failed.exists() else ""
        session.items.sort(key=lambda item: item.nodeid != failed)


def found_after_collection(
    tests: Sequence[str], name: str, path: Path, texts: Sequence[str], limit_seconds: float
) -> dict[int, bool]:
    """Whether the tests find a mutant, by its number; without those for which the project is loaded again."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found"
        plugin = TrialsAfterCollection(name, path, texts, limit_seconds, found)
        _in_a_process(lambda: int(pytest.main([*OPTIONS, *tests], plugins=[plugin])), COLLECTED_SECONDS)
        pairs = [line.split() for line in found.read_text("utf-8").splitlines()]
        return {int(number): is_found == "1" for number, is_found in pairs}


def load_packages_of_others(tests: Sequence[str]) -> None:
    """Import here what these tests import of other projects, and so in every process that begins."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "names"

        def run() -> int:
            code = pytest.main([*OPTIONS, *tests])
            names.write_text("\n".join(sys.modules), "utf-8")
            return code

        _in_a_process(run, limit_seconds=600)
        for name in names.read_text("utf-8").splitlines():
            if not name.startswith(OURS) and name not in sys.modules:
                try:
                    importlib.import_module(name)
                except ImportError:
                    continue
    gc.freeze()


def _in_a_process(run: Callable[[], int], limit_seconds: float) -> tuple[int, float]:
    """The exit code of a process that takes at most so much CPU, and how much it took.

    CPU, as a mutant may never end, and the machine may be busy; a process that sleeps for ever ends by the clock.
    """
    process = os.fork()
    if process == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit_seconds) + 1, int(limit_seconds) + 2))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        code = 3
        try:
            code = int(run())
        finally:
            os._exit(code)
    end = time.monotonic() + SLEEPING_TIMES * limit_seconds
    while time.monotonic() < end:
        done, status, usage = os.wait4(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        time.sleep(LOOK_SECONDS)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return -signal.SIGKILL, limit_seconds
