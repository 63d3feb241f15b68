"""A layer is unpacked once, not once for each worker.

Each new worker of a function gets its own copy of the layer, unpacked by the engine's one process: a third of
a second for ours, one after the other, so that fifty requests at once wait for tens of seconds. A worker's
layer folder becomes a link to the one copy; functions do not write there, as on AWS, where it is read-only.
"""

import hashlib
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from scripts.local_engine.shims.engine_modules import module

_LAYER_FOLDER: Final = "layer_"  # as the engine names a worker's layers: layer_0, layer_1
_lock: Final = threading.Lock()


class SharingZipFile(zipfile.ZipFile):
    """Unpacks a layer into one folder by its content, and makes the worker's folder a link to it."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        folder = Path(path)
        if not folder.name.startswith(_LAYER_FOLDER):
            return super().extractall(path, members, pwd)
        shared = Path(tempfile.gettempdir()) / f"layer-{self._digest()}"
        with _lock:
            if not shared.exists():
                draft = tempfile.mkdtemp(prefix="layer-draft-")
                super().extractall(draft, members, pwd)
                os.rename(draft, shared)
        folder.rmdir()
        folder.symlink_to(shared, target_is_directory=True)
        return None

    def _digest(self) -> str:
        with open(str(self.filename), "rb") as archive:
            return hashlib.file_digest(archive, "sha256").hexdigest()


def apply() -> None:
    # The engine catches zipfile.LargeFileError, which there is not: the error that it means would be masked.
    corrected = {"ZipFile": SharingZipFile, "LargeFileError": zipfile.LargeZipFile}
    module("core.lambda_runtime").zipfile = SimpleNamespace(**{**vars(zipfile), **corrected})
