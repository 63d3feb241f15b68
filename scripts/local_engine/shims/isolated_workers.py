"""Functions see their layer and their code, and nothing of the machine that runs the engine.

The engine runs functions with its own interpreter: they can import every development dependency, and they
inherit the engine's settings as environment variables. A function that needs a package that its layer lacks
would work here and fail on AWS. The worker restarts itself without site-packages and without those variables.
"""

from pathlib import PurePath
from typing import Final

from local_engine.engine import module
from local_engine.settings import engine_settings
from local_engine.shims.shim import Shim

ENGINE_VERSION: Final = "1.5.33"
_RESTART: Final = """\
import os, sys
if not sys.flags.no_site:
    kept = {{name: value for name, value in os.environ.items() if name not in {hidden!r}}}
    os.execve(sys.executable, [sys.executable, "-I", "-S", __file__], kept)
"""


def apply() -> None:
    lambda_runtime = module("core.lambda_runtime")

    hidden = tuple(sorted(engine_settings(0, PurePath(), "")))
    lambda_runtime._PYTHON_WORKER_SCRIPT = (
        _RESTART.format(hidden=hidden) + lambda_runtime._PYTHON_WORKER_SCRIPT
    )


SHIM: Final = Shim(
    name="isolated_workers",
    engine_version=ENGINE_VERSION,
    reason="functions can import the engine's own packages and see its settings",
    apply=apply,
)
