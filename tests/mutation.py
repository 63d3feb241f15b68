"""Runs tests against programs with one fault each, and lists the faults that no test finds.

    python tests/mutation.py [PART OF A PATH...]

Modules and their tests: tests/support/mutation/subjects.py. Faults that may live, with the reason of each:
tests/mutation_explained.toml. Exits 1 if one lives that is not explained, or an explanation is of none that lives.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "layer" / "python")]

from tests.support.mutation.explanations import Explained, read_explanations, stale  # noqa: E402
from tests.support.mutation.mutants import Mutant, mutants  # noqa: E402
from tests.support.mutation.subjects import SUBJECTS, Subject  # noqa: E402
from tests.support.mutation.trial import Replaced, found_after_collection, load_packages_of_others, run_tests  # noqa: E402

EXPLANATIONS: Final = ROOT / "tests" / "mutation_explained.toml"
FIRST_RUN_SECONDS: Final = 300.0


class Figures(NamedTuple):
    """What became of a module's mutants."""

    mutants: int
    survivors: list[Explained]


def modules_of(subject: Subject, parts: list[str]) -> list[str]:
    names = subject.modules or sorted(path.stem for path in (ROOT / subject.folder).glob("*.py"))
    paths = [f"{subject.folder}/{name}.py" for name in names if name != "__init__"]
    return [path for path in paths if not parts or any(part in path for part in parts)]


def figures_of(
    subject: Subject, modules: list[str], reasons: Mapping[Explained, str]
) -> Iterator[tuple[str, Figures]]:
    """The figures of each module."""
    load_packages_of_others(subject.tests)
    code, seconds = run_tests(subject.tests, None, FIRST_RUN_SECONDS)
    if code:
        raise SystemExit(
            f"The tests of {subject.name} fail without any fault: pytest {' '.join(subject.tests)}"
        )
    for module in modules:
        found = mutants(ROOT / module)
        survivors = list(surviving(subject, module, found, 2 * seconds + 2, reasons))
        print(f"{module}: {len(found)} mutants, {len(survivors)} live", file=sys.stderr, flush=True)
        yield module, Figures(len(found), survivors)


def surviving(
    subject: Subject,
    module: str,
    found: list[Mutant],
    limit_seconds: float,
    reasons: Mapping[Explained, str],
) -> Iterator[Explained]:
    """The mutants that live; tells each that does so without a reason as soon as it is known."""
    name = module.removeprefix("layer/python/").removesuffix(".py").replace("/", ".")
    texts = [mutant.text for mutant in found]
    tried = found_after_collection(subject.tests, name, ROOT / module, texts, limit_seconds)
    for number, mutant in enumerate(found):
        if tried.get(number):
            continue
        survivor = Explained(module, mutant.was, mutant.becomes)
        # What earlier tests left behind may hide a fault: a process that loads the project has the last word.
        replaced = Replaced(name, ROOT / module, mutant.text)
        if (
            not (number in tried and survivor in reasons)
            and run_tests(subject.tests, replaced, limit_seconds)[0]
        ):
            continue
        if survivor not in reasons:
            print(f"{module}:{mutant.line}\n  {mutant.was}\n  {mutant.becomes}", flush=True)
        yield survivor


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="of a module's path; none: all modules")
    parts = parser.parse_args().parts
    os.chdir(ROOT)
    reasons = read_explanations(EXPLANATIONS)
    figures: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, bytecode
        for subject in SUBJECTS:
            if modules := modules_of(subject, parts):
                figures |= dict(figures_of(subject, modules, reasons))
    return report(figures, reasons)


def report(figures: Mapping[str, Figures], reasons: Mapping[Explained, str]) -> int:
    """Print what became of the mutants by module; returns the exit code."""
    print(f"{'module':66} mutants  found  explained  neither")
    neither = 0
    for module, (mutants_count, survivors) in figures.items():
        explained = sum(survivor in reasons for survivor in survivors)
        neither += len(survivors) - explained
        print(
            f"{module:66} {mutants_count:7} {mutants_count - len(survivors):6}"
            f" {explained:10} {len(survivors) - explained:8}"
        )
    lives = {survivor for _, survivors in figures.values() for survivor in survivors}
    out_of_date = stale(reasons, lives, figures)
    for explained_one in out_of_date:
        print(f"explained, but no such fault lives: {explained_one}")
    return 1 if neither or out_of_date else 0


if __name__ == "__main__":
    raise SystemExit(main())
