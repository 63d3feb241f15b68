"""Reads from CloudWatch how many webhooks were verified: by endpoint, or by the key that did."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from payment_webhooks import contract

# Providers send again for three days at most: what verified nothing for so long is not in use any more.
WINDOW: Final = timedelta(days=3)
Counts = Sequence[tuple[datetime, float]]  # the beginning of each period, and how many webhooks


def read_verified(
    cloudwatch: Any,
    dimensions: Sequence[Mapping[str, str]],
    end: datetime,
    period_seconds: int,
    now: datetime,
) -> list[Counts]:
    """The counts of the WINDOW before `now`, and on to `end`, in the order of `dimensions`; none where there were none.

    CloudWatch answers at most 100,800 values a page; a series by the minute has 4,320. Raises ClientError.
    """
    found: list[list[tuple[datetime, float]]] = [[] for _ in dimensions]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(number, each, period_seconds) for number, each in enumerate(dimensions)],
        StartTime=now - WINDOW,
        EndTime=end,
    )
    for page in pages if dimensions else ():
        for result in page["MetricDataResults"]:
            number = int(result["Id"].removeprefix("series"))
            found[number] += zip(result["Timestamps"], result["Values"], strict=True)
    return list(found)


def _query(number: int, dimensions: Mapping[str, str], period_seconds: int) -> dict[str, Any]:
    metric = {
        "Namespace": contract.METRIC_NAMESPACE,
        "MetricName": contract.METRIC_VERIFIED,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {
        "Id": f"series{number}",
        "MetricStat": {"Metric": metric, "Period": period_seconds, "Stat": "Sum"},
    }
