"""Reads how many webhooks were verified, by endpoint or by key, or refused, by the reason: from CloudWatch, or, on the
local engine, which makes no metrics of log lines, from the receiver's log.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from payment_webhooks import contract
from scripts.command_line.errors import Refused

# Providers send again for three days at most: what verified nothing for so long is not in use any more.
WINDOW: Final = timedelta(days=3)
Counts = Sequence[tuple[datetime, float]]  # the beginning of each period, and how many webhooks


def read_counts(
    cloudwatch: Any,
    metric: str,
    dimensions: Sequence[Mapping[str, str]],
    end: datetime,
    period_seconds: int,
    now: datetime,
) -> list[Counts]:
    """The counts of the WINDOW before `now`, and on to `end`, in the order of `dimensions`; none where there were none.

    CloudWatch answers at most 100,800 values a page; a series by the minute has 4,320. Raises ClientError, and Refused
    where a series was not read to its end (O9002): no value is then no sign of no webhook.
    """
    found: list[list[tuple[datetime, float]]] = [[] for _ in dimensions]
    statuses = ["NoAnswer" for _ in dimensions]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            _query(number, metric, each, period_seconds) for number, each in enumerate(dimensions)
        ],
        StartTime=now - WINDOW,
        EndTime=end,
    )
    for page in pages if dimensions else ():
        for result in page["MetricDataResults"]:
            number = int(result["Id"].removeprefix("series"))
            found[number] += zip(result["Timestamps"], result["Values"], strict=True)
            statuses[number] = result.get("StatusCode", "NoStatus")
    left = sorted({*statuses} - {"Complete"})
    if left:
        raise Refused(
            f"CloudWatch does not say how many webhooks there were: {', '.join(left)}",
            "do it again in some minutes",
        )
    return list(found)


def _query(number: int, name: str, dimensions: Mapping[str, str], period_seconds: int) -> dict[str, Any]:
    metric = {
        "Namespace": contract.METRIC_NAMESPACE,
        "MetricName": name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {
        "Id": f"series{number}",
        "MetricStat": {"Metric": metric, "Period": period_seconds, "Stat": "Sum"},
    }


def read_log(
    logs: Any, group: str, metric: str, dimensions: Sequence[str], now: datetime
) -> dict[tuple[str, ...], Counts]:
    """The counts of the WINDOW before `now`, of a log group's lines, by the values of `dimensions`."""
    since = int((now - WINDOW).timestamp() * 1000)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    lines = ((event["timestamp"], event["message"]) for page in pages for event in page["events"])
    return counts_of_lines(lines, metric, dimensions)


def counts_of_lines(
    lines: Iterable[tuple[int, str]], metric: str, dimensions: Sequence[str]
) -> dict[tuple[str, ...], Counts]:
    """`lines`: milliseconds since 1970, and the text; those that hold `metric` count."""
    found: dict[tuple[str, ...], list[tuple[datetime, float]]] = defaultdict(list)
    for milliseconds, text in lines:
        if metric in text:
            fields = json.loads(text[text.index("{") :])
            at = datetime.fromtimestamp(milliseconds / 1000, UTC)
            found[tuple(fields[name] for name in dimensions)].append((at, fields[metric]))
    return dict(found)
