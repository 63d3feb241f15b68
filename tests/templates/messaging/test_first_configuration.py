"""The configuration parameter as it is first deployed, and the thresholds that a deployment may give it."""

import json
import re

import pytest

from payment_webhooks.publishing.configuration import Configuration, parse_configuration
from stacks.parameters.features import HIGH_VALUE_THRESHOLDS
from tests.support.templates.resources import resource


def test_the_first_configuration_is_the_default_one() -> None:
    parameter = resource("messaging", "Configuration")
    assert parameter["Name"] == {"Fn::Sub": "/payment-webhook/${EnvironmentSuffix}/config"}
    text, values = parameter["Value"]["Fn::Sub"]
    assert values == {"Thresholds": {"Ref": "HighValueThresholds"}}
    default = str(HIGH_VALUE_THRESHOLDS.default)
    assert parse_configuration(text.replace("${Thresholds}", default)) == Configuration()
    chosen = parse_configuration(text.replace("${Thresholds}", '{"default": 5, "JPY": 700}'))
    assert (chosen.default_threshold_major, chosen.thresholds_major) == (5, {"JPY": 700})


def test_no_parameter_but_the_thresholds_updates_it() -> None:
    """Any update writes the value again, over thresholds that a person has set (aws/aws-cdk#25949)."""
    parameter = resource("messaging", "Configuration").properties
    others = json.dumps({name: value for name, value in parameter.items() if name != "Value"})
    assert set(re.findall(r"\$\{(\w+)\}|\"Ref\": \"(\w+)\"", others)) == {
        ("EnvironmentSuffix", ""),  # its name
        ("", "EnvironmentSuffix"),  # its tag
    }


@pytest.mark.parametrize(
    "thresholds", ["", "{}", '{"JPY": 1}', '{"default": -1}', '{"default": 1} x', "10000"]
)
def test_thresholds_that_the_processor_would_refuse_are_refused_before(thresholds: str) -> None:
    assert HIGH_VALUE_THRESHOLDS.pattern is not None
    assert re.search(HIGH_VALUE_THRESHOLDS.pattern, thresholds) is None
    assert re.search(HIGH_VALUE_THRESHOLDS.pattern, '{"default": 10000, "GBP": 8000, "JPY": 1500000}')
