"""A copy of the project's code, in which a function or a template is changed and deployed."""

import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.acceptance.step_selection import CheckFailed
from scripts.command_line.project_paths import BUILD, ROOT

PARTS: Final = (
    "build_template.py",
    "environments",
    "functions",
    "layer",
    "output",
    "pyproject.toml",
    "scripts",
    "stacks",
)
LONGEST: Final = 500  # characters of what the build says
FAILING: Final = "AcceptanceFailure"
# It waits for a signal that nobody sends, for as short as CloudFormation lets it: the update fails, and nothing else.
FAILING_RESOURCE: Final = f"""

_build_messaging_as_it_is = build_messaging


def build_messaging() -> Template:  # type: ignore[no-redef]
    from troposphere import Ref, cloudformation

    template = _build_messaging_as_it_is()
    handle = template.add_resource(cloudformation.WaitConditionHandle("AcceptanceHandle"))
    template.add_resource(
        cloudformation.WaitCondition("{FAILING}", Handle=Ref(handle), Timeout="1", Count=1)
    )
    return template
"""

WARMED: Final = """

def _warm_throughput(template: Template) -> WarmThroughput:  # type: ignore[no-redef]
    return WarmThroughput(ReadUnitsPerSecond={reads}, WriteUnitsPerSecond={writes})
"""

# On AWS a deploy refuses templates that are not those of output/.
WRITE_TEMPLATES: Final = """
import sys
from pathlib import Path

sys.path[:0] = [".", "layer/python"]
from stacks.assembly import build

build().write(Path("output"))
"""


def copy_project(folder: Path) -> Path:
    """Copies what a deploy reads. The cache of built wheels is shared: it is keyed by what goes into it."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    BUILD.mkdir(exist_ok=True)
    (folder / "build").symlink_to(BUILD)
    return folder


def changed_project(folder: Path, *functions: str) -> Path:
    """A copy in which the code of these functions is another, and does the same."""
    project = copy_project(folder)
    for name in functions:
        with (project / "functions" / name / "handler.py").open("a", encoding="utf-8") as handler:
            handler.write(f'\nACCEPTANCE_RUN = "{secrets.token_hex(8)}"\n')
    return project


def failing_project(folder: Path) -> Path:
    """A copy whose templates hold a resource that is never made, so that their update fails and is rolled back."""
    return _other_templates(folder, "messaging/stack.py", FAILING_RESOURCE)


def warmed_project(folder: Path, reads: int, writes: int) -> Path:
    """A copy whose tables and indexes are warm for that many reads and writes a second."""
    return _other_templates(folder, "data/tables.py", WARMED.format(reads=reads, writes=writes))


def _other_templates(folder: Path, file: str, addition: str) -> Path:
    """A copy with that addition to a file of stacks/, and the templates that it gives."""
    project = copy_project(folder)
    with (project / "stacks" / file).open("a", encoding="utf-8") as source:
        source.write(addition)
    built = subprocess.run(
        [sys.executable, "-c", WRITE_TEMPLATES], cwd=project, capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        raise CheckFailed(f"the changed templates can't be built: {built.stderr.strip()[-LONGEST:]}")
    return project
