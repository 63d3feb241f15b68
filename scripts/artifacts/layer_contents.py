"""Chooses the files of the installed wheels that ship in the Lambda layer.

botocore carries the models of some 400 services (27 MB), of which the functions use a few. A smaller layer is
a faster cold start: less to fetch, and far less JSON to parse.
"""

import json
from pathlib import PurePosixPath
from typing import Any, Final

# Every service that a function makes a client of, by botocore's name. A test compares it with the code.
CLIENT_SERVICES: Final = ("dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "ssm")

ENDPOINTS_FILE: Final = PurePosixPath("botocore/data/endpoints.json")
_DATA_FOLDERS: Final = (("botocore", "data"),)
# Only what the licences ask for, and the version, stay of a package's metadata.
_METADATA_KEPT: Final = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
_FOLDERS_CUT: Final = frozenset({"__pycache__", "tests", "test", "examples", "bin", "emscripten"})
# cryptography's compiled part needs only the compiled part of cffi (_cffi_backend), which lies beside them.
_PACKAGES_CUT: Final = frozenset({"cffi", "pycparser"})
_SUFFIXES_CUT: Final = frozenset({".pyc", ".pyi", ".h", ".c", ".cfg"})
# The time zone archive is dateutil's own copy, for zones by name: botocore asks only for UTC and local time.
_NAMES_CUT: Final = frozenset({".lock", "examples-1.json", "py.typed", "dateutil-zoneinfo.tar.gz"})


def ships(path: PurePosixPath, files: frozenset[PurePosixPath]) -> bool:
    """Whether the installed file `path` (relative to the wheels' folder) ships; `files` are all of them."""
    if path.name in _NAMES_CUT or path.suffix in _SUFFIXES_CUT:
        return False
    if path.parts[0] in _PACKAGES_CUT or _FOLDERS_CUT.intersection(path.parts[:-1]):
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name.startswith(_METADATA_KEPT)
    if path.parts[:2] in _DATA_FOLDERS and len(path.parts) > 3:
        return path.parts[2] in CLIENT_SERVICES and path.parts[3] == _newest_version(path, files)
    return True


def shipped_content(path: PurePosixPath, content: bytes) -> bytes:
    """The content that ships under `path`: endpoints.json loses the services that no function uses."""
    if path != ENDPOINTS_FILE:
        return content
    return json.dumps(_slim_endpoints(json.loads(content)), separators=(",", ":"), sort_keys=True).encode()


def _newest_version(path: PurePosixPath, files: frozenset[PurePosixPath]) -> str:
    """botocore loads the newest model of a service (their folders are dates); older ones are never read."""
    service = path.parts[:3]
    return max(file.parts[3] for file in files if file.parts[:3] == service and len(file.parts) > 4)


def _slim_endpoints(document: dict[str, Any]) -> dict[str, Any]:
    # The models' endpoint rule sets decide the endpoints; this older file still says which regions there are.
    partitions = [
        {
            **partition,
            "services": {
                name: value for name, value in partition["services"].items() if name in CLIENT_SERVICES
            },
        }
        for partition in document["partitions"]
    ]
    return {**document, "partitions": partitions}
