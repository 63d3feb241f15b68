"""Writes the list of covered calls into docs/faults.md."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from scripts.command_line.project_paths import ROOT
from tests.support.faults.worker import FUNCTIONS, KINDS

PAGE: Final = ROOT / "docs/faults.md"
_BEGIN: Final = "<!-- calls: written by the harness -->\n"
_END: Final = "<!-- end -->"


def page(text: str, boundaries: Sequence[Sequence[Any]]) -> str:
    """The page with these calls in place of the old ones."""
    before, rest = text.split(_BEGIN)
    return f"{before}{_BEGIN}{_table(boundaries)}{_END}{rest.split(_END)[1]}"


def _table(boundaries: Sequence[Sequence[Any]]) -> str:
    calls: dict[str, list[str]] = defaultdict(list)
    for mode, function, service, operation, what, _ in boundaries:
        name = f"{service} {operation} {what}" + (" (workflow mode)" if mode == "workflow" else "")
        calls[function].append(name)
    rows = [f"| `{name}` | {len(calls[name])} | {', '.join(sorted(calls[name]))} |" for name in FUNCTIONS]
    total = sum(map(len, calls.values()))
    head = (
        f"{total} calls, each with {len(KINDS)} kinds of fault: {total * len(KINDS)} lives of the system.\n\n"
    )
    return head + "\n".join(["| function | calls | which |", "| --- | --- | --- |", *rows]) + "\n"
