"""Uploads objects whose keys hold the hash of their content, so that nothing is sent twice."""

import base64
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_PARALLEL_UPLOADS: Final = 6
# An object that is older is written again, which renews its expiry date (see artifact_bucket).
_RENEWED_AFTER: Final = timedelta(days=90)
_HASH_IN_KEY: Final = re.compile(r"/([0-9a-f]{64})\.zip$")


@dataclass(frozen=True)
class Upload:
    """One object to upload: `key` must change whenever `content` does."""

    key: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class UploadCounts:
    """How many objects and bytes were sent, and how many objects were there already."""

    sent: int
    sent_bytes: int
    skipped: int


def upload_all(
    s3: "S3Client",
    bucket: str,
    account_id: str,
    uploads: Sequence[Upload],
    now: datetime,
    console: Console | None = None,
) -> UploadCounts:
    """Put each upload into `bucket` of `account_id` unless it is there, with that content, and not about to expire.

    A progress bar shows on `console` if that is a terminal and there is something to send.

    Who may write to the bucket could put anything under the name that a later deploy will look for: so what counts is
    the checksum, which S3 makes of what it holds. Raises the first error of S3's after the others have ended.
    """

    def is_wanted(upload: Upload) -> bool:
        digest = hashlib.sha256(upload.content).digest()
        written = _last_modified(s3, bucket, account_id, upload.key, digest)
        return written is None or now - written > _RENEWED_AFTER

    def send(bar: Progress, task: TaskID, upload: Upload) -> None:
        s3.put_object(
            Bucket=bucket,
            Key=upload.key,
            Body=upload.content,
            ContentType=upload.content_type,
            ChecksumAlgorithm="SHA256",
            ExpectedBucketOwner=account_id,
        )
        bar.advance(task, len(upload.content))

    with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
        to_send = list(compress(uploads, pool.map(is_wanted, uploads)))
        sent_bytes = sum(len(upload.content) for upload in to_send)
        is_shown = bool(to_send and console and console.is_terminal)
        columns = TextColumn("uploading"), BarColumn(), DownloadColumn()
        with Progress(*columns, console=console, transient=True, disable=not is_shown) as bar:
            task = bar.add_task("", total=sent_bytes)
            list(pool.map(partial(send, bar, task), to_send))
    return UploadCounts(len(to_send), sent_bytes, len(uploads) - len(to_send))


def missing_objects(s3: "S3Client", bucket: str, account_id: str, keys: Sequence[str]) -> list[str]:
    """Those of `keys` that are not in the bucket, or are not what the hash in their name says."""

    def is_missing(key: str) -> bool:
        named = _HASH_IN_KEY.search(key)
        digest = bytes.fromhex(named[1]) if named else None
        return _last_modified(s3, bucket, account_id, key, digest) is None

    with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
        return list(compress(keys, pool.map(is_missing, keys)))


def keep_alive(s3: "S3Client", bucket: str, account_id: str, keys: Sequence[str], now: datetime) -> list[str]:
    """Renew those of `keys` that are old, so that they do not expire; returns those that are not there."""
    missing_keys = []
    for key in keys:
        last_modified = _last_modified(s3, bucket, account_id, key)
        if last_modified is None:
            missing_keys.append(key)
        elif now - last_modified > _RENEWED_AFTER:
            s3.copy_object(
                Bucket=bucket,
                Key=key,
                CopySource={"Bucket": bucket, "Key": key},
                MetadataDirective="REPLACE",  # S3 copies nothing onto itself unless something changes
                ContentType="application/zip",
                ChecksumAlgorithm="SHA256",
                ExpectedBucketOwner=account_id,
                ExpectedSourceBucketOwner=account_id,
            )
    return missing_keys


def _last_modified(
    s3: "S3Client", bucket: str, account_id: str, key: str, digest: bytes | None = None
) -> datetime | None:
    """When the object was written; None when it is not there, or has another SHA-256 than `digest`, or none."""
    try:
        answer = s3.head_object(
            Bucket=bucket, Key=key, ExpectedBucketOwner=account_id, ChecksumMode="ENABLED"
        )
        is_meant = digest is None or answer.get("ChecksumSHA256") == base64.b64encode(digest).decode()
        return answer["LastModified"] if is_meant else None
    except ClientError as error:
        # Without the right to list the bucket, S3 answers 403 for what is not there; the put then tells the truth.
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in (403, 404):
            raise
        return None
