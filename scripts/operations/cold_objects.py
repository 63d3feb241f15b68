"""Objects in Glacier: S3 refuses to read them before they have been restored."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from scripts.command_line.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

IN_GLACIER: Final = "InvalidObjectState"  # the code of S3's error
RESTORED_DAYS: Final = 7
# Of the tier Standard, for objects of Glacier Flexible Retrieval, which the storage class GLACIER is:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
READY_AFTER: Final = "three to five hours"


class InGlacier(ToolError):
    """An object can't be read before it is restored; `command` makes it readable."""

    def __init__(self, bucket: str, key: str) -> None:
        self.bucket, self.key = bucket, key
        self.command = restore_command(bucket, key)
        super().__init__(f"s3://{bucket}/{key} is in Glacier", f"restore it: {self.command}")


def read_object(s3: S3Client, bucket: str, key: str) -> bytes:
    """Raises InGlacier, and ClientError for every other refusal."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] != IN_GLACIER:
            raise
        raise InGlacier(bucket, key) from error


def request_restore(s3: S3Client, cold: InGlacier) -> str:
    """Ask S3 for a copy of the object that lasts a week; what came of it. Raises ClientError when not allowed.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
    """
    try:
        s3.restore_object(
            Bucket=cold.bucket,
            Key=cold.key,
            RestoreRequest={"Days": RESTORED_DAYS, "GlacierJobParameters": {"Tier": "Standard"}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "RestoreAlreadyInProgress":
            raise
        return "it is being restored already"
    return "it is asked for"


def restore_command(bucket: str, key: str) -> str:
    """What makes a copy of the object for a week, some hours later.

    https://docs.aws.amazon.com/cli/latest/reference/s3api/restore-object.html
    """
    words = [
        "aws",
        "s3api",
        "restore-object",
        "--bucket",
        bucket,
        "--key",
        key,
        "--restore-request",
        f"Days={RESTORED_DAYS}",
    ]
    return shlex.join(words)
