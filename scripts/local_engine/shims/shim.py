"""What a shim is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Shim:
    """`apply` changes the engine in the launcher's process, before it serves; `reason` says what fails
    without it.

    The engine has no types, so what a shim takes from it and puts into it is Any; modules of the engine are
    imported inside `apply`, because they read the environment and start threads when imported.
    """

    name: str
    engine_version: str
    reason: str
    apply: Callable[[], None]
