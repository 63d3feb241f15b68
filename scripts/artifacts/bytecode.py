"""Compiles Python bytecode beside the sources, so that a cold start does not compile.

Unchecked-hash files (PEP 552): a zip file gives every source a new modification time, which makes ordinary
.pyc files stale, and a stale one costs more than none (measured: 1.7 times the start).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.command_line.errors import RolledBack


def find_interpreter(runtime: str) -> str | None:
    """The path of an interpreter of the Lambda `runtime`, e.g. `python3.11`: bytecode fits one version only.

    None when neither the running one nor one on PATH is of that version.
    """
    if runtime == running_runtime():
        return sys.executable
    path = shutil.which(runtime)
    if path is None:
        return None
    # A version manager may have a `python3.12` on PATH that only says that 3.12 is not installed.
    question = [path, "-I", "-S", "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(question, capture_output=True, text=True, check=False)
    return path if answer.stdout.strip() == runtime else None


def running_runtime() -> str:
    """The Lambda name of the running interpreter, e.g. `python3.11`."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def compile_tree(folder: Path, interpreter: str, shown_as: str) -> None:
    """Write a .pyc for every source under `folder`; tracebacks will show `folder` as the path `shown_as`.

    One process with a fixed hash seed and no site packages, in sorted order: what the bytes could depend on
    is the same each time. Raises RolledBack when a source does not compile.
    """
    flags = ["-S", "-s", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    command = [interpreter, *flags, "-s", str(folder), "-p", shown_as, str(folder)]
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    process = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if process.returncode != 0:
        problem = (process.stdout + process.stderr).strip()
        raise RolledBack(f"does not compile: {problem}", "nothing was deployed; correct it and run again")
