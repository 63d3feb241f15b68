"""Output of the commands in a pipe, where grep must find an id."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from scripts.command_line.project_paths import ROOT

IDENTIFIER = "stripe:pi_" + "3SGev0001" * 8
MODULE = """
from rich.table import Column, Table
from scripts.command_line.console import OutputConsole


def main(command: str) -> int:
    table = Table(Column("first", overflow="fold"), Column("second", overflow="fold"))
    for _ in range({rows}):
        table.add_row("x" * 60, "{identifier}")
    OutputConsole().print(table)
    return 0
"""


def piped(folder: Path, rows: int, into: str) -> subprocess.CompletedProcess[str]:
    """What `into` makes of a command's output; the exit code is the command's."""
    (folder / "module.py").write_text(MODULE.format(rows=rows, identifier=IDENTIFIER))
    (folder / "script.py").write_text("from scripts.start_command import start\nstart(module='module')\n")
    command = f"{shlex.quote(sys.executable)} script.py | {into}; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def test_an_id_in_a_pipe_is_not_broken_over_lines(tmp_path: Path) -> None:
    done = piped(tmp_path, 1, f"grep -c {IDENTIFIER}")
    assert (done.stdout, done.stderr, done.returncode) == ("1\n", "", 0)
