"""What every test run needs: Hypothesis profiles, an interrupt signal that counts, and no process left behind."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.support.leftover_processes import end_processes

# A time limit for one example says nothing on a busy machine.
settings.register_profile("ordinary", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2000)  # tox run -e long
settings.register_profile(  # tests/mutation.py: the same each time, and no search for the smallest
    "mutation",
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("ordinary")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors (`--numprocesses auto`), as integration tests often wait."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Let each worker begin with another part of the tests: what one has compiled the others read."""
    worker = getattr(config, "workerinput", None)
    if worker and config.args == ["tests"]:
        files = [str(file) for file in sorted(Path("tests").rglob("test_*.py"))]
        first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        config.args[:] = files[first:] + files[:first]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All workers must have one order."""
    items.sort(key=lambda item: item.path)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Count no lines of a property: a hundred examples run the same ones, and counting doubles their time."""
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("no_cover")


# Tests make many objects that live on: to look for cycles among them as often as Python does takes a tenth of the time.
gc.set_threshold(20_000)

# A shell that starts a job with `&` or nohup lets it ignore SIGINT, and its children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_process_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run when a process that its tests started, such as a local engine, outlives them."""
    folder = tmp_path_factory.getbasetemp()
    yield
    assert end_processes(folder) == []
