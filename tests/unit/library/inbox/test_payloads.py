"""Long bodies go to the payload bucket; what S3 says decides whether a webhook may be acknowledged."""

import hashlib
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.payloads import BucketPayloads, PayloadMissing, place
from tests.support.library.receiving import FakePayloads

FINGERPRINT = "f" * 64


@pytest.mark.parametrize("content", [b"{}", "é".encode(), b"", b"a" * 350_000])
def test_a_short_body_stays_in_its_row(content: bytes) -> None:
    store = FakePayloads()
    body = place(content, "stripe", FINGERPRINT, store)
    assert body == (content.decode(), None, hashlib.sha256(content).hexdigest())
    assert not store.objects


def test_a_body_that_is_not_utf8_stays_bytes() -> None:
    assert place(b"\xff", "stripe", FINGERPRINT, FakePayloads()).payload == b"\xff"


def test_the_limit_counts_bytes_not_characters() -> None:
    content = ("é" * 175_001).encode()
    assert place(content, "stripe", FINGERPRINT, FakePayloads()).payload is None


def test_objects_of_two_contents_never_share_a_key() -> None:
    store = FakePayloads()
    for content in (b"a" * 400_000, b"b" * 400_000):
        body = place(content, "stripe", FINGERPRINT, store)
        assert body.payload_key is not None
        assert store.objects[body.payload_key] == content
    assert len(store.objects) == 2
    assert all(key.startswith("payloads/stripe/") for key in store.objects)


class FakeS3:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        self._fail()
        self.objects[Bucket, Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._fail()
        return {"Body": BytesIO(self.objects[Bucket, Key])}

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def test_what_was_put_comes_back() -> None:
    s3 = FakeS3()
    payloads = BucketPayloads(lambda: s3, "bucket", Deadline())
    payloads.put("key", b"content")
    assert payloads.get("key") == b"content"
    assert list(s3.objects) == [("bucket", "key")]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "NoSuchKey", "Message": "the key"}}, "GetObject"),
        ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"),
        ConnectTimeoutError(endpoint_url="https://s3"),
    ],
)
def test_every_trouble_is_an_outage(error: Exception) -> None:
    payloads = BucketPayloads(lambda: FakeS3(error), "bucket", Deadline())
    with pytest.raises(Unavailable, match="payload_store_unavailable"):
        payloads.put("key", b"content")
    with pytest.raises(Unavailable, match="payload_store_unavailable"):
        payloads.get("key")


@pytest.mark.parametrize(
    ("code", "missing"), [("NoSuchKey", True), ("NoSuchBucket", False), ("AccessDenied", False)]
)
def test_only_what_s3_says_is_not_there_is_missing(code: str, missing: bool) -> None:
    error = ClientError({"Error": {"Code": code}}, "GetObject")
    with pytest.raises(Unavailable) as caught:
        BucketPayloads(lambda: FakeS3(error), "bucket", Deadline()).get("key")
    assert isinstance(caught.value, PayloadMissing) is missing


def test_no_call_is_begun_after_the_deadline() -> None:
    s3 = FakeS3()
    deadline = Deadline(lambda: 0.0)
    deadline.start(0.0)
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        BucketPayloads(lambda: s3, "bucket", deadline).put("key", b"content")
    assert not s3.objects
