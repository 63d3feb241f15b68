"""The embedded metric format: what CloudWatch demands of a line that it is to count."""

import json

import pytest

from payment_webhooks import contract
from payment_webhooks.telemetry.logs import log
from payment_webhooks.telemetry.metrics import COUNT, NO_ENVIRONMENT, SECONDS, metric_fields

VARIABLES = {contract.ENV_SUFFIX: "dev"}


def test_every_metric_and_dimension_is_a_field_of_the_line() -> None:
    metrics = {"Taken": (2, COUNT), "Waited": (0.5, SECONDS), contract.METRIC_MASKED: (3, COUNT)}
    fields = metric_fields(metrics, {"endpoint": "stripe", "not_used": "x"}, variables=VARIABLES)
    everywhere, by_endpoint = fields["_aws"]["CloudWatchMetrics"]
    assert everywhere == {
        "Namespace": contract.METRIC_NAMESPACE,
        "Dimensions": [["environment"]],
        "Metrics": [{"Name": "Taken", "Unit": "Count"}, {"Name": "Waited", "Unit": "Seconds"}],
    }
    assert by_endpoint == {
        "Namespace": contract.METRIC_NAMESPACE,
        "Dimensions": [["environment", "endpoint"]],
        "Metrics": [{"Name": contract.METRIC_MASKED, "Unit": "Count"}],
    }
    assert {name: value for name, value in fields.items() if name != "_aws"} == {
        "environment": "dev",
        "endpoint": "stripe",
        "Taken": 2,
        "Waited": 0.5,
        contract.METRIC_MASKED: 3,
    }


def test_a_dimension_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="endpoint"):
        metric_fields({contract.METRIC_MASKED: (1, COUNT)}, variables=VARIABLES)


def test_no_metric_has_more_dimensions_than_cloudwatch_takes_or_lacks_the_environment() -> None:
    for sets in contract.METRIC_DIMENSIONS.values():
        for each in sets:
            assert each[0] == contract.DIMENSION_ENVIRONMENT
            assert len(each) == len(set(each)) <= 30


def test_outside_a_function_the_environment_has_a_name_too() -> None:
    assert metric_fields({"Taken": (1, COUNT)}, variables={})["environment"] == NO_ENVIRONMENT


def test_the_time_is_in_milliseconds() -> None:
    assert metric_fields({}, None, lambda: 1_760_000_000.1234)["_aws"]["Timestamp"] == 1_760_000_000_123


def test_a_line_of_the_log_carries_them(capsys: pytest.CaptureFixture[str]) -> None:
    log("INFO", "test", **metric_fields({"Taken": (1, COUNT)}, variables=VARIABLES))
    line = json.loads(capsys.readouterr().out)
    assert (line["Taken"], line["environment"], line["message"]) == (1, "dev", "test")
    assert line["_aws"]["CloudWatchMetrics"]
