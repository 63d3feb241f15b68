"""Reads and writes objects of the archive bucket. An object counts as written once it has been read back."""

from typing import Any

from payment_webhooks.archive.parts import sha256_of
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable


class ArchiveDamaged(Unavailable):
    """An object is not what it should be. Nothing is deleted on its account; a person has to look."""

    def __init__(self) -> None:
        super().__init__("archive_damaged")


class ArchiveBucket:
    """Through botocore's S3 client. Every method raises Unavailable."""

    def __init__(self, client: Any, bucket: str, deadline: Deadline) -> None:
        self._client = client
        self._bucket = bucket
        self._deadline = deadline

    def location(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def write(self, key: str, content: bytes, content_type: str) -> str:
        """Write the object, in place of one that is there, and read it back; its SHA-256. Raises ArchiveDamaged when
        what comes back is something else.
        """
        self._call(
            lambda client: client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type
            )
        )
        sha256 = sha256_of(content)
        self.read(key, sha256)
        return sha256

    def read(self, key: str, sha256: str) -> bytes:
        """The object. Raises ArchiveDamaged when it is not the one with this hash."""
        content: bytes = self._call(
            lambda client: client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        )
        if sha256_of(content) != sha256:
            raise ArchiveDamaged
        return content

    def _call(self, call: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        self._deadline.limit(0)
        try:
            return call(self._client())
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("archive_bucket_unavailable") from error
