"""Objects in Glacier: S3 refuses to read them before they have been restored."""

import shlex
from typing import Final

IN_GLACIER: Final = "InvalidObjectState"  # the code of S3's error


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
        "Days=7",
    ]
    return shlex.join(words)
