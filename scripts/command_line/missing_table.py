"""A table that is not there is a wrong suffix, region or account: said so, with one exit code in all commands."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from scripts.command_line.errors import NotDeployed


@contextmanager
def said_if_missing(name: str) -> Iterator[None]:
    """Raises NotDeployed where AWS says inside that a table is not there; other errors go on."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise NotDeployed(name) from error
