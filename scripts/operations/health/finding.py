"""A finding of `health`: one line of the screen."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple


class Level(StrEnum):
    """How much a finding wants a person: nothing, a look in office hours, action now."""

    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """`subject`: whose line it is. `next_step`: a command or a page; empty where nothing is to be done."""

    subject: str
    level: Level
    text: str
    next_step: str = ""

    def document(self) -> dict[str, Any]:
        return self._asdict()


def worst(findings: Iterable[Finding]) -> Level:
    """The level that counts for all: OK for none."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
