"""What an operator may change while the system runs: a JSON document, checked before it is used.

    {
      "high_value_thresholds": {"default": 10000, "JPY": 1500000},
      "retries": {"publish_attempts": 3},
      "timeouts": {"publish_seconds": 2.0}
    }

Thresholds are whole major units. What is left out has the default; what is not known is refused, as it is a
typing error that would otherwise do nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from payment_webhooks.errors import UnreadableEvent, WebhookError
from payment_webhooks.money import EXPONENTS, MAX_AMOUNT_MINOR, currency_code

DEFAULT_THRESHOLD_MAJOR: Final = 10_000
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
    thresholds_major: Mapping[str, int] | None = None
    publish_attempts: int = DEFAULT_PUBLISH_ATTEMPTS
    publish_seconds: float = DEFAULT_PUBLISH_SECONDS

    def is_high_value(self, amount_minor: int | None, currency: str | None) -> bool:
        """Whether an amount in minor units is over (not at) its currency's threshold; False without either."""
        if amount_minor is None or currency is None:
            return False
        threshold = (self.thresholds_major or {}).get(currency, self.default_threshold_major)
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
    thresholds = _thresholds(sections.get("high_value_thresholds", {}))
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
