"""The three kinds of rows of the control matrix: what a resource must be, what tests show, what the account does."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from stacks.controls.template_resources import Resource

OPEN: Final = [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]


class Control(NamedTuple):
    """A demand on each resource of a type: a predicate, with an example that does not meet it.

    property: where the predicate looks.
    """

    id: str
    requirements: str
    what: str
    type: str
    property: str
    meets: Callable[[Resource], bool]
    counterexample: Mapping[str, Any]

    def is_met_by(self, found: Resource) -> bool:
        """A resource that lacks what the predicate looks for does not meet the control."""
        try:
            return self.meets(found)
        except (KeyError, IndexError, TypeError, StopIteration):
            return False

    def __str__(self) -> str:
        return f"{self.id} {self.type}"


class Demand(NamedTuple):
    """What is demanded. id: its name in a public rule set; stacks.controls.matrix_texts has its others.

    requirements: those of PCI DSS v4.0.1 that it serves; none for good practice beyond them.
    """

    id: str
    requirements: str
    what: str

    def on(
        self,
        type_: str,
        property_: str,
        meets: Callable[[Resource], bool],
        counterexample: Mapping[str, Any] = MappingProxyType({}),
    ) -> Control:
        return Control(*self, type_, property_, meets, counterexample)


class ShownByTests(NamedTuple):
    """A requirement that no property of a resource shows. tests: `{path from the root}::{function}`."""

    id: str
    requirements: str
    what: str
    where: str
    tests: tuple[str, ...]


class AccountDuty(NamedTuple):
    """What is set once for the account, not by these templates. command: shows whether it is."""

    id: str
    requirements: str
    what: str
    command: str
