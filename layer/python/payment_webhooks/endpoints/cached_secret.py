"""Keeps secrets in memory for a while: fresh enough for a roll, and there when Secrets Manager is not."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.cache_age import is_younger
from payment_webhooks.endpoints.secret_document import EndpointSecret, parse_endpoint_secret
from payment_webhooks.errors import Unavailable

# How long a leaked key goes on verifying after it was retired, in every container, those kept started included.
FRESH_SECONDS = 60.0
# A bad signature may mean that the key was rolled, but anyone can send one: no more calls than this, whoever
# asks.
REFETCH_INTERVAL_SECONDS = 30.0
# Through an outage the last good value serves; a retired key must still stop working some day.
LONGEST_AGE_SECONDS = 6 * 3600.0

Value = TypeVar("Value")


class CachedSecret(Generic[Value]):
    """One secret in one container. `load` fetches and reads it; it raises Unavailable when it can't."""

    def __init__(
        self,
        load: Callable[[], Value],
        clock: Callable[[], float] = time.time,
        fresh_seconds: float = FRESH_SECONDS,
        refetch_interval_seconds: float = REFETCH_INTERVAL_SECONDS,
        longest_age_seconds: float = LONGEST_AGE_SECONDS,
    ) -> None:
        self._load = load
        self._clock = clock
        self._fresh_seconds = fresh_seconds
        self._refetch_interval_seconds = refetch_interval_seconds
        self._longest_age_seconds = longest_age_seconds
        self._loaded: tuple[Value, float] | None = None  # the last good value and when it was fetched
        self._tried_at: float | None = None  # of any fetch: what spares a service that is down
        self._refetched_at: float | None = None  # of a refetch alone: what a bad signature may cost

    def get(self) -> Value:
        """The value: from memory while fresh, else fetched; in an outage the last good one.

        Raises Unavailable when there is none that is younger than the longest age.
        """
        if self._loaded is None:
            return self._fetch()
        value, fetched_at = self._loaded
        age_seconds = self._age_seconds(fetched_at)
        if age_seconds < self._fresh_seconds:
            return value
        if age_seconds >= self._longest_age_seconds:
            return self._fetch()
        return self._fetch_or(value)

    def refetch(self) -> Value | None:
        """The value fetched anew because the one at hand did not verify; None when there was a refetch too
        recently, or it can't be fetched now.

        Only refetches count: a key may be set right after the ordinary fetch, and the webhook that it signs
        should not be refused for it.
        """
        now = self._clock()
        if self._is_recent(self._refetched_at, now):
            return None
        self._refetched_at = now
        try:
            return self._fetch()
        except Unavailable:
            return None

    def overdue_age_seconds(self) -> float | None:
        """The age of the value at hand if it is no longer fresh, so that an outage can be seen while the last
        good value serves; else None.
        """
        if self._loaded is None:
            return None
        age_seconds = self._age_seconds(self._loaded[1])
        return round(age_seconds, 1) if age_seconds >= self._fresh_seconds else None

    def _fetch_or(self, last_good: Value) -> Value:
        """One request in each interval waits for a service that is down; others take the last good value."""
        if self._is_recent(self._tried_at, self._clock()):
            return last_good
        try:
            return self._fetch()
        except Unavailable:
            return last_good

    def _fetch(self) -> Value:
        self._tried_at = self._clock()
        value = self._load()
        self._loaded = (value, self._tried_at)
        return value

    def _is_recent(self, then: float | None, now: float) -> bool:
        return then is not None and is_younger(then, now, self._refetch_interval_seconds)

    def _age_seconds(self, fetched_at: float) -> float:
        """After the clock was set back nobody knows the age: then it counts as just no longer fresh."""
        age_seconds = self._clock() - fetched_at
        return age_seconds if age_seconds >= 0 else self._fresh_seconds


def cached_endpoint_secret(secrets_manager: Api, name: str) -> CachedSecret[EndpointSecret]:
    """The secret of one endpoint; `name` is the name or ARN of the secret. Fetches nothing yet."""
    return CachedSecret(lambda: parse_endpoint_secret(secret_text(secrets_manager, name)))


def fingerprint_key_of(environment: Mapping[str, str], secrets_manager: Api) -> CachedSecret[bytes]:
    """This key never changes, so the one that was fetched is never too old."""
    name = environment[contract.ENV_FINGERPRINT_SECRET]
    return CachedSecret(
        lambda: secret_text(secrets_manager, name).encode(),
        fresh_seconds=LONGEST_AGE_SECONDS,
        longest_age_seconds=math.inf,
    )


def secret_text(secrets_manager: Api, name: str) -> str:
    """The current text of the secret. Raises Unavailable for every trouble: without it nothing can be verified."""
    answer = secrets_manager("GetSecretValue", {"SecretId": name})
    text = answer.get("SecretString")
    if not isinstance(text, str) or not text:
        raise Unavailable("secret_malformed")
    return text
