"""How often each key of an endpoint has verified a webhook lately: whether it may be retired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from scripts.command_line.aws_target import Target
from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import Refused, UsageError
from scripts.operations.verified_webhooks import Counts, read_verified

PERIOD_SECONDS: Final = 3600


class Use(NamedTuple):
    """`last`: the beginning of the last hour in which the key verified any; None when there was none."""

    webhooks: int
    last: datetime | None

    @property
    def shown(self) -> dict[str, Any]:
        last = self.last.strftime("%Y-%m-%dT%H:%MZ") if self.last else "-"
        return {"webhooks_in_3_days": self.webhooks, "last_use_hour": last}


def use_of_keys(
    target: Target, environment: str, endpoint: str, key_ids: Sequence[str], now: datetime
) -> dict[str, Use]:
    """By key id, for the last WINDOW. `environment` is the suffix.

    Raises UsageError on the local engine, which makes no metrics of log lines, and Refused when CloudWatch is.
    """
    if target.is_local:
        raise UsageError(
            "the local engine makes no metrics of log lines",
            copyable("endpoint-secrets", "list", "--endpoint", endpoint),
        )
    try:
        return read_use(target.client("cloudwatch"), environment, endpoint, key_ids, now)
    except ClientError as error:
        raise Refused(f"the metric of the keys can't be read: {error}") from error


def read_use(
    cloudwatch: Any, environment: str, endpoint: str, key_ids: Sequence[str], now: datetime
) -> dict[str, Use]:
    """The same, of a CloudWatch client. Raises ClientError."""
    dimensions = [
        {
            contract.DIMENSION_ENVIRONMENT: environment,
            contract.DIMENSION_ENDPOINT: endpoint,
            contract.DIMENSION_KEY: key_id,
        }
        for key_id in key_ids
    ]
    counts = read_verified(cloudwatch, dimensions, now, PERIOD_SECONDS, now)
    return {key_id: _use(points) for key_id, points in zip(key_ids, counts, strict=True)}


def _use(points: Counts) -> Use:
    used = [(at, value) for at, value in points if value > 0]
    return Use(round(sum(value for _, value in used)), max((at for at, _ in used), default=None))
