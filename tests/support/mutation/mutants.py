"""Mutants of a module: the module with one small fault each."""

import ast
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code

from tests.support.mutation.operators import operators


class Mutant(NamedTuple):
    """A module's text with one fault, and the lines that differ, each without blanks at its ends."""

    line: int
    was: str
    becomes: str
    text: str


def mutants(path: Path) -> list[Mutant]:
    """Every program that differs from the module by one fault, and in more than what it says of types."""
    text = path.read_text("utf-8")
    seen = {_meaning(text)}
    found = []
    for mutated in _texts(text):
        meaning = _meaning(mutated)
        if meaning is not None and meaning not in seen:
            seen.add(meaning)
            found.append(_mutant(text, mutated))
    return sorted(mutant for mutant in found if mutant.was != "if TYPE_CHECKING:")


def _texts(text: str) -> Iterator[str]:
    for operator in operators():
        for occurrence in count():
            mutated = mutate_code(text, operator, occurrence)
            if mutated is None:
                break
            yield mutated


def _meaning(text: str) -> str | None:
    """The program without its annotations; None: it is none."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Name("annotation")
    return ast.dump(tree)


def _mutant(text: str, mutated: str) -> Mutant:
    before, after = text.splitlines(), mutated.splitlines()
    start = next(number for number in count() if before[number] != after[number])
    end = next(number for number in count(1) if before[-number] != after[-number])
    return Mutant(
        start + 1,
        _joined(before[start : len(before) - end + 1]),
        _joined(after[start : len(after) - end + 1]),
        mutated,
    )


def _joined(lines: list[str]) -> str:
    return " ".join(filter(None, (line.partition("  # ")[0].strip() for line in lines)))
