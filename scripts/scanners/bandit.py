"""bandit, over what ships to Lambda and what deploys it. https://bandit.readthedocs.io/en/latest/man/bandit.html"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scripts.scanners import planted
from scripts.scanners.scanner import Scanner
from stacks.lint.finding import Finding

CODE: Final = ("build_template.py", "functions", "layer", "scripts", "stacks")


def of_code(tools: Path, files: Path) -> Scanner:
    """Comments in the code excuse nothing: waivers.toml alone does."""
    flags = ("--quiet", "--ignore-nosec", "--format", "json", "--recursive")
    command = (str(tools / "bin" / "bandit"), *flags, *CODE, planted.FOLDER)
    return Scanner("bandit", command, files, _read, frozenset({("B307", "planted/code.py")}))


def _read(answer: Any) -> Iterator[Finding]:
    for error in answer["errors"]:
        yield Finding("parse", str(Path(error["filename"])), error["reason"])
    for each in answer["results"]:
        message = f"{each['issue_text']} (line {each['line_number']})"
        yield Finding(each["test_id"], str(Path(each["filename"])), message)
