"""The configuration's document: what it says, what is refused, and what counts as high value."""

import json
from typing import Any

import pytest

from payment_webhooks.publishing.configuration import (
    CURRENCY_THRESHOLDS_MAJOR,
    BadConfiguration,
    Configuration,
    parse_configuration,
)


def parsed(**sections: Any) -> Configuration:
    return parse_configuration(json.dumps(sections))


@pytest.mark.parametrize(
    ("amount_minor", "currency", "high"),
    [
        (1_000_000, "USD", False),  # at the threshold is not over it
        (1_000_001, "USD", True),
        (1_500_000, "JPY", False),
        (1_500_001, "JPY", True),
        (3_000_000, "KWD", False),
        (3_000_001, "KWD", True),
        (3_500_000 * 100, "HUF", False),
        (1_000_001, "BAM", True),  # a currency without a threshold of its own
        (None, "USD", False),
        (10**15, None, False),
    ],
)
def test_about_ten_thousand_dollars_by_the_currencys_unit(
    amount_minor: int | None, currency: str | None, high: bool
) -> None:
    assert Configuration().is_high_value(amount_minor, currency) is high
    assert parsed().is_high_value(amount_minor, currency) is high


def test_a_currency_may_have_its_own_threshold() -> None:
    configuration = parsed(high_value_thresholds={"default": 500, "JPY": 1_500_000})
    assert not configuration.is_high_value(1_500_000, "JPY")
    assert configuration.is_high_value(1_500_001, "JPY")
    assert configuration.is_high_value(50_001, "EUR")
    assert not configuration.is_high_value(50_000, "EUR")


def test_what_is_said_is_used_and_the_rest_has_its_default() -> None:
    configuration = parsed(retries={"publish_attempts": 5}, timeouts={"publish_seconds": 1})
    assert (configuration.publish_attempts, configuration.publish_seconds) == (5, 1.0)
    assert configuration.default_threshold_major == 10_000
    assert parsed() == Configuration()


def test_thresholds_that_are_said_replace_all_of_ours() -> None:
    assert parsed(high_value_thresholds={"default": 5}).thresholds_major == {}


def test_every_threshold_of_ours_is_of_a_currency_that_there_is() -> None:
    assert parsed(high_value_thresholds=dict(CURRENCY_THRESHOLDS_MAJOR)) == Configuration()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "document_not_an_object"),
        ("[" * 100_000, "document_not_an_object"),
        ("[]", "document_not_an_object"),
        ('{"threshold": 1}', "document_has_an_unknown_name"),
        ('{"retries": {"attempts": 3}}', "retries_has_an_unknown_name"),
        ('{"retries": 3}', "retries_not_an_object"),
        ('{"retries": {"publish_attempts": 0}}', "publish_attempts_out_of_range"),
        ('{"retries": {"publish_attempts": 6}}', "publish_attempts_out_of_range"),
        ('{"retries": {"publish_attempts": true}}', "publish_attempts_out_of_range"),
        ('{"timeouts": {"publish_seconds": 0.4}}', "publish_seconds_out_of_range"),
        ('{"timeouts": {"publish_seconds": NaN}}', "publish_seconds_out_of_range"),
        ('{"timeouts": {"publish_seconds": "2"}}', "publish_seconds_out_of_range"),
        ('{"timeouts": {"publish_seconds": true}}', "publish_seconds_out_of_range"),
        ('{"high_value_thresholds": 5}', "high_value_thresholds_not_an_object"),
        ('{"high_value_thresholds": {"usd": 5}}', "threshold_of_an_unknown_currency"),
        ('{"high_value_thresholds": {"XXX": 5}}', "threshold_of_an_unknown_currency"),
        ('{"high_value_thresholds": {"USD": -1}}', "threshold_not_a_whole_amount"),
        ('{"high_value_thresholds": {"USD": 1.5}}', "threshold_not_a_whole_amount"),
        ('{"high_value_thresholds": {"USD": true}}', "threshold_not_a_whole_amount"),
        ('{"high_value_thresholds": {"default": "10000"}}', "threshold_not_a_whole_amount"),
    ],
)
def test_a_bad_document_is_refused_whole(text: str, reason: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        parse_configuration(text)
    assert refused.value.reason == reason
