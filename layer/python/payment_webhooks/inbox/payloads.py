"""Stores the copy of a body in its inbox item, or in the payload bucket when it is too long for one."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable

# A DynamoDB item holds 400 KB, names and keys included (AWS, "Quotas in DynamoDB"). The rest is room for our
# other attributes, which are bounded, and for what the processor adds.
MAX_INLINE_BYTES = 350_000
KEY_PREFIX = "payloads/"


class PayloadMissing(Unavailable):
    """The object is not there. S3 says so only to who may list the bucket; to others it is any refusal."""

    passes = False

    def __init__(self) -> None:
        super().__init__("payload_store_unavailable")


class StoredBody(NamedTuple):
    """Either `payload` (text; bytes when it is not UTF-8) or `payload_key` is set. `sha256` is of the stored copy."""

    payload: str | bytes | None
    payload_key: str | None
    sha256: str


class PayloadStore(Protocol):
    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...


def place(content: bytes, endpoint: str, fingerprint: str, store: PayloadStore) -> StoredBody:
    """Decide where the (masked) copy goes; a long one is in the bucket when this returns.

    The key names the content, so a redelivery writes the same object, and a delivery that differs in a
    volatile field never replaces the object that a row vouches for. Raises Unavailable.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) <= MAX_INLINE_BYTES:
        return StoredBody(_text_if_utf8(content), None, sha256)
    key = f"{KEY_PREFIX}{endpoint}/{fingerprint[:32]}-{sha256[:32]}"
    store.put(key, content)
    return StoredBody(None, key, sha256)


def _text_if_utf8(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


class BucketPayloads:
    """The payload bucket, through a client that is made when the first long body comes."""

    def __init__(self, client: Callable[[], Any], bucket: str, deadline: Deadline) -> None:
        self._client = client
        self._bucket = bucket
        self._deadline = deadline

    def put(self, key: str, content: bytes) -> None:
        """Raises Unavailable("payload_store_unavailable")."""
        self._call(lambda client: client.put_object(Bucket=self._bucket, Key=key, Body=content))

    def get(self, key: str) -> bytes:
        """Raises Unavailable("payload_store_unavailable"); PayloadMissing, which is one, for an object that is not
        there.
        """
        content: bytes = self._call(
            lambda client: client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        )
        return content

    def _call(self, call: Callable[[Any], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        self._deadline.limit(0)
        try:
            return call(self._client())
        except ClientError as error:
            missing = error.response.get("Error", {}).get("Code") == "NoSuchKey"
            raise PayloadMissing if missing else Unavailable("payload_store_unavailable") from error
        except BotoCoreError as error:
            raise Unavailable("payload_store_unavailable") from error
