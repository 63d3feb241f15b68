"""The one door to the engine's code, which runs only in the launcher's process."""

import importlib
from typing import Any, Final

PACKAGE: Final = "ministack"


def module(name: str) -> Any:
    """The engine's module, e.g. `services.pipes`.

    To be called only when the engine is about to serve: its modules read the environment and start threads
    when imported. Any, because it has no types (and a checker would read its 236 000 lines for nothing).
    """
    return importlib.import_module(f"{PACKAGE}.{name}")
