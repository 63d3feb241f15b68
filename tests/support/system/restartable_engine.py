"""The engine's launcher, for an engine that SIGUSR1 restarts: `python -I restartable_engine.py FOLDER [OPTIONS]`.

What AWS keeps outlives the process: tables, streams with their records and how far each was read, queues, objects,
keys. All else is gone at once, between any two steps: requests under way, pollers, workers, connections. The engine's
own persistence saves nothing when it is killed, and no records of streams at all.
"""

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

sys.path.append(str(Path(__file__).resolve().parents[3]))

from scripts.local_engine import launcher
from scripts.local_engine.shims.engine_modules import PACKAGE, module

KEPT_FILE: Final = "kept.pickle"
_COMMAND: Final = [sys.executable, "-I", *sys.argv]
_ATOMIC_SECONDS: Final = 60.0  # so long no other thread has its turn
_SERVICES: Final = f"{PACKAGE}.services."


def main() -> int:
    kept, app = Path(sys.argv[1]) / KEPT_FILE, module("app")

    def restart(*_: Any) -> None:
        app._MAIN_LOOP.call_soon_threadsafe(_begin_anew, kept)  # between two requests: none is half done

    signal.signal(signal.SIGUSR1, restart)
    if kept.exists():
        app.PERSIST_STATE, app._load_persisted_state = True, lambda: _load(app, kept)
    return launcher.main(sys.argv[1:])


def _begin_anew(kept: Path) -> None:
    sys.setswitchinterval(_ATOMIC_SECONDS)
    with kept.open("wb") as file:
        _Pickler(file).dump({place: store._data for place, store in _stores().items()})
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.execv(_COMMAND[0], _COMMAND)  # noqa: S606 - it is this program


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """A key of KMS as its bytes."""
        if isinstance(value, EllipticCurvePrivateKey):
            return _key_of, (value.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
        return NotImplemented


def _key_of(content: bytes) -> Any:
    return load_der_private_key(content, None)


def _stores() -> dict[tuple[str, str], Any]:
    """What the services hold for accounts and Regions, by module and variable."""
    responses = module("core.responses")
    kinds = (responses.AccountScopedDict, responses.AccountRegionScopedDict)
    return {
        (name, variable): value
        for name, service in [*sys.modules.items()]
        if name.startswith(_SERVICES)
        for variable, value in vars(service).items()
        if isinstance(value, kinds)
    }


def _load(app: Any, kept: Path) -> None:
    app.PERSIST_STATE = False  # or it would save its own, too
    for (name, variable), content in pickle.loads(kept.read_bytes()).items():  # noqa: S301 - its own
        getattr(module(name.removeprefix(f"{PACKAGE}.")), variable)._data.update(content)
    kept.unlink()
    _register_pipes()
    for name in ("lambda_svc", "pipes"):
        module(f"services.{name}")._ensure_poller()


def _register_pipes() -> None:
    """The shim keeps what the engine does not: it learns it when CloudFormation updates a pipe."""
    update = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::Pipes::Pipe"]["update"]
    for stack in module("services.cloudformation")._stacks.values():
        for resource in stack.get("_resources", {}).values():
            if resource["ResourceType"] == "AWS::Pipes::Pipe":
                properties = resource["Properties"]
                update(resource["PhysicalResourceId"], properties, properties, stack["StackName"])


if __name__ == "__main__":
    sys.exit(main())
