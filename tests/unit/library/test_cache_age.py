"""What is kept in memory ages by the wall clock, which may jump: ahead after a freeze, or back when it is set."""

import inspect
import io
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import urllib3

from payment_webhooks.cache_age import is_younger
from payment_webhooks.endpoints.cached_secret import CachedSecret
from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.certificate_download import CertificateFetcher
from payment_webhooks.providers.paypal.rest_api import PayPalApi
from payment_webhooks.providers.rest_client import RestClient
from payment_webhooks.publishing.live_configuration import LiveConfiguration
from tests.support.library.receiving import FakeSecret

TOKEN_SECONDS = 32_400
URL = "https://example.com/certificate"
PEM = b"-----BEGIN CERTIFICATE-----"
# A little back is enough: an hour of summer time, or a second that the host was ahead.
SET_BACK = [-0.5, -3600.0, -1e9]


class Kept:
    """One cache, a clock that jumps, and how often the cache has fetched anew. `down`: nothing is to be fetched."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0
        self.fetches = 0
        self.down = False

    def clock(self) -> float:
        return self.now

    def fetch(self) -> None:
        self.fetches += 1
        if self.down:
            raise Unavailable("down")


Ask = Callable[[], object]
Make = Callable[[Kept], Ask]


def _secret(kept: Kept) -> Ask:
    def load() -> str:
        kept.fetch()
        return "key"

    return CachedSecret(load, kept.clock).get


def _configuration(kept: Kept) -> Ask:
    def ssm(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        kept.fetch()
        return {"Parameter": {"Value": json.dumps({"high_value_thresholds": {"default": 500}}), "Version": 1}}

    live = LiveConfiguration(ssm, "name", lambda level, message, **fields: None, kept.clock)
    return lambda: live.get().default_threshold_major


class Pool(urllib3.PoolManager):
    """Connections to nobody: `answer` gives the body for a method."""

    def __init__(self, answer: Callable[[str], bytes]) -> None:
        super().__init__()
        self._answer = answer

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> urllib3.BaseHTTPResponse:
        return urllib3.HTTPResponse(io.BytesIO(self._answer(method)), status=200, preload_content=False)


def _certificate(kept: Kept) -> Ask:
    def answer(method: str) -> bytes:
        kept.fetch()
        return PEM

    fetcher = CertificateFetcher(None, kept.clock, Pool(answer))
    return lambda: fetcher(URL)


def _token(kept: Kept) -> Ask:
    def answer(method: str) -> bytes:
        if method == "POST":
            kept.fetch()
            return json.dumps({"access_token": "token", "expires_in": TOKEN_SECONDS}).encode()
        return b'{"resource": "read"}'

    client = RestClient("paypal", "https://api.example", 5, 1000, pool=Pool(answer))
    api = PayPalApi(ApiCredentials("id", "secret"), "test", kept.clock, client)
    return lambda: api.read("/path")


CACHES: list[tuple[Make, float]] = [
    (_secret, 60),
    (_configuration, 60),
    (_certificate, 6 * 3600),
    (_token, TOKEN_SECONDS - 60),
]


@pytest.mark.parametrize(("make", "fresh_seconds"), CACHES)
def test_what_a_freeze_made_old_is_fetched_anew(make: Make, fresh_seconds: float) -> None:
    kept = Kept()
    ask = make(kept)
    first = ask()
    kept.now += fresh_seconds - 1
    assert [ask(), kept.fetches] == [first, 1]
    kept.now += 24 * 3600.0
    assert [ask(), ask(), kept.fetches] == [first, first, 2]


@pytest.mark.parametrize("jump", SET_BACK)
@pytest.mark.parametrize(("make", "fresh_seconds"), CACHES)
def test_what_is_of_a_time_to_come_is_fetched_anew(make: Make, fresh_seconds: float, jump: float) -> None:
    kept = Kept()
    ask = make(kept)
    first = ask()
    kept.now += jump
    assert [ask(), ask(), kept.fetches] == [first, first, 2]
    kept.now += fresh_seconds - 1
    assert [ask(), kept.fetches] == [first, 2]


@pytest.mark.parametrize("cache", [CachedSecret, LiveConfiguration, CertificateFetcher, PayPalApi])
def test_a_cache_goes_by_the_wall_clock_unless_told_otherwise(cache: type) -> None:
    clocks = [
        each.default
        for each in inspect.signature(cache).parameters.values()
        if each.default is not each.empty
    ]
    assert time.time in clocks
    assert time.monotonic not in clocks


@pytest.mark.parametrize("jump", SET_BACK)
def test_a_clock_that_was_set_back_does_not_put_off_a_refetch_of_the_secret(jump: float) -> None:
    kept, source = Kept(), FakeSecret("one")
    secret = CachedSecret(source.load, kept.clock)
    secret.get()
    assert secret.refetch() == "one"
    source.value = "two"
    kept.now += jump
    assert secret.refetch() == "two"
    assert secret.refetch() is None


@pytest.mark.parametrize("jump", SET_BACK)
def test_in_an_outage_a_secret_of_a_time_to_come_still_serves_and_is_told_as_overdue(jump: float) -> None:
    kept, source = Kept(), FakeSecret("one")
    secret = CachedSecret(source.load, kept.clock)
    secret.get()
    source.value = None
    kept.now += jump
    assert [secret.get(), secret.get(), source.fetches] == ["one", "one", 2]
    assert secret.overdue_age_seconds() == 60


@pytest.mark.parametrize("jump", [10.0, *SET_BACK])
def test_a_clock_that_jumps_does_not_put_off_a_certificate_that_could_not_be_fetched(jump: float) -> None:
    kept = Kept()
    ask = _certificate(kept)
    kept.down = True
    for _ in range(2):
        with pytest.raises(Unavailable, match="certificate_unavailable"):
            ask()
    assert kept.fetches == 1
    kept.down = False
    kept.now += jump
    assert ask() == PEM


@pytest.mark.parametrize(
    ("age", "younger"), [(0.0, True), (59.9, True), (60.0, False), (1e9, False), (-0.1, False)]
)
def test_younger_is_from_now_to_just_before_the_limit(age: float, younger: bool) -> None:
    assert is_younger(1_000.0, 1_000.0 + age, 60.0) is younger
