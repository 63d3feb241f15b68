"""`pip install -r requirements/dev.txt` is enough: commands, build and benchmarks run without an installed project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.command_line.project_paths import ROOT

PROGRAMS = [
    path
    for folder in (ROOT, ROOT / "scripts", ROOT / "benchmarks")
    for path in sorted(folder.glob("*.py"))
    if "__main__" in path.read_text("utf-8") and not path.name.startswith("stub_")  # servers of benchmarks
]
# As `python PROGRAM ARGUMENTS` in an environment where nobody has run `pip install --editable .`.
WITHOUT_THE_PROJECT = """
import runpy, sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]
sys.argv = sys.argv[1:]
sys.path[0] = sys.argv[0].rpartition("/")[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(folder: Path, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_THE_PROJECT, str(program), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_programs_are_found() -> None:
    names = {path.name for path in PROGRAMS}
    assert {"acceptance.py", "build_template.py", "deploy.py", "local.py", "masking.py"} <= names


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_program_finds_its_packages(program: Path, tmp_path: Path) -> None:
    done = run(tmp_path, program, "--help")
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout.lower()


def test_the_templates_are_built(tmp_path: Path) -> None:
    done = run(tmp_path, ROOT / "build_template.py", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "root.template.json").read_bytes() == (
        ROOT / "output" / "root.template.json"
    ).read_bytes()
