"""The configuration in use: fresh enough, and never a bad one, whatever is wrong with the parameter."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.publishing.configuration import Configuration
from payment_webhooks.publishing.live_configuration import LiveConfiguration
from payment_webhooks.telemetry.logs import ERROR, WARNING

NAME = "/payment-webhook/dev/config"
BAD = "{"
OUTAGE = Unavailable("ssm_timeout")


def document(threshold: int) -> str:
    return json.dumps({"high_value_thresholds": {"default": threshold}})


class Parameters:
    """Systems Manager with one parameter: its versions, oldest first, and what was asked."""

    def __init__(self, *versions: str) -> None:
        self.versions = list(versions)
        self.asked: list[str] = []
        self.down: Exception | None = None
        self.now = 0.0
        self.lines: list[dict[str, Any]] = []
        self.live = LiveConfiguration(self._call, NAME, self._write, lambda: self.now)

    def threshold(self) -> int:
        return self.live.get().default_threshold_major

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert operation == "GetParameter"
        self.asked.append(parameters["Name"])
        if self.down is not None:
            raise self.down
        _, _, version = parameters["Name"].partition(":")
        number = int(version or len(self.versions))
        return {"Parameter": {"Value": self.versions[number - 1], "Version": number}}

    def _write(self, level: str, message: str, **fields: Any) -> None:
        self.lines.append({"level": level, "message": message, **fields})


def test_it_is_read_once_for_a_while() -> None:
    parameters = Parameters(document(500))
    assert [parameters.threshold() for _ in range(3)] == [500] * 3
    parameters.now = 59.9
    parameters.versions.append(document(600))
    assert parameters.threshold() == 500
    assert parameters.asked == [NAME]
    parameters.now = 60
    assert parameters.threshold() == 600


def test_a_bad_document_is_refused_with_a_metric_and_the_last_good_one_stays() -> None:
    parameters = Parameters(document(500))
    parameters.threshold()
    parameters.versions.append(BAD)
    parameters.now = 60
    assert parameters.threshold() == 500
    (line,) = parameters.lines
    assert (line["level"], line["message"], line["version"]) == (ERROR, "configuration refused", 2)
    assert line["RefusedConfigurations"] == 1.0
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["environment"]]
    assert parameters.asked == [NAME, NAME]  # nothing older is needed


def test_a_container_that_has_just_begun_takes_the_newest_good_version() -> None:
    parameters = Parameters(document(400), document(500), BAD, BAD)
    assert parameters.threshold() == 500
    assert parameters.asked == [NAME, f"{NAME}:3", f"{NAME}:2"]
    assert [line["version"] for line in parameters.lines] == [4, 3]


def test_it_looks_back_in_bounds_and_then_takes_the_default() -> None:
    parameters = Parameters(document(400), *[BAD] * 9)
    assert parameters.live.get() == Configuration()
    assert parameters.asked == [NAME, *(f"{NAME}:{version}" for version in range(9, 4, -1))]


def test_a_first_version_that_is_bad_has_nothing_older() -> None:
    parameters = Parameters(BAD)
    assert parameters.live.get() == Configuration()
    assert parameters.asked == [NAME]


def test_an_outage_changes_nothing_and_is_not_asked_about_at_each_call() -> None:
    parameters = Parameters(document(500))
    parameters.threshold()
    parameters.down = OUTAGE
    parameters.now = 60
    assert [parameters.threshold() for _ in range(3)] == [500] * 3
    assert len(parameters.asked) == 2
    (line,) = parameters.lines
    assert (line["level"], line["reason"]) == (WARNING, "ssm_timeout")
    assert "RefusedConfigurations" not in line
    parameters.down = None
    parameters.versions.append(document(600))
    parameters.now = 120
    assert parameters.threshold() == 600


def test_an_outage_from_the_beginning_gives_the_default() -> None:
    parameters = Parameters(document(500))
    parameters.down = OUTAGE
    assert parameters.live.get() == Configuration()


@pytest.mark.parametrize("code", ["ParameterNotFound", "AccessDeniedException"])
def test_a_parameter_that_is_gone_or_may_not_be_read_raises_the_alarm_as_a_bad_one_does(code: str) -> None:
    """Else new containers would fall back to the defaults, and nobody would know."""
    parameters = Parameters(document(500))
    parameters.threshold()
    parameters.down = ServiceError("ssm", code, 400, {})
    parameters.now = 60
    assert parameters.threshold() == 500
    (line,) = parameters.lines
    assert (line["level"], line["reason"], line["RefusedConfigurations"]) == (ERROR, f"ssm_{code}", 1.0)


def test_throttling_is_an_outage() -> None:
    parameters = Parameters(document(500))
    parameters.down = ServiceError("ssm", "ThrottlingException", 400, {})
    parameters.threshold()
    assert [line["level"] for line in parameters.lines] == [WARNING]
