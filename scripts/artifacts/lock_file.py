"""Reads what `uv pip compile --generate-hashes` writes: the packages that are installed, and which asks for which."""

import re
from pathlib import Path
from typing import Final, NamedTuple

_PACKAGE: Final = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ASKED_BY: Final = re.compile(r"^    # (?:via |  )([a-z0-9-]+)$")


class LockedPackage(NamedTuple):
    """hashes: SHA-256 of each file that may be installed; asked_by: packages of the lock file that depend on it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        """https://github.com/package-url/purl-spec/blob/main/types-doc/pypi-definition.md"""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(path: Path) -> list[LockedPackage]:
    """The packages of a lock file. Raises ValueError for one without a version or a hash."""
    packages: list[LockedPackage] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if package := _PACKAGE.match(line):
            packages.append(LockedPackage(package[1], package[2], (), ()))
        elif not line.startswith(" "):
            raise ValueError(f"{path.name}: no package with a version and hashes: {line}")
        elif found := _HASH.search(line):
            packages[-1] = packages[-1]._replace(hashes=(*packages[-1].hashes, found[1]))
        elif asking := _ASKED_BY.match(line):
            packages[-1] = packages[-1]._replace(asked_by=(*packages[-1].asked_by, asking[1]))
    if bare := [package.name for package in packages if not package.hashes]:
        raise ValueError(f"{path.name}: no hash for {', '.join(bare)}")
    return packages
