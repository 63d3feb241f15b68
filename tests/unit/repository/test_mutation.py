"""Explanations of mutants are of lines that are there, and go with their faults; a loaded module becomes one."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.mutation.explanations import Explained, read_explanations, stale
from tests.support.mutation.swapped_code import swap

ROOT = Path(__file__).resolve().parents[3]
EXPLANATIONS = ROOT / "tests" / "mutation_explained.toml"
LIVES = Explained("a.py", "if a < b:", "if a <= b:")
IS_FOUND = Explained("a.py", "return a", "return None")
TEXT = "LIMIT = 3\n\n\ndef is_within(number):\n    return number <= LIMIT\n\n\n"
NOT_TRIED = Explained("b.py", "return b", "return None")


def test_each_explanation_is_of_a_line_that_is_there() -> None:
    for explained in read_explanations(EXPLANATIONS):
        lines = (ROOT / explained.module).read_text("utf-8").splitlines()
        code = " ".join(line.partition("  # ")[0].strip() for line in lines)
        assert explained.was in code, explained


def test_an_explanation_is_stale_when_its_fault_is_found() -> None:
    assert stale([LIVES, IS_FOUND, NOT_TRIED], {LIVES}, {"a.py"}) == [IS_FOUND]


@pytest.mark.parametrize("why", ["", "Twice."])
def test_a_fault_is_explained_once_and_with_a_reason(why: str, tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    entry = f'[[mutants]]\nmodule = "a.py"\nwhy = "{why}"\nchanges = [["a", "b"]]\n'
    file.write_text(entry * (2 if why else 1), "utf-8")
    with pytest.raises(ValueError, match="explained twice"):
        read_explanations(file)


@pytest.fixture
def example(tmp_path: Path) -> Iterator[ModuleType]:
    """A module that is loaded."""
    path = tmp_path / "mutated_example.py"
    path.write_text(TEXT, "utf-8")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[path.stem] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[path.stem]


@pytest.mark.parametrize(("old", "new", "within"), [("<=", "<", [2]), ("= 3", "= 4", [2, 3, 4])])
def test_a_loaded_module_turns_into_its_mutant(
    example: ModuleType, old: str, new: str, within: list[int]
) -> None:
    change = swap(example.__name__, Path(str(example.__file__)), TEXT, TEXT.replace(old, new))
    assert change is not None
    assert [number for number in (2, 3, 4) if example.is_within(number)] == [2, 3]
    change()
    assert [number for number in (2, 3, 4) if example.is_within(number)] == within


def test_what_runs_when_a_module_is_loaded_needs_another_load(example: ModuleType) -> None:
    mutated = f"{TEXT}is_within = None\n"
    assert swap(example.__name__, Path(str(example.__file__)), TEXT, mutated) is None
