"""The record of a shim, and access to the engine's modules, which run only in the launcher's process."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

PACKAGE: Final = "ministack"
ENGINE_VERSION: Final = "1.5.33"  # the one that all shims are written and tested for


@dataclass(frozen=True)
class Shim:
    """One correction of the engine. `apply` changes the engine before it serves; `reason` says what fails without it.

    The engine has no types, so a shim's values from and for the engine are Any.
    """

    name: str
    reason: str
    apply: Callable[[], None]


def module(name: str) -> Any:
    """Import the engine's module `name`, e.g. `services.pipes`.

    Call it only inside `apply`: the engine's modules read the environment and start threads when imported. Any,
    because they have no types (and a checker would read their 236 000 lines for nothing).
    """
    return importlib.import_module(f"{PACKAGE}.{name}")
