"""How often each key of an endpoint has verified a webhook lately: whether it may be retired."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.environment import Environment
from scripts.command_line.errors import Refused
from scripts.operations.counted_webhooks import Counts, read_counts, read_log
from stacks.function_catalogue import WEBHOOK_RECEIVER

PERIOD_SECONDS: Final = 3600
# A key that verified anything within it is in use: a provider that was switched signs with the new one from then on.
IN_USE: Final = timedelta(hours=24)


class Use(NamedTuple):
    """`webhooks` in three days, `in_a_day` in IN_USE; `last`: the beginning of the last hour in which the key verified
    any; None when there was none.
    """

    webhooks: int
    in_a_day: int
    last: datetime | None

    @property
    def shown(self) -> dict[str, Any]:
        last = self.last.strftime("%Y-%m-%dT%H:%MZ") if self.last else "-"
        return {"webhooks_in_3_days": self.webhooks, "last_use_hour": last}


def use_of_keys(
    environment: Environment, endpoint: str, key_ids: Sequence[str], now: datetime
) -> dict[str, Use]:
    """By key id, for the last three days. Raises Refused when CloudWatch does not say."""
    if not key_ids:
        return {}
    client = environment.target.client
    try:
        if environment.is_local:  # which makes no metrics of log lines
            group = environment.names.function_log_group(WEBHOOK_RECEIVER.folder)
            dimensions = [contract.DIMENSION_ENDPOINT, contract.DIMENSION_KEY]
            found = read_log(client("logs"), group, contract.METRIC_VERIFIED, dimensions, now)
            return {key_id: _use(found.get((endpoint, key_id), ()), now) for key_id in key_ids}
        return read_use(client("cloudwatch"), environment.suffix, endpoint, key_ids, now)
    except ClientError as error:
        raise Refused(
            f"how much the keys are in use can't be read: {error}",
            "it takes the right cloudwatch:GetMetricData",
        ) from error


def read_use(
    cloudwatch: Any, suffix: str, endpoint: str, key_ids: Sequence[str], now: datetime
) -> dict[str, Use]:
    """The same, of a CloudWatch client. Raises ClientError."""
    dimensions = [
        {
            contract.DIMENSION_ENVIRONMENT: suffix,
            contract.DIMENSION_ENDPOINT: endpoint,
            contract.DIMENSION_KEY: key_id,
        }
        for key_id in key_ids
    ]
    counts = read_counts(cloudwatch, contract.METRIC_VERIFIED, dimensions, now, PERIOD_SECONDS, now)
    return {key_id: _use(points, now) for key_id, points in zip(key_ids, counts, strict=True)}


def refuse_in_use(environment: Environment, endpoint: str, key_ids: Sequence[str], now: datetime) -> None:
    """Raises Refused where one of these keys verified anything in IN_USE: somebody still signs with it."""
    walk = copyable("endpoint-secrets", "roll", "--endpoint", endpoint)
    for key_id, use in use_of_keys(environment, endpoint, key_ids, now).items():
        if use.in_a_day:
            raise Refused(
                f"{key_id} verified {counted(use.in_a_day, 'webhook')} in the last 24 h, "
                f"the last in the hour of {use.shown['last_use_hour']}: its provider still signs with it",
                f"{walk} leads through a roll; --now is for a leaked key",
            )


def _use(points: Counts, now: datetime) -> Use:
    used = [(at, value) for at, value in points if value > 0]
    first = (
        now - IN_USE - timedelta(seconds=PERIOD_SECONDS)
    )  # a count stands for the hour that begins at its time

    return Use(
        round(sum(value for _, value in used)),
        round(sum(value for at, value in used if at > first)),
        max((at for at, _ in used), default=None),
    )
