"""The tables of docs/least-privilege.md, as tests/templates/compute/test_least_privilege.py counts and holds them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from scripts.command_line.project_paths import ROOT
from tests.support.templates.unrecorded_grants import UNRECORDED

PAGE: Final = ROOT / "docs/least-privilege.md"
_BEGIN: Final = "<!-- rights: written by tests/templates/compute/test_least_privilege.py -->\n"
_END: Final = "<!-- end -->"


class Proofs(NamedTuple):
    """How many statements of a role are proven in which way. `on_engine`: taken away from the deployed system."""

    role: str
    on_engine: int
    on_paper: int
    by_reason: int
    denials: int


def page(text: str, proofs: Sequence[Proofs]) -> str:
    """The page with these numbers in place of the old ones."""
    before, rest = text.split(_BEGIN)
    return f"{before}{_BEGIN}{_tables(proofs)}{_END}{rest.split(_END)[1]}"


def _tables(proofs: Sequence[Proofs]) -> str:
    engine, paper, reason, denials = (
        sum(getattr(each, name) for each in proofs) for name in Proofs._fields[1:]
    )
    total = engine + paper + reason
    lines = [
        f"{total} statements allow something, in {len(proofs)} roles. **Proven on the engine: {engine} of {total}**; "
        f"from recorded calls alone: {paper}; by a reason, mostly that an AWS service makes the call: {reason}. "
        f"{denials} statements deny.",
        "",
        "| role | on the engine | recorded calls alone | a reason | denies |",
        "| --- | --- | --- | --- | --- |",
        *(f"| `{each[0]}` | {' | '.join(map(str, each[1:]))} |" for each in proofs),
        "",
        "| role | action | resource | why no call of ours is recorded |",
        "| --- | --- | --- | --- |",
        *(f"| `{each.role}` | `{each.action}` | `{each.resource}` | {each.reason} |" for each in UNRECORDED),
    ]
    return "\n".join(lines) + "\n"
