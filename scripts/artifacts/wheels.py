"""Installs the wheels that ship in the layer, for Lambda's processor and Python, and chooses their files."""

import platform
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Final

import uv

from scripts.artifacts.layer_contents import shipped_content, ships
from scripts.command_line.errors import RolledBack, UsageError

# python3.11 runs on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023: manylinux2014 wheels
# (glibc 2.17) load on both. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_WHEEL_PLATFORMS: Final = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
_MACHINES: Final = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "amd64": "x86_64"}
_INSTALL_SECONDS: Final = 600


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
