"""What an operator may change while the system runs: a JSON document, checked before it is used.

    {
      "high_value_thresholds": {"default": 10000, "JPY": 1500000},
      "retries": {"publish_attempts": 3},
      "timeouts": {"publish_seconds": 2.0}
    }

Thresholds are whole major units, and replace all of ours. Any other name that is left out has its default; what is not
known is refused, as it is a typing error that would otherwise do nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from payment_webhooks.errors import UnreadableEvent, WebhookError
from payment_webhooks.money import EXPONENTS, MAX_AMOUNT_MINOR, currency_code

DEFAULT_THRESHOLD_MAJOR: Final = 10_000
# About 10,000 USD each, by the rates of November 2025, rounded: a threshold needs no more, and rates move.
# fmt: off
CURRENCY_THRESHOLDS_MAJOR: Final[Mapping[str, int]] = {
    "AED": 35_000, "ARS": 14_000_000, "AUD": 15_000, "BHD": 4_000, "BRL": 55_000, "CAD": 14_000, "CHF": 8_000,
    "CLP": 9_500_000, "CNY": 70_000, "COP": 40_000_000, "CZK": 200_000, "DKK": 65_000, "EGP": 500_000, "EUR": 9_000,
    "GBP": 8_000, "HKD": 80_000, "HUF": 3_500_000, "IDR": 160_000_000, "ILS": 35_000, "INR": 900_000,
    "ISK": 1_300_000, "JOD": 7_000, "JPY": 1_500_000, "KES": 1_300_000, "KRW": 14_000_000, "KWD": 3_000,
    "MAD": 90_000, "MXN": 180_000, "MYR": 40_000, "NGN": 14_000_000, "NOK": 100_000, "NZD": 17_000, "OMR": 4_000,
    "PEN": 35_000, "PHP": 550_000, "PKR": 2_800_000, "PLN": 35_000, "PYG": 70_000_000, "QAR": 35_000, "RON": 45_000,
    "SAR": 35_000, "SEK": 95_000, "SGD": 13_000, "THB": 320_000, "TND": 30_000, "TRY": 400_000, "TWD": 300_000,
    "UAH": 400_000, "UGX": 36_000_000, "VND": 250_000_000, "XAF": 5_500_000, "XOF": 5_500_000, "ZAR": 170_000,
}
# fmt: on
DEFAULT_PUBLISH_ATTEMPTS: Final = 3
MAX_PUBLISH_ATTEMPTS: Final = 5
DEFAULT_PUBLISH_SECONDS: Final = 2.0
LEAST_PUBLISH_SECONDS: Final = 0.5
MAX_PUBLISH_SECONDS: Final = 5.0
_ANY_CURRENCY: Final = "default"
_SECTIONS: Final = ("high_value_thresholds", "retries", "timeouts")


class BadConfiguration(WebhookError):
    """The document is not of its form. `reason` names what is wrong, and never quotes it."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`thresholds_major`: whole major units by currency code; other currencies have `default_threshold_major`.

    publish_attempts, publish_seconds: of one call to the event bus, and of each of its attempts.
    """

    default_threshold_major: int = DEFAULT_THRESHOLD_MAJOR
    thresholds_major: Mapping[str, int] = field(default_factory=lambda: CURRENCY_THRESHOLDS_MAJOR)
    publish_attempts: int = DEFAULT_PUBLISH_ATTEMPTS
    publish_seconds: float = DEFAULT_PUBLISH_SECONDS

    def is_high_value(self, amount_minor: int | None, currency: str | None) -> bool:
        """Whether an amount in minor units is over (not at) its currency's threshold; False without either."""
        if amount_minor is None or currency is None:
            return False
        threshold = self.thresholds_major.get(currency, self.default_threshold_major)
        return bool(amount_minor > threshold * 10 ** EXPONENTS[currency])


def parse_configuration(text: str) -> Configuration:
    """The document of `text`. Raises BadConfiguration."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    sections = _section(document, "document", _SECTIONS)
    retries = _section(sections.get("retries", {}), "retries", ("publish_attempts",))
    timeouts = _section(sections.get("timeouts", {}), "timeouts", ("publish_seconds",))
    thresholds = _thresholds(sections.get("high_value_thresholds", CURRENCY_THRESHOLDS_MAJOR))
    return Configuration(
        default_threshold_major=thresholds.pop(_ANY_CURRENCY, DEFAULT_THRESHOLD_MAJOR),
        thresholds_major=thresholds,
        publish_attempts=_whole(retries.get("publish_attempts", DEFAULT_PUBLISH_ATTEMPTS)),
        publish_seconds=_seconds(timeouts.get("publish_seconds", DEFAULT_PUBLISH_SECONDS)),
    )


def _section(value: object, name: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadConfiguration(f"{name}_not_an_object")
    if not set(value) <= set(known):
        raise BadConfiguration(f"{name}_has_an_unknown_name")
    return value


def _thresholds(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise BadConfiguration("high_value_thresholds_not_an_object")
    for currency, threshold in value.items():
        if currency != _ANY_CURRENCY and not _is_currency(currency):
            raise BadConfiguration("threshold_of_an_unknown_currency")
        if not _is_whole(threshold) or not 0 <= threshold <= MAX_AMOUNT_MINOR:
            raise BadConfiguration("threshold_not_a_whole_amount")
    return dict(value)


def _is_currency(code: str) -> bool:
    try:
        return currency_code(code) == code
    except UnreadableEvent:
        return False


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(value: Any) -> int:
    if not _is_whole(value) or not 1 <= value <= MAX_PUBLISH_ATTEMPTS:
        raise BadConfiguration("publish_attempts_out_of_range")
    return int(value)


def _seconds(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not LEAST_PUBLISH_SECONDS <= value <= MAX_PUBLISH_SECONDS:
        raise BadConfiguration("publish_seconds_out_of_range")
    return float(value)
