"""Secrets are fetched rarely, refetched once in 30 seconds, and outlive an outage for a while."""

import pytest

from payment_webhooks.endpoints.cached_secret import CachedSecret, secret_text
from payment_webhooks.errors import Unavailable
from tests.support.library.receiving import FakeSecret


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def cached(source: FakeSecret, clock: Clock) -> CachedSecret[str]:
    return CachedSecret(source.load, clock)


def test_it_is_fetched_when_first_needed_and_then_kept(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    assert source.fetches == 0
    assert [secret.get(), secret.get()] == ["one", "one"]
    assert source.fetches == 1


def test_a_change_is_seen_after_a_minute(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = "two"
    clock.seconds += 59
    assert secret.get() == "one"
    clock.seconds += 1
    assert secret.get() == "two"


def test_without_any_good_value_an_outage_is_an_outage(clock: Clock) -> None:
    source = FakeSecret(None)
    secret = cached(source, clock)
    for _ in range(2):
        with pytest.raises(Unavailable):
            secret.get()
    source.value = "one"
    assert secret.get() == "one"


def test_through_an_outage_the_last_good_value_serves_for_six_hours(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = None
    clock.seconds += 6 * 3600 - 1
    assert secret.get() == "one"
    clock.seconds += 1
    with pytest.raises(Unavailable):
        secret.get()


def test_in_an_outage_one_request_in_30_seconds_waits_for_it(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = None
    clock.seconds += 60
    for _ in range(100):
        assert secret.get() == "one"
    assert source.fetches == 2
    clock.seconds += 30
    secret.get()
    assert source.fetches == 3


def test_a_refetch_gives_the_new_value_and_counts_as_fresh(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = "two"
    clock.seconds += 59
    assert secret.refetch() == "two"
    clock.seconds += 59
    assert secret.get() == "two"
    assert source.fetches == 2


def test_the_first_fetch_does_not_use_up_the_refetch(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = "two"
    assert secret.refetch() == "two"
    assert secret.refetch() is None
    assert source.fetches == 2


def test_a_refetch_happens_at_most_once_in_30_seconds_also_after_a_failed_one(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = None
    assert secret.refetch() is None
    source.value = "two"
    clock.seconds += 29
    assert secret.refetch() is None
    assert source.fetches == 2
    assert secret.get() == "one"
    clock.seconds += 1
    assert secret.refetch() == "two"


def test_whoever_sends_bad_signatures_causes_one_fetch_in_30_seconds(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    for _ in range(300):
        secret.refetch()
        clock.seconds += 1
    assert source.fetches == 1 + 10


def test_in_an_outage_ordinary_requests_do_not_wait_again_after_a_failed_refetch(clock: Clock) -> None:
    source = FakeSecret("one")
    secret = cached(source, clock)
    secret.get()
    source.value = None
    clock.seconds += 60
    assert secret.refetch() is None
    assert secret.get() == "one"
    assert source.fetches == 2


@pytest.mark.parametrize("answer", [{}, {"SecretString": ""}, {"SecretBinary": "AA=="}])
def test_a_secret_without_text_is_an_outage(answer: dict[str, str]) -> None:
    with pytest.raises(Unavailable, match="secret_malformed"):
        secret_text(lambda operation, parameters: answer, "secret-x")


def test_the_current_version_is_asked_for_by_name() -> None:
    asked = []

    def api(operation: str, parameters: object) -> dict[str, str]:
        asked.append((operation, parameters))
        return {"SecretString": "text"}

    assert secret_text(api, "secret-x") == "text"
    assert asked == [("GetSecretValue", {"SecretId": "secret-x"})]
