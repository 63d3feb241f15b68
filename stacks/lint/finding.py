"""What a tool finds, and what is left of it when waivers are applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, order=True)
class Finding:
    """resource: `{template}/{logical id}`, or the template where none is meant; a file's path; a package."""

    rule: str
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}: {self.message}"


class Excuse(NamedTuple):
    """A rule on resources, any of which shows that it is needed."""

    rule: str
    resources: frozenset[str]


def unexcused(found: Iterable[Finding], excuses: Sequence[Excuse]) -> list[Finding]:
    """What no excuse covers; an idle excuse is a finding too."""
    found = sorted(set(found))
    places = {(each.rule, each.resource) for each in found}
    excused = {(excuse.rule, resource) for excuse in excuses for resource in excuse.resources}
    return [
        *(each for each in found if (each.rule, each.resource) not in excused),
        *(
            Finding(rule, ", ".join(sorted(resources)), "waived but not found: remove it from waivers.toml")
            for rule, resources in sorted(excuses, key=lambda excuse: (excuse.rule, sorted(excuse.resources)))
            if not any((rule, resource) in places for resource in resources)
        ),
    ]
