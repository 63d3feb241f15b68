"""Writes zip files with the same bytes on any machine: sorted, with one date and one mode, by one compressor."""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the oldest that the format knows
_MODE: Final = 0o100644  # a plain file that everyone may read; Lambda's user is not the owner
_UNIX: Final = 3  # "made by": otherwise the mode is ignored
_LEVEL: Final = 9


def write_zip(path: Path, files: Mapping[PurePosixPath, bytes], base: Path | None = None) -> None:
    """Write `files` (name in the archive: content) to `path`, after the entries of the zip file `base`.

    The entries of `base` are copied as they are, not compressed again. Raises ValueError for a name in both.
    """
    if base is not None:
        shutil.copyfile(base, path)
    with zipfile.ZipFile(path, "a" if base else "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        existing_names = set(archive.namelist())
        for name in sorted(files):
            if str(name) in existing_names:
                raise ValueError(f"{name} is in the base archive, too")
            archive.writestr(_entry(name), files[name])


def unzipped_size(path: Path) -> int:
    """The bytes that the archive's files take when unpacked."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _entry(name: PurePosixPath) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(str(name), _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _MODE << 16
    return entry
