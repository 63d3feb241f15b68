"""A copy of the project's code, so that a test can change a function or a template and deploy that."""

import shutil
from pathlib import Path

from scripts.command_line.project_paths import BUILD, ROOT

PARTS = ("build_template.py", "environments", "functions", "layer", "output", "scripts", "stacks")


def copy_project(folder: Path) -> Path:
    """Copies what a deploy reads. The cache of built wheels is shared: it is keyed by what goes into it."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    BUILD.mkdir(exist_ok=True)
    (folder / "build").symlink_to(BUILD)
    return folder
