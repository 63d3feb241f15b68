"""Counts with their nouns, and that no message makes its own."""

import ast
import re
from pathlib import Path

import pytest

from scripts.command_line.counted import counted
from scripts.command_line.project_paths import ROOT

NOUNS = (
    "alarms|bytes|changes|counters|days|digests|files|findings|items|keys|messages|notifications|objects|packages|"
    "parts|payments|payouts|properties|resources|rows|transactions|webhooks"
)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (counted(1, "object"), "1 object"),
        (counted(0, "object"), "0 objects"),
        (counted(1500, "object"), "1,500 objects"),
        (counted(2, "property", "properties"), "2 properties"),
    ],
)
def test_one_is_singular(told: str, text: str) -> None:
    assert told == text


def plurals_after_values(path: Path) -> list[str]:
    """F-strings such as f"{count} objects"; a constant in capitals is known not to be one."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(value.value)}{text.value}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
        for value, text in zip(node.values, node.values[1:], strict=False)
        if isinstance(value, ast.FormattedValue)
        and isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and re.match(rf" ({NOUNS})\b(?!/)", text.value)
        and not re.search(r"[A-Z]{3}", ast.unparse(value.value))
    ]


def test_no_message_counts_by_itself() -> None:
    folders = [
        ROOT / "scripts" / name
        for name in ("command_line", "deployment", "operations", "review", "artifacts")
    ]
    assert [
        line for folder in folders for path in folder.rglob("*.py") for line in plurals_after_values(path)
    ] == []
