"""How often each key of an endpoint has verified a webhook lately: whether it may be retired."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from payment_webhooks import contract
from scripts.command_line.aws_target import Target
from scripts.command_line.errors import Refused, UsageError

# Providers send again for three days at most; a key that verified nothing for so long is not in use any more.
WINDOW: Final = timedelta(days=3)
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
        raise UsageError("the local engine makes no metrics of log lines", "list without --use")
    try:
        return read_use(target.client("cloudwatch"), environment, endpoint, key_ids, now)
    except ClientError as error:
        raise Refused(f"the metric of the keys can't be read: {error}") from error


def read_use(
    cloudwatch: Any, environment: str, endpoint: str, key_ids: Sequence[str], now: datetime
) -> dict[str, Use]:
    """The same, of a CloudWatch client. Raises ClientError."""
    queries = [_query(number, environment, endpoint, key_id) for number, key_id in enumerate(key_ids)]
    found: dict[str, list[tuple[datetime, float]]] = {f"key{number}": [] for number in range(len(key_ids))}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=now - WINDOW, EndTime=now
    )
    for page in pages if queries else ():
        for result in page["MetricDataResults"]:
            found[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
    return {key_id: _use(found[f"key{number}"]) for number, key_id in enumerate(key_ids)}


def _query(number: int, environment: str, endpoint: str, key_id: str) -> Any:
    dimensions = {
        contract.DIMENSION_ENVIRONMENT: environment,
        contract.DIMENSION_ENDPOINT: endpoint,
        contract.DIMENSION_KEY: key_id,
    }
    metric = {
        "Namespace": contract.METRIC_NAMESPACE,
        "MetricName": contract.METRIC_VERIFIED,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {"Id": f"key{number}", "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Sum"}}


def _use(points: Sequence[tuple[datetime, float]]) -> Use:
    used = [(at, value) for at, value in points if value > 0]
    return Use(round(sum(value for _, value in used)), max((at for at, _ in used), default=None))
