"""A control as a predicate over one resource of the built templates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.templates.resources import Resource

OPEN = [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]


@dataclass(frozen=True)
class Control:
    id: str
    type: str
    meets: Callable[[Resource], bool]
    counterexample: dict[str, Any] = field(default_factory=dict)

    def is_met_by(self, found: Resource) -> bool:
        """A resource that lacks what the predicate looks for does not meet the control."""
        try:
            return self.meets(found)
        except (KeyError, IndexError, TypeError, StopIteration):
            return False

    def __str__(self) -> str:
        return f"{self.id} {self.type}"
