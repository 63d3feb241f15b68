"""Access to the engine's modules, which run only in the launcher's process.

The engine has no types (and a checker would read its 236 000 lines for nothing), so values from and for it are Any.
"""

import importlib
import json
from typing import Any, Final

PACKAGE: Final = "ministack"
ENGINE_VERSION: Final = "1.5.33"  # the one that all shims are written and tested for


def module(name: str) -> Any:
    """Import the engine's module `name`, e.g. `services.pipes`.

    Call it only inside `apply`: the engine's modules read the environment and start threads when imported.
    """
    return importlib.import_module(f"{PACKAGE}.{name}")


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a request's body; empty when it holds none, which the engine answers itself."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
