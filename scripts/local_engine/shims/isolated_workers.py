"""Functions see their layer and their code, and nothing of the machine that runs the engine.

The engine runs functions with its own interpreter: they can import every development dependency, and they
inherit the engine's settings as environment variables. A function that needs a package that its layer lacks
would work here and fail on AWS. So workers start without site-packages and without those variables.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, Final

from scripts.local_engine.settings import engine_settings
from scripts.local_engine.shims.engine_modules import module

_HIDDEN: Final = frozenset(engine_settings(0, PurePath(), ""))


def isolated(command: Sequence[str]) -> list[str]:
    """The command of a Python worker without site-packages (-S) and without the script's folder and PYTHON* (-I)."""
    return [command[0], "-I", "-S", *command[1:]] if command[0] == sys.executable else list(command)


def apply() -> None:
    def start(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> "subprocess.Popen[Any]":
        visible = {name: value for name, value in env.items() if name not in _HIDDEN}
        return subprocess.Popen(isolated(command), env=visible, **options)

    module("core.lambda_runtime").subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})
