"""An audit bucket and the copies of its digests, in memory, with a key that signs: the parts of a trail, for damage."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from payment_webhooks.audit.batch import late_prefix, minute_prefix
from payment_webhooks.audit.digest import SignedDigest, read_digest
from payment_webhooks.audit.digest_store import Copy, Version
from payment_webhooks.audit.digester import Digester, Run, SigningKey
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable

BEGIN: Final = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)  # of the first hour with objects
PRIVATE_KEY: Final = generate_private_key(SECP256R1())
PUBLIC_KEY: Final = (
    PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)


def sign(sha256: bytes) -> bytes:
    return PRIVATE_KEY.sign(sha256, ECDSA(Prehashed(SHA256())))


def is_signed(sha256: bytes, signature: bytes) -> bool:
    try:
        PRIVATE_KEY.public_key().verify(signature, sha256, ECDSA(Prehashed(SHA256())))
    except InvalidSignature:
        return False
    return True


class AuditTrail:
    """`now` is the clock of S3 and of the function. What is deleted stays as an old version.

    dies_after: the number of writes, to bucket and copies, after which nothing answers any more.
    """

    def __init__(self) -> None:
        self.now = BEGIN
        self.versions: list[tuple[str, bytes, datetime]] = []
        self.objects: dict[str, bytes] = {}
        self.texts: dict[str, str] = {}
        self.listed = 0
        self.dies_after: int | None = None

    # The bucket, as function and command see it.

    def add(self, key: str, content: bytes) -> None:
        self._write()
        if key not in self.objects:
            self.objects[key] = content
            self.versions.append((key, content, self.now))

    def between(self, prefix: str, first: str, end: str) -> Iterator[Version]:
        for key, content, came in self.versions:
            if key.startswith(prefix) and first < key < end:
                self.listed += 1
                yield Version(key, came, self.objects.get(key) == content)

    def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def listing(self, first: str, end: str) -> Iterator[tuple[str, datetime]]:
        for key, content, came in self.versions:
            if first < key < end and self.objects.get(key) == content:
                yield key, came

    # The copies.

    def newest_first(self) -> Iterator[Copy]:
        for hour in sorted(self.texts, reverse=True):
            yield Copy(hour, self.texts[hour])

    def keep(self, copy: Copy, forged: str) -> Copy:
        self._write()
        if self.texts.get(copy.hour, forged) == forged:
            self.texts[copy.hour] = copy.text
        return Copy(copy.hour, self.texts[copy.hour])

    def latest(self) -> SignedDigest:
        return read_digest(self.texts[max(self.texts)])

    # What happens.

    def write(self, changed: datetime, text: str = "", late: bool = False) -> str:
        """An audit object of that minute, now; its key. late: with its marker, as the audit logger writes it."""
        content = gzip.compress(f"{changed}{text}".encode(), mtime=0)
        name = f"085320-085321-{hashlib.sha256(content).hexdigest()}.jsonl.gz"
        key = f"{minute_prefix(changed.isoformat())}{name}"
        self.add(key, content)
        if late:
            self.add(f"{late_prefix(self.now)}{key}", b"")
        return key

    def digest(self, seconds: float = 800) -> Run:
        """One run of the function, now."""
        copies = type("", (), {"newest_first": self.newest_first, "add": staticmethod(self.keep)})()
        deadline = Deadline(lambda: 0.0)
        deadline.start(seconds)
        key = SigningKey("key", sign, is_signed)
        return Digester("audit", key, self, self, copies, deadline, self.now.timestamp).run()

    def live(self, hours: int, objects: int = 3) -> None:
        """So many hours, from where it is, each with objects, and a run of the function at its tenth minute."""
        for _ in range(hours):
            self.now = self.now.replace(minute=10)
            self.digest()
            for number in range(objects):
                self.now = self.now.replace(minute=20 + number)
                self.write(self.now)
            self.now = self.now.replace(minute=0) + timedelta(hours=1)
        self.now += timedelta(minutes=10)
        self.digest()

    def _write(self) -> None:
        if self.dies_after == 0:
            raise Unavailable("died")
        if self.dies_after is not None:
            self.dies_after -= 1
