"""Reads the configuration from Systems Manager and keeps it in memory for a while.

It decides which payments raise an alarm, not whether they are processed; so neither a bad document nor an
outage of Systems Manager stops anything: the last good one stays in use. A container that has just begun has
none in memory, but the parameter keeps its earlier versions, and the newest good one of them is taken.
"""

import time
from collections.abc import Callable

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.cache_age import is_younger
from payment_webhooks.errors import Unavailable
from payment_webhooks.publishing.configuration import BadConfiguration, Configuration, parse_configuration
from payment_webhooks.telemetry.logs import ERROR, WARNING, Logger, describe, log
from payment_webhooks.telemetry.metrics import COUNT, metric_fields

FRESH_SECONDS = 60.0
# How far back a container without a last good one looks.
OLDER_VERSIONS = 5
_REFUSED = {contract.METRIC_CONFIGURATION_REFUSED: (1.0, COUNT)}


class LiveConfiguration:
    """One parameter in one container; `ssm` reads it."""

    def __init__(
        self,
        ssm: Api,
        parameter: str,
        write: Logger = log,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._write = write
        self._clock = clock
        self._good: Configuration | None = None
        self._tried_at: float | None = None

    def get(self) -> Configuration:
        """The configuration in use: never raises for what is wrong with the parameter or its service."""
        now = self._clock()
        if self._tried_at is None or not is_younger(self._tried_at, now, FRESH_SECONDS):
            self._tried_at = now
            self._good = self._load() or self._good
        return self._good or Configuration()

    def _load(self) -> Configuration | None:
        """The current document, or an earlier one when there is none in use; None to go on as before."""
        try:
            text, version = self._read(self._parameter)
            return self._checked(text, version) or (None if self._good else self._earlier(version))
        except Unavailable as error:
            # An outage passes; a parameter that is gone, or may not be read, is a bad one.
            refused = isinstance(error, ServiceError) and not error.transient
            self._write(
                ERROR if refused else WARNING,
                "configuration not read",
                **describe(error),
                **(metric_fields(_REFUSED) if refused else {}),
            )
            return None

    def _earlier(self, version: int) -> Configuration | None:
        for older in range(version - 1, max(0, version - 1 - OLDER_VERSIONS), -1):
            text, _ = self._read(f"{self._parameter}:{older}")
            found = self._checked(text, older)
            if found is not None:
                return found
        return None

    def _checked(self, text: str, version: int) -> Configuration | None:
        try:
            return parse_configuration(text)
        except BadConfiguration as error:
            self._write(
                ERROR,
                "configuration refused",
                version=version,
                **describe(error),
                **metric_fields(_REFUSED),
            )
            return None

    def _read(self, name: str) -> tuple[str, int]:
        parameter = self._ssm("GetParameter", {"Name": name}).get("Parameter") or {}
        return str(parameter.get("Value", "")), int(parameter.get("Version", 1))
