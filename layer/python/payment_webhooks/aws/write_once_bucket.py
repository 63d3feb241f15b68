"""An S3 bucket whose objects are written once and never replaced."""

from typing import Any

from payment_webhooks.errors import Unavailable


class WriteOnceBucket:
    """Through botocore's S3 client. `unavailable`: the reason of the error when the bucket does not take an object."""

    def __init__(self, client: Any, bucket: str, unavailable: str) -> None:
        self._client = client
        self._bucket = bucket
        self._unavailable = unavailable

    def add(self, key: str, content: bytes) -> None:
        """Write JSON, or gzip of it where the key says .gz, unless the key is taken. Raises Unavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        content_type = "application/gzip" if key.endswith(".gz") else "application/json"
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "PreconditionFailed":
                raise Unavailable(self._unavailable) from error
        except BotoCoreError as error:
            raise Unavailable(self._unavailable) from error
