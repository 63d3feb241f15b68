"""The embedded metric format: what CloudWatch demands of a line that it is to count."""

import json

import pytest

from payment_webhooks import contract
from payment_webhooks.logs import log
from payment_webhooks.metrics import COUNT, NO_ENVIRONMENT, SECONDS, metric_fields

VARIABLES = {contract.ENV_SUFFIX: "dev"}


def test_every_metric_and_dimension_is_a_field_of_the_line() -> None:
    metrics = {"Taken": (2, COUNT), "Waited": (0.5, SECONDS)}
    fields = metric_fields(metrics, {"endpoint": "stripe"}, variables=VARIABLES)
    (directive,) = fields["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": contract.METRIC_NAMESPACE,
        "Dimensions": [["environment", "endpoint"]],
        "Metrics": [{"Name": "Taken", "Unit": "Count"}, {"Name": "Waited", "Unit": "Seconds"}],
    }
    assert fields.items() >= {"environment": "dev", "endpoint": "stripe", "Taken": 2, "Waited": 0.5}.items()


def test_outside_a_function_the_environment_has_a_name_too() -> None:
    assert metric_fields({"Taken": (1, COUNT)}, variables={})["environment"] == NO_ENVIRONMENT


def test_the_time_is_in_milliseconds() -> None:
    assert metric_fields({}, None, lambda: 1_760_000_000.1234)["_aws"]["Timestamp"] == 1_760_000_000_123


def test_a_line_of_the_log_carries_them(capsys: pytest.CaptureFixture[str]) -> None:
    log("INFO", "test", **metric_fields({"Taken": (1, COUNT)}, variables=VARIABLES))
    line = json.loads(capsys.readouterr().out)
    assert (line["Taken"], line["environment"], line["message"]) == (1, "dev", "test")
    assert line["_aws"]["CloudWatchMetrics"]
