"""Why a mutant may live: it does what the program does, or what it changes is promised to nobody."""

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple


class Explained(NamedTuple):
    """A mutant by its module and the lines that differ."""

    module: str
    was: str
    becomes: str


def read_explanations(path: Path) -> dict[Explained, str]:
    """The reason of each mutant that may live."""
    entries = tomllib.loads(path.read_text("utf-8"))["mutants"]
    reasons: dict[Explained, str] = {}
    for entry in entries:
        for was, becomes in entry["changes"]:
            explained = Explained(entry["module"], was, becomes)
            if explained in reasons or not entry["why"].strip():
                raise ValueError(f"explained twice, or not at all: {explained}")
            reasons[explained] = entry["why"]
    return reasons


def stale(
    reasons: Iterable[Explained], survivors: Collection[Explained], modules: Collection[str]
) -> list[Explained]:
    """Explanations of mutants of these modules that do not live: no such mutant, or a test finds it."""
    return [explained for explained in reasons if explained.module in modules and explained not in survivors]
