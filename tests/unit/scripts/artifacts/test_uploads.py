"""Uploads: nothing twice, to nobody else's bucket, and a bucket that is made whole or finished later."""

import base64
import hashlib
import io
import threading
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from scripts.artifacts.uploads import ArtifactObjects, Upload, Uploaded
from stacks.names import Names
from tests.support.scripts.stubs import ACCOUNT_ID, REGION

NOW = datetime(2027, 10, 9, tzinfo=UTC)
LAST_YEAR = datetime(2026, 12, 31, tzinfo=UTC)
BUCKET = Names("", ACCOUNT_ID, REGION).artifact_bucket


def content_of(key: str) -> bytes:
    return key.encode() * 10


def checksum(content: bytes) -> str:
    """As S3 gives it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


class Version(NamedTuple):
    checksum: str
    written: datetime = NOW


class FakeS3:
    """A versioned bucket in memory, for uploads in parallel: the order of a stub's answers would not hold."""

    def __init__(self, keys: set[str], refused: int = 404) -> None:
        self.objects = {key: [Version(checksum(content_of(key)))] for key in keys}
        self.put: list[dict[str, Any]] = []
        self.refused = refused
        self.tagged: list[tuple[str, str, str]] = []
        self._lock = threading.Lock()

    def add(self, key: str, held: str, written: datetime = NOW) -> None:
        self.objects.setdefault(key, []).append(Version(held, written))

    def head_object(self, **request: Any) -> dict[str, Any]:
        assert request["ExpectedBucketOwner"] == ACCOUNT_ID
        assert request["ChecksumMode"] == "ENABLED"  # else S3 does not tell it
        versions = self.objects.get(request["Key"], [])
        number = int(request.get("VersionId", f"v{len(versions)}")[1:])
        if 0 < number <= len(versions):
            found = versions[number - 1]
            told = {"ChecksumSHA256": found.checksum} if found.checksum else {}
            return {"LastModified": found.written, "VersionId": f"v{number}", **told}
        details: Any = {
            "ResponseMetadata": {"HTTPStatusCode": self.refused},
            "Error": {"Code": str(self.refused)},
        }
        raise ClientError(details, "HeadObject")

    def put_object_tagging(self, **request: Any) -> None:
        assert request["ExpectedBucketOwner"] == ACCOUNT_ID
        (tag,) = request["Tagging"]["TagSet"]
        assert tag["Key"] == "used"
        self.tagged.append((request["Key"], request["VersionId"], tag["Value"]))

    def put_object(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self.add(request["Key"], checksum(request["Body"]))
            self.put.append(request)
            return {"VersionId": f"v{len(self.objects[request['Key']])}"}


def uploads(*keys: str) -> list[Upload]:
    return [Upload(key, content_of(key), "application/zip") for key in keys]


def objects_of(s3: Any) -> ArtifactObjects:
    return ArtifactObjects(s3, BUCKET, ACCOUNT_ID, NOW)


def send(s3: FakeS3, *keys: str, console: Console | None = None, **deployed: str) -> Uploaded:
    return objects_of(s3).upload_all(uploads(*keys), deployed, console)


@pytest.mark.parametrize("refused", [404, 403])  # 403: S3's answer to who may not list the bucket
def test_only_what_is_not_there_is_sent(refused: int) -> None:
    s3 = FakeS3({"a"}, refused)
    assert send(s3, "a", "b", "c") == Uploaded(2, 20, 1, {"a": "v1", "b": "v1", "c": "v1"})
    assert sorted(request["Key"] for request in s3.put) == ["b", "c"]
    assert all(request["ExpectedBucketOwner"] == ACCOUNT_ID for request in s3.put)
    assert all(request["ChecksumAlgorithm"] == "SHA256" for request in s3.put)
    assert all(request["Tagging"] == "used=2027" for request in s3.put)
    assert send(s3, "a", "b", "c").sent == 0


@pytest.mark.parametrize("held", [checksum(b"something else"), ""])
def test_what_is_there_under_that_name_but_is_something_else_is_replaced(held: str) -> None:
    """Without a checksum of S3's it was not put there by this tool."""
    s3 = FakeS3(set())
    s3.add("a", held)
    assert send(s3, "a") == Uploaded(1, 10, 0, {"a": "v2"})
    assert send(s3, "a") == Uploaded(0, 0, 1, {"a": "v2"})


@pytest.mark.parametrize("held", ["something else", "a"])
def test_what_somebody_puts_over_what_is_deployed_changes_no_deploy(held: str) -> None:
    """The attack: whoever may write to the bucket wins the race between the check and Lambda's own look."""
    s3 = FakeS3({"a"})
    s3.add("a", checksum(content_of(held)))
    assert send(s3, "a", a="v1") == Uploaded(0, 0, 1, {"a": "v1"})
    assert objects_of(s3).missing({"a": "v1"}) == []


def test_what_is_not_what_its_name_says_counts_as_missing() -> None:
    good, other, absent = (f"layers/{hashlib.sha256(item).hexdigest()}.zip" for item in (b"1", b"2", b"3"))
    s3 = FakeS3(set())
    s3.add(good, checksum(b"1"))
    s3.add(other, checksum(b"another"))
    assert objects_of(s3).missing({good: "v1", other: "v1", absent: ""}) == [other, absent]
    s3.add(other, checksum(b"2"))
    assert objects_of(s3).missing({other: "v1"}) == [
        other
    ]  # the version that is named counts, not the newest
    assert objects_of(s3).missing({other: "v2"}) == []


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


def test_what_was_last_used_in_an_earlier_year_is_tagged_and_never_written_again() -> None:
    s3 = FakeS3({"new"})
    s3.add("old", checksum(content_of("old")), LAST_YEAR)
    assert send(s3, "old", "new") == Uploaded(0, 0, 2, {"old": "v1", "new": "v1"})
    assert s3.tagged == [("old", "v1", "2027")]
    assert s3.put == []


def test_what_is_deployed_is_tagged_too_and_missed_when_it_is_gone_or_something_else() -> None:
    forged = f"layers/{hashlib.sha256(b'1').hexdigest()}.zip"
    s3 = FakeS3({"new"})
    s3.add("old", checksum(content_of("old")), LAST_YEAR)
    s3.add(forged, checksum(b"another"), LAST_YEAR)
    gone = objects_of(s3).keep({"old": "v1", "gone": "v7", "new": "v1", forged: "v1"})
    assert gone == ["gone", forged]
    assert s3.tagged == [("old", "v1", "2027")]


def test_a_bucket_without_versions_is_used_by_names() -> None:
    class Unversioned(FakeS3):
        def head_object(self, **request: Any) -> dict[str, Any]:
            return {
                name: value for name, value in super().head_object(**request).items() if name != "VersionId"
            }

        def put_object(self, **request: Any) -> dict[str, Any]:
            super().put_object(**request)
            return {}

    assert send(Unversioned({"a"}), "a", "b").versions == {"a": "", "b": ""}
