"""Uploads by content hash: an object's key holds the hash of its content, so nothing is sent twice."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_PARALLEL_UPLOADS: Final = 6


@dataclass(frozen=True)
class Upload:
    """One object to be: `key` must change whenever `content` does."""

    key: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Uploaded:
    """How many objects and bytes were sent, and how many objects were there already."""

    sent: int
    sent_bytes: int
    skipped: int


def upload_all(
    s3: "S3Client",
    bucket: str,
    account_id: str,
    uploads: Sequence[Upload],
    done: Callable[[Upload, bool], None] = lambda upload, sent: None,
) -> Uploaded:
    """Put each upload into `bucket` of `account_id` unless its key exists.

    `done` is told of each, and whether it was sent. Raises the first error of S3's after the others have
    ended.
    """

    def one(upload: Upload) -> bool:
        sent = _upload_if_missing(s3, bucket, account_id, upload)
        done(upload, sent)
        return sent

    with ThreadPoolExecutor(_PARALLEL_UPLOADS) as pool:
        sent = list(pool.map(one, uploads))
    sent_bytes = sum(len(upload.content) for upload, is_sent in zip(uploads, sent, strict=True) if is_sent)
    return Uploaded(sum(sent), sent_bytes, len(sent) - sum(sent))


def _upload_if_missing(s3: "S3Client", bucket: str, account_id: str, upload: Upload) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=upload.key, ExpectedBucketOwner=account_id)
    except ClientError as error:
        # Without the right to list the bucket, S3 answers 403 for what is not there; the put then tells the
        # truth.
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in (403, 404):
            raise
    else:
        return False
    s3.put_object(
        Bucket=bucket,
        Key=upload.key,
        Body=upload.content,
        ContentType=upload.content_type,
        ChecksumAlgorithm="SHA256",
        ExpectedBucketOwner=account_id,
    )
    return True
