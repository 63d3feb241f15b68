"""Builds the zip files that Lambda runs: the shared layer, and one for each function.

Everything is cached under build/ by a hash of what goes in, the wheels apart from the library, so that an
edit of the library costs one compile of the library and nothing else.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from scripts.artifacts import bytecode, deterministic_zip, wheels
from scripts.command_line.errors import UsageError
from scripts.command_line.project_paths import BUILD, FUNCTIONS, LAYER

LAYER_FOLDER: Final = PurePosixPath("python")  # a layer is unpacked to /opt, and /opt/python is on the path
_REQUIREMENTS: Final = LAYER / "requirements.txt"
_LIBRARY: Final = LAYER / "python"
_LIBRARY_SUFFIXES: Final = frozenset({".py", ".json"})
_RECIPE: Final = tuple(
    Path(__file__).with_name(name)
    for name in ("bytecode.py", "deterministic_zip.py", "wheels.py", "zip_files.py")
)


@dataclass(frozen=True)
class Artifact:
    """A zip file at `path`; `key`, its place in the artifact bucket, holds `sha256`, the hash of its bytes.

    `has_bytecode` is False when no interpreter of the runtime was found: Lambda then compiles at each start.
    """

    path: Path
    sha256: str
    key: str
    has_bytecode: bool

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size


def build_layer(
    runtime: str, architecture: str, cache_dir: Path = BUILD, *, for_this_machine: bool = False
) -> Artifact:
    """The shared layer for a Lambda `runtime` (`python3.11`) and `architecture` (`arm64` or `x86_64`).

    `for_this_machine`: for the local engine, which runs it here. Raises RolledBack when wheels cannot be had.
    """
    wheels_for = wheels.wheel_platform(architecture, for_this_machine)
    interpreter = bytecode.find_interpreter(runtime)
    base_hash = content_hash([_recipe(runtime, interpreter), str(wheels_for), _REQUIREMENTS.read_bytes()])
    library = _sources(_LIBRARY, _LIBRARY_SUFFIXES)
    layer_hash = content_hash([base_hash, *_flat(library)])
    path = cache_dir / "layers" / f"{runtime}-{architecture}-{layer_hash}.zip"
    if not path.exists():
        base = cache_dir / "wheels" / f"{runtime}-{architecture}-{base_hash}.zip"
        if not base.exists():
            _write(base, _wheel_files(runtime, wheels_for, interpreter))
        _write(path, _compiled(library, interpreter, LAYER_FOLDER, "/opt/python"), base)
    return _artifact(path, f"layers/shared/{runtime}-{architecture}", interpreter)


def build_function(name: str, runtime: str, architecture: str, cache_dir: Path = BUILD) -> Artifact:
    """The code of functions/`name`/ for a Lambda runtime and architecture. Raises UsageError for no code."""
    sources = _sources(FUNCTIONS / name, frozenset({".py"}))
    if not sources:
        raise UsageError(f"functions/{name}/ has no Python file")
    interpreter = bytecode.find_interpreter(runtime)
    source_hash = content_hash([_recipe(runtime, interpreter), *_flat(sources)])
    path = cache_dir / "functions" / f"{name}-{runtime}-{architecture}-{source_hash}.zip"
    if not path.exists():
        _write(path, _compiled(sources, interpreter, PurePosixPath(), "/var/task"))
    return _artifact(path, f"functions/{name}/{runtime}-{architecture}", interpreter)


def _recipe(runtime: str, interpreter: str | None) -> str:
    """A hash of everything besides the sources that decides the bytes: our build code, the runtime, the interpreter."""
    code = [path.read_bytes() for path in _RECIPE]
    return content_hash([*code, runtime, str(interpreter and Path(interpreter).resolve())])


def _sources(folder: Path, suffixes: frozenset[str]) -> dict[PurePosixPath, bytes]:
    return {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in suffixes and path.is_file()
    }


def _wheel_files(runtime: str, wheels_for: str | None, interpreter: str | None) -> dict[PurePosixPath, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        wheels.install_wheels(_REQUIREMENTS, Path(folder), runtime, wheels_for)
        chosen = wheels.shipped_files(Path(folder))
    return _compiled(chosen, interpreter, LAYER_FOLDER, "/opt/python")


def _compiled(
    files: Mapping[PurePosixPath, bytes], interpreter: str | None, inside: PurePosixPath, shown_as: str
) -> dict[PurePosixPath, bytes]:
    """`files`, their bytecode when there is an `interpreter` for it, all moved into the folder `inside`."""
    if interpreter is None:
        return {inside / path: content for path, content in files.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        bytecode.compile_tree(folder, interpreter, shown_as)
        compiled = _sources(folder, frozenset({".pyc"}))
    return {inside / path: content for path, content in {**files, **compiled}.items()}


def _write(path: Path, files: Mapping[PurePosixPath, bytes], base: Path | None = None) -> None:
    """As write_zip, but `path` is there whole or not at all, also when two builds run at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        deterministic_zip.write_zip(unfinished, files, base)
        os.replace(unfinished, path)


def _artifact(path: Path, prefix: str, interpreter: str | None) -> Artifact:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Artifact(path, digest, f"{prefix}/{digest}.zip", interpreter is not None)


def _flat(files: Mapping[PurePosixPath, bytes]) -> Iterable[str | bytes]:
    for path, content in sorted(files.items()):
        yield from (str(path), content)


def content_hash(parts: Iterable[str | bytes]) -> str:
    """A hash of `parts`, each with its length, so that no two lists of parts give the same one."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]
