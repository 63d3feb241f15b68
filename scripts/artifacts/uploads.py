"""Uploads objects whose keys hold the hash of their content, so that nothing is sent twice."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_PARALLEL_UPLOADS: Final = 6
USED: Final = (
    "used"  # tag: the last year in which a deploy named the object; the bucket's rules expire it by that
)
_HASH_IN_KEY: Final = re.compile(r"/([0-9a-f]{64})\.zip$")


@dataclass(frozen=True)
class Upload:
    """One object to upload: `key` must change whenever `content` does."""

    key: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Uploaded:
    """How many objects and bytes were sent, how many objects were there already, and the version of each by its key;
    empty in a bucket without versions.
    """

    sent: int
    sent_bytes: int
    skipped: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class _Found:
    """A version of an object; `version` is empty in a bucket without versions."""

    version: str
    written: datetime


@dataclass(frozen=True)
class ArtifactObjects:
    """The objects of a bucket of `account_id`, at `now`."""

    s3: "S3Client"
    bucket: str
    account_id: str
    now: datetime

    def upload_all(
        self, uploads: Sequence[Upload], deployed: Mapping[str, str], console: Console | None = None
    ) -> Uploaded:
        """Put each upload into the bucket unless it is there with that content; tell which version is meant.

        deployed: versions by their key that a stack runs, which are preferred, so that nothing changes where nothing
        has. A progress bar shows on `console` if that is a terminal and there is something to send.

        Who may write to the bucket could put anything under the name that a later deploy will look for: so what counts
        is the checksum, which S3 makes of what it holds. Raises the first error of S3's after the others have ended.
        """

        def look(upload: Upload) -> _Found | None:
            digest = hashlib.sha256(upload.content).digest()
            found = self._find(upload.key, digest, deployed.get(upload.key, "")) or self._find(
                upload.key, digest
            )
            if found:
                self._use(upload.key, found)
            return found

        with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
            found = list(pool.map(look, uploads))
            to_send = list(compress(uploads, (each is None for each in found)))
            sent_bytes = sum(len(upload.content) for upload in to_send)
            is_shown = bool(to_send and console and console.is_terminal)
            columns = TextColumn("uploading"), BarColumn(), DownloadColumn()
            with Progress(*columns, console=console, transient=True, disable=not is_shown) as bar:
                task = bar.add_task("", total=sent_bytes)
                sent = list(pool.map(partial(self._send, bar, task), to_send))
        versions = {upload.key: each.version for upload, each in zip(uploads, found, strict=True) if each}
        versions |= {upload.key: version for upload, version in zip(to_send, sent, strict=True)}
        return Uploaded(len(to_send), sent_bytes, len(uploads) - len(to_send), versions)

    def missing(self, versions: Mapping[str, str]) -> list[str]:
        """Those keys whose version is not in the bucket, or is not what the hash in their name says."""

        def is_missing(key: str) -> bool:
            named = _HASH_IN_KEY.search(key)
            return self._find(key, bytes.fromhex(named[1]) if named else None, versions[key]) is None

        with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
            return list(compress(versions, pool.map(is_missing, versions)))

    def keep(self, versions: Mapping[str, str]) -> list[str]:
        """Tag what is deployed, so that it does not expire; the keys of what is gone, or is something else."""
        gone = []
        for key, version in versions.items():
            named = _HASH_IN_KEY.search(key)
            found = self._find(key, bytes.fromhex(named[1]) if named else None, version)
            if found is None:
                gone.append(key)
            else:
                self._use(key, found)
        return gone

    def _send(self, bar: Progress, task: TaskID, upload: Upload) -> str:
        answer = self.s3.put_object(
            Bucket=self.bucket,
            Key=upload.key,
            Body=upload.content,
            ContentType=upload.content_type,
            ChecksumAlgorithm="SHA256",
            Tagging=f"{USED}={self.now.year}",
            ExpectedBucketOwner=self.account_id,
        )
        bar.advance(task, len(upload.content))
        return answer.get("VersionId", "")

    def _use(self, key: str, found: _Found) -> None:
        """Tag an object of an earlier year; one of this year has the tag from its upload."""
        if found.written.year < self.now.year:
            self.s3.put_object_tagging(
                Bucket=self.bucket,
                Key=key,
                Tagging={"TagSet": [{"Key": USED, "Value": str(self.now.year)}]},
                ExpectedBucketOwner=self.account_id,
                **_version(found.version),
            )

    def _find(self, key: str, digest: bytes | None, version: str = "") -> _Found | None:
        """That version of the object, or the newest; None when it is not there, or has another SHA-256, or none."""
        try:
            answer = self.s3.head_object(
                Bucket=self.bucket,
                Key=key,
                ExpectedBucketOwner=self.account_id,
                ChecksumMode="ENABLED",
                **_version(version),
            )
        except ClientError as error:
            # Without the right to list the bucket, S3 answers 403 for what is not there; the put then tells the truth.
            # 400 is for what is no version id of this bucket.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in (400, 403, 404):
                raise
            return None
        is_meant = digest is None or answer.get("ChecksumSHA256") == base64.b64encode(digest).decode()
        return _Found(answer.get("VersionId", ""), answer["LastModified"]) if is_meant else None


def _version(version: str) -> Any:
    return {"VersionId": version} if version else {}
