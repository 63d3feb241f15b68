"""Brings back deleted objects of a versioned bucket: the delete marker goes, and the version under it is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Deleted(NamedTuple):
    """A delete marker that is the newest version of its key."""

    key: str
    version_id: str
    at: datetime


def deleted_objects(s3: S3Client, bucket: str, prefix: str, since: datetime) -> Iterator[Deleted]:
    """What was deleted since then, and is deleted still."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for marker in page.get("DeleteMarkers", []):
            if marker["IsLatest"] and marker["LastModified"] >= since:
                yield Deleted(marker["Key"], marker["VersionId"], marker["LastModified"])


def undelete(s3: S3Client, bucket: str, deleted: Deleted) -> None:
    """Remove the marker, and nothing else: a version that came meanwhile stays on top."""
    s3.delete_object(Bucket=bucket, Key=deleted.key, VersionId=deleted.version_id)
