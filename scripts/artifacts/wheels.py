"""Installs the wheels that ship in the layer, for Lambda's processor and Python, and chooses their files.

botocore carries the models of some 400 services (27 MB), of which the functions use a few, with their manual. A smaller
layer is a faster cold start: less to fetch, and far less JSON to parse.
"""

import gzip
import json
import platform
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any, Final

import uv

from scripts.command_line.errors import RolledBack, UsageError

# python3.11 runs on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023: manylinux2014 wheels
# (glibc 2.17) load on both. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_WHEEL_PLATFORMS: Final = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
_MACHINES: Final = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "amd64": "x86_64"}
_INSTALL_SECONDS: Final = 600
# Every service that a function makes a client of, by botocore's name. A test compares it with the code.
CLIENT_SERVICES: Final = ("dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "ssm")

_MODELS: Final = frozenset({("botocore", "data"), ("boto3", "data")})
ENDPOINTS_FILE: Final = PurePosixPath("botocore/data/endpoints.json")
# Only what the licences ask for, and the version, stay of a package's metadata.
_METADATA_KEPT: Final = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
_FOLDERS_CUT: Final = frozenset({"__pycache__", "tests", "test", "examples", "bin", "emscripten"})
# cryptography's compiled part needs only the compiled part of cffi (_cffi_backend), which lies beside them.
_PACKAGES_CUT: Final = frozenset({"cffi", "pycparser"})
_SUFFIXES_CUT: Final = frozenset({".pyc", ".pyi", ".h", ".c", ".cfg"})
# The time zone archive is dateutil's own copy, for zones by name: botocore asks only for UTC and local time.
_NAMES_CUT: Final = frozenset({".lock", "examples-1.json", "py.typed", "dateutil-zoneinfo.tar.gz"})


def running_architecture() -> str:
    """Lambda's name of the processor at hand: `arm64` or `x86_64`. Raises UsageError for any other."""
    machine = platform.machine().lower()
    if machine not in _MACHINES:
        raise UsageError(f"Lambda has no processor like this machine's ({machine})", "deploy to AWS instead")
    return _MACHINES[machine]


def wheel_platform(architecture: str, for_this_machine: bool) -> str | None:
    """uv's name of the platform to fetch wheels for; None means those of the running interpreter.

    The local engine runs the functions on this machine, which need not be one with glibc (macOS, Alpine).
    """
    if for_this_machine and platform.libc_ver()[0] != "glibc":
        return None
    return _WHEEL_PLATFORMS[architecture]


def install_wheels(requirements: Path, folder: Path, runtime: str, wheels_for: str | None) -> None:
    """Unpack the wheels that `requirements` pins into `folder`. Raises RolledBack when that fails."""
    flags = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    command = [uv.find_uv_bin(), "pip", "install", *flags, "-r", str(requirements), "--target", str(folder)]
    command += ["--python", sys.executable, "--python-version", runtime.removeprefix("python")]
    if wheels_for is not None:
        command += ["--python-platform", wheels_for]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
    if process.returncode != 0:
        raise RolledBack(
            f"the layer's wheels cannot be installed: {process.stderr.strip()}",
            "nothing was deployed; uv needs the package index (or its cache) and wheels for this runtime",
        )


def shipped_files(folder: Path) -> dict[PurePosixPath, bytes]:
    """Files that ship of the wheels unpacked in `folder`: path relative to it, and content."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    relative = frozenset(PurePosixPath(path.relative_to(folder).as_posix()) for path in paths)
    return {
        path: shipped_content(path, folder.joinpath(path).read_bytes())
        for path in sorted(relative)
        if ships(path, relative)
    }


def ships(path: PurePosixPath, files: frozenset[PurePosixPath]) -> bool:
    """Whether the installed file `path` (relative to the wheels' folder) ships; `files` are all of them."""
    if path.name in _NAMES_CUT or path.suffix in _SUFFIXES_CUT:
        return False
    if path.parts[0] in _PACKAGES_CUT or _FOLDERS_CUT.intersection(path.parts[:-1]):
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name.startswith(_METADATA_KEPT)
    if path.parts[:2] in _MODELS and len(path.parts) > 3:
        return path.parts[2] in CLIENT_SERVICES and path.parts[3] == _newest_version(path, files)
    return True


def shipped_content(path: PurePosixPath, content: bytes) -> bytes:
    """The content that ships under `path`: endpoints.json loses the services that no function uses, and a service's
    model its manual, which is more than half of it.
    """
    if path == ENDPOINTS_FILE:
        return _json(_slim_endpoints(json.loads(content)))
    if path.name == "service-2.json.gz":
        model = json.loads(gzip.decompress(content), object_hook=_without_manual)
        return gzip.compress(_json(model), mtime=0)
    return content


def _json(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _without_manual(model: dict[str, Any]) -> dict[str, Any]:
    # An empty text stays, as botocore asks for it; a member that is called so has an object there, not a text.
    if isinstance(model.get("documentation"), str):
        model["documentation"] = ""
    return model


def _newest_version(path: PurePosixPath, files: frozenset[PurePosixPath]) -> str:
    """The newest model of a service (their folders are dates) is what is loaded; older ones are never read."""
    service = path.parts[:3]
    return max(file.parts[3] for file in files if file.parts[:3] == service and len(file.parts) > 4)


def _slim_endpoints(document: dict[str, Any]) -> dict[str, Any]:
    # The models' endpoint rule sets decide the endpoints; this older file still says which regions there are.
    for partition in document["partitions"]:
        services = partition["services"].items()
        partition["services"] = {name: value for name, value in services if name in CLIENT_SERVICES}
    return document
