"""Uploads: nothing twice, to nobody else's bucket, and a bucket that is made whole or finished later."""

import base64
import hashlib
import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from scripts.artifacts.bucket import EXPIRY_DAYS
from scripts.artifacts.uploads import Upload, keep_alive, missing_objects, upload_all
from stacks.names import Names
from tests.support.scripts.stubs import ACCOUNT_ID, REGION

NOW = datetime(2025, 10, 9, tzinfo=UTC)
BUCKET = Names("", ACCOUNT_ID, REGION).artifact_bucket
OWNED = {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT_ID}


def content_of(key: str) -> bytes:
    return key.encode() * 10


def checksum(content: bytes) -> str:
    """As S3 gives it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


class FakeS3:
    """A bucket in memory, for uploads in parallel: the order of a stub's answers would not hold."""

    def __init__(self, keys: set[str], refused: int = 404) -> None:
        self.keys = keys
        self.put: list[dict[str, Any]] = []
        self.refused = refused
        self.written: dict[str, datetime] = {}
        self.copied: list[str] = []
        self.checksums: dict[str, str] = {}
        self._lock = threading.Lock()

    def head_object(self, **request: Any) -> dict[str, Any]:
        assert request["ExpectedBucketOwner"] == ACCOUNT_ID
        assert request["ChecksumMode"] == "ENABLED"  # else S3 does not tell it
        key = request["Key"]
        if key in self.keys:
            held = {"ChecksumSHA256": self.checksums.get(key, checksum(content_of(key)))}
            return {"LastModified": self.written.get(key, NOW), **(held if held["ChecksumSHA256"] else {})}
        details: Any = {
            "ResponseMetadata": {"HTTPStatusCode": self.refused},
            "Error": {"Code": str(self.refused)},
        }
        raise ClientError(details, "HeadObject")

    def copy_object(self, **request: Any) -> dict[str, Any]:
        assert request["ExpectedBucketOwner"] == request["ExpectedSourceBucketOwner"] == ACCOUNT_ID
        assert request["CopySource"] == {"Bucket": BUCKET, "Key": request["Key"]}
        self.copied.append(request["Key"])
        return {}

    def put_object(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self.checksums[request["Key"]] = checksum(request["Body"])
            self.put.append(request)
            self.keys.add(request["Key"])
        return {}


def uploads(*keys: str) -> list[Upload]:
    return [Upload(key, content_of(key), "application/zip") for key in keys]


def send(s3: FakeS3, *keys: str, console: Console | None = None) -> Any:
    return upload_all(s3, BUCKET, ACCOUNT_ID, uploads(*keys), NOW, console)  # type: ignore[arg-type]


@pytest.mark.parametrize("refused", [404, 403])  # 403: S3's answer to who may not list the bucket
def test_only_what_is_not_there_is_sent(refused: int) -> None:
    s3 = FakeS3({"a"}, refused)
    assert send(s3, "a", "b", "c").__dict__ == {"sent": 2, "sent_bytes": 20, "skipped": 1}
    assert sorted(request["Key"] for request in s3.put) == ["b", "c"]
    assert all(request["ExpectedBucketOwner"] == ACCOUNT_ID for request in s3.put)
    assert all(request["ChecksumAlgorithm"] == "SHA256" for request in s3.put)
    assert send(s3, "a", "b", "c").sent == 0


@pytest.mark.parametrize("held", [checksum(b"something else"), ""])
def test_what_is_there_under_that_name_but_is_something_else_is_replaced(held: str) -> None:
    """Without a checksum of S3's it was not put there by this tool."""
    s3 = FakeS3({"a"})
    s3.checksums["a"] = held
    assert send(s3, "a").sent == 1
    assert send(s3, "a").sent == 0


def test_what_is_not_what_its_name_says_counts_as_missing() -> None:
    good, other, absent = (f"layers/{hashlib.sha256(item).hexdigest()}.zip" for item in (b"1", b"2", b"3"))
    s3 = FakeS3({good, other})
    s3.checksums = {good: checksum(b"1"), other: checksum(b"another")}
    result = missing_objects(s3, BUCKET, ACCOUNT_ID, [good, other, absent])  # type: ignore[arg-type]
    assert result == [other, absent]


def test_another_answer_is_an_error_and_not_a_missing_object() -> None:
    with pytest.raises(ClientError):
        send(FakeS3(set(), refused=500), "a")


def test_the_bar_counts_what_is_sent_and_shows_nothing_when_nothing_is() -> None:
    console, s3 = Console(file=io.StringIO(), force_terminal=True, width=80), FakeS3({"a"})
    assert isinstance(console.file, io.StringIO)
    assert send(s3, "a", console=console).sent == 0
    assert console.file.getvalue() == ""
    assert send(s3, "a", "b", console=console).sent == 1
    assert "10/10 bytes" in console.file.getvalue()


def test_what_is_about_to_expire_is_sent_again() -> None:
    s3 = FakeS3({"old", "new"})
    s3.written = {"old": NOW - timedelta(days=91), "new": NOW - timedelta(days=89)}
    assert send(s3, "old", "new").sent == 1
    assert [request["Key"] for request in s3.put] == ["old"]


def test_what_is_deployed_is_renewed_long_before_it_expires_and_missed_when_gone() -> None:
    s3: Any = FakeS3({"old", "new"})
    s3.written = {"old": NOW - timedelta(days=EXPIRY_DAYS - 1)}
    assert keep_alive(s3, BUCKET, ACCOUNT_ID, ["old", "gone", "new"], NOW) == ["gone"]
    assert s3.copied == ["old"]


def test_missing_objects_are_named_in_order() -> None:
    s3: Any = FakeS3({"b"})
    assert missing_objects(s3, BUCKET, ACCOUNT_ID, ["a", "b", "c"]) == ["a", "c"]
