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
MILLISECONDS: Final = "Milliseconds"

METADATA: Final = "_aws"
NO_ENVIRONMENT: Final = "none"  # outside Lambda; CloudWatch takes no empty dimension


def metric_fields(
    metrics: Mapping[str, tuple[float, str]],
    dimensions: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
    variables: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """What makes metrics of a log line, to be written along with its other fields: `log(..., **fields)`.

    `metrics` are (value, unit) by name; `dimensions` values by name, beside the environment's suffix, which
    every metric has. All stand in the line under their names, so a dimension may be a field that the line has
    anyway. `clock` gives Unix seconds, `variables` are the function's.
    """
    suffix = variables.get(contract.ENV_SUFFIX) or NO_ENVIRONMENT
    dimensions = {contract.DIMENSION_ENVIRONMENT: suffix, **(dimensions or {})}
    directive = {
        "Namespace": contract.METRIC_NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()],
    }
    return {
        METADATA: {"Timestamp": int(clock() * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        **{name: value for name, (value, _) in metrics.items()},
    }
