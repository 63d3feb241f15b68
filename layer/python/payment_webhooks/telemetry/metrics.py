"""Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch also counts.

No call, no agent, no permission: the line is written as any other is, and its metrics are made of it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from payment_webhooks import contract

COUNT: Final = "Count"
SECONDS: Final = "Seconds"

METADATA: Final = "_aws"
NO_ENVIRONMENT: Final = "none"  # outside Lambda; CloudWatch takes no empty dimension
BY_ENVIRONMENT: Final = ((contract.DIMENSION_ENVIRONMENT,),)


def metric_fields(
    metrics: Mapping[str, tuple[float, str]],
    dimensions: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """What makes metrics of a log line, to be written along with its other fields: `log(..., **fields)`.

    `metrics` are (value, unit) by name; `dimensions` values by name, beside the environment's suffix, which
    every metric has: all that contract.METRIC_DIMENSIONS names for these metrics. All stand in the line under
    their names, so a dimension may be a field that the line has anyway. `clock` gives Unix seconds,
    `variables` are the function's. Raises KeyError for a dimension without a value: CloudWatch would leave
    the metric out and say nothing.

    Nothing for the canary's endpoint, whose webhooks are no traffic.
    """
    if dimensions is not None and dimensions.get(contract.DIMENSION_ENDPOINT) == contract.CANARY:
        return {}
    suffix = variables.get(contract.ENV_SUFFIX) or NO_ENVIRONMENT
    values = {contract.DIMENSION_ENVIRONMENT: suffix, **(dimensions or {})}
    directives: dict[tuple[tuple[str, ...], ...], list[dict[str, str]]] = {}
    for name, (_, unit) in metrics.items():
        sets = contract.METRIC_DIMENSIONS.get(name, BY_ENVIRONMENT)
        directives.setdefault(sets, []).append({"Name": name, "Unit": unit})
    used = {name: values[name] for sets in directives for each in sets for name in each}
    return {
        METADATA: {
            "Timestamp": int(clock() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": contract.METRIC_NAMESPACE,
                    "Dimensions": [list(each) for each in sets],
                    "Metrics": described,
                }
                for sets, described in directives.items()
            ],
        },
        **used,
        **{name: value for name, (value, _) in metrics.items()},
    }
