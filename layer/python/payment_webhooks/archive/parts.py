"""Objects of the archive: gzipped JSON lines, and beside each a manifest that proves it. Pure.

    transactions/date=2026-05-01/provider=stripe/part-20261107T001203-00000017.jsonl.gz
    manifests/transactions/date=2026-05-01/provider=stripe/part-20261107T001203-00000017.json

`date` is the day under which the index had the items. A part gets its key before anything is written: to repeat a step
is to write the same object again, never a second one with the same items. The time in it keeps it from another's key
even if the count of parts were lost.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, NamedTuple

MANIFEST_PREFIX: Final = "manifests/"
FORMAT: Final = 1


class Line(NamedTuple):
    """One item of a part. `name` says which to the source that it came from; `document` is JSON."""

    name: str
    document: dict[str, Any]

    @property
    def text(self) -> bytes:
        return json.dumps(self.document, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is being archived. `sha256` is set once the object has been read back: from then on it is never
    written again, and what is in it may be taken out of the table. `opened_at`: UTC with six digits.
    """

    archive: str
    day: str
    provider: str
    number: int
    opened_at: str
    names: tuple[str, ...]
    sha256: str | None = None

    @property
    def key(self) -> str:
        return f"{self._path}.jsonl.gz"

    @property
    def manifest_key(self) -> str:
        return f"{MANIFEST_PREFIX}{self._path}.json"

    @property
    def _path(self) -> str:
        opened = re.sub(r"[-:]", "", self.opened_at[:19])
        return f"{self.archive}/date={self.day}/provider={self.provider}/part-{opened}-{self.number:08d}"

    def proven(self, sha256: str) -> "Part":
        return replace(self, sha256=sha256)

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def part_from_json(text: str) -> Part:
    values = json.loads(text)
    return Part(**{**values, "names": tuple(values["names"])})


def pack(lines: Sequence[Line]) -> bytes:
    """The content of a part, without a time in it."""
    return gzip.compress(b"".join(line.text + b"\n" for line in lines), compresslevel=6, mtime=0)


def unpack(content: bytes) -> list[dict[str, Any]]:
    """The documents of a part. Raises OSError, EOFError or ValueError for what is none."""
    return [json.loads(line) for line in gzip.decompress(content).splitlines()]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest(part: Part, content: bytes, counts: Mapping[str, int]) -> bytes:
    """What proves a part later on: scripts and auditors compare it with the object."""
    document = {
        "format": FORMAT,
        "archive": part.archive,
        "date": part.day,
        "provider": part.provider,
        "part": part.number,
        "key": part.key,
        "sha256": sha256_of(content),
        "bytes": len(content),
        "archived_at": part.opened_at,
        **counts,
    }
    return json.dumps(document, sort_keys=True, indent=1).encode()
