"""A digest: which objects came to the audit bucket in one hour, chained to the digest before it, and signed. Pure.

    digests/date=2026-11-21/hour=08.json                              the digest, of what came from 08:00 to 09:00
    digests/date=2026-11-21/hour=08-{SHA-256 of the list}.txt.gz      its list: the key of each object, a line each

A key holds the hash of its object, so the list holds the objects. An object belongs to the hour in which S3 took it,
whatever the time of its changes; one that is named by a marker, to the hour of the marker. What is hashed and signed
depends on that alone, so whoever makes a digest again makes the same.
"""

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from payment_webhooks import contract
from payment_webhooks.audit.records import json_line

HOUR = timedelta(hours=1)
_HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d")


class Digest(NamedTuple):
    """hour: UTC, such as 2026-11-21T08. objects: how many the list has. previous: the hash of the digest of the hour
    before; None in the first one. signing_key: its ARN.
    """

    bucket: str
    hour: str
    objects: int
    list_sha256: str
    previous: str | None
    signing_key: str

    @property
    def sha256(self) -> bytes:
        """What is signed, and what the next digest carries."""
        return hashlib.sha256(json_line(self._asdict())).digest()

    @property
    def key(self) -> str:
        return digest_key(self.hour)

    @property
    def list_key(self) -> str:
        return f"{_stem(self.hour)}-{self.list_sha256}.txt.gz"


class SignedDigest(NamedTuple):
    """signature: ECDSA over the digest's hash, in DER."""

    digest: Digest
    signature: bytes

    @property
    def text(self) -> str:
        """As it is stored."""
        signature = base64.b64encode(self.signature).decode()
        return json_line({"digest": self.digest._asdict(), "signature": signature}).decode()


def read_digest(text: str | bytes) -> SignedDigest:
    """What `SignedDigest.text` has written. Raises ValueError for anything else."""
    try:
        document: dict[str, Any] = json.loads(text)
        found = SignedDigest(Digest(**document["digest"]), base64.b64decode(document["signature"]))
        if not _HOUR.fullmatch(found.digest.hour) or found.text.encode() != json_line(document):
            raise ValueError("of another form")
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError("not a digest") from error
    return found


def pack_list(keys: Iterable[str]) -> tuple[bytes, str, int]:
    """The list of these keys as it is stored, the hash of its text, and how many there are."""
    ordered = sorted(set(keys))
    text = "".join(f"{key}\n" for key in ordered).encode()
    return gzip.compress(text, mtime=0), hashlib.sha256(text).hexdigest(), len(ordered)


def read_list(content: bytes, sha256: str) -> list[str]:
    """The keys of a list. Raises ValueError when it is not the one with this hash."""
    try:
        text = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("not a list") from error
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ValueError("not the list that was signed")
    return text.decode().splitlines()


def hour_of(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H}"


def start_of(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00Z")


def digest_key(hour: str) -> str:
    return f"{_stem(hour)}.json"


def _stem(hour: str) -> str:
    return f"{contract.AUDIT_DIGEST_PREFIX}date={hour[:10]}/hour={hour[11:]}"
