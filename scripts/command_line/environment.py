"""The environment that a command works on: one deployment, by its suffix, in an AWS account or on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from scripts.command_line.errors import NotDeployed
from stacks.names import Names

if TYPE_CHECKING:  # boto3 is loaded when a command has been understood, not to print its help
    from scripts.command_line.aws_target import Target

# As DynamoDB and others, S3 and SQS say it, the last in its older words, too.
_MISSING: Final = (
    "ResourceNotFoundException",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
)


@dataclass(frozen=True)
class Environment:
    """What --suffix, --region, --profile and --local name. `region` None: the profile's or the engine's own."""

    suffix: str
    region: str | None
    profile: str | None
    is_local: bool

    @cached_property
    def target(self) -> Target:
        """Raises UsageError when there are no working credentials, no such profile, or no local engine."""
        from scripts.command_line.aws_target import target_from

        return target_from(self.region, self.profile, self.is_local)

    @cached_property
    def names(self) -> Names:
        """The names of its resources; asks AWS for the account's id. Raises UsageError as `target` does."""
        target = self.target
        return Names(self.suffix, target.account_id, target.region, target.partition)


@contextmanager
def missing_is_not_deployed(name: str) -> Iterator[None]:
    """Raises NotDeployed where AWS says inside that a table, bucket or queue is not there; other errors go on.

    That is a wrong suffix, region or account: one exit code for it in all commands.
    """
    from botocore.exceptions import ClientError

    from payment_webhooks.aws.service_errors import ServiceError

    try:
        yield
    except (ClientError, ServiceError) as error:
        code = error.code if isinstance(error, ServiceError) else error.response["Error"]["Code"]
        if code not in _MISSING:
            raise
        raise NotDeployed(name) from error
