"""PayPal's API against a stand-in of it on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import Refused, Throttled
from payment_webhooks.providers.paypal.rest_api import (
    API_URLS,
    PayPalApi,
)

PATH = "/v2/payments/captures/C-1"
LIFETIME_SECONDS = 32400  # as PayPal gives
WITHOUT_LIFETIME = json.dumps({"access_token": "t"}).encode()


@dataclass
class StandIn:
    """What it answers, and what it was asked. A token is valid until the next one, unless `revoked`."""

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=lambda: {PATH: (200, b'{"id": "C-1"}')})
    token_answer: tuple[int, bytes] | None = None
    retry_after_seconds: int | None = None
    tokens: int = 0
    revoked: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def token(self) -> tuple[int, bytes]:
        self.tokens, self.revoked = self.tokens + 1, False
        made = json.dumps({"access_token": f"token-{self.tokens}", "expires_in": LIFETIME_SECONDS}).encode()
        return self.token_answer or (200, made)

    def resource(self, path: str) -> tuple[int, bytes]:
        return (
            (401, b"{}") if self.revoked else self.answers.get(path, (404, b'{"name": "RESOURCE_NOT_FOUND"}'))
        )


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def paypal() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"  # RFC 6749, 4.4.2
            stand_in.asked.append((self.path, self.headers["Authorization"], body))
            self._send(*stand_in.token())

        def do_GET(self) -> None:
            stand_in.asked.append((self.path, self.headers["Authorization"], ""))
            self._send(*stand_in.resource(self.path))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if stand_in.retry_after_seconds is not None:
                self.send_header("Retry-After", str(stand_in.retry_after_seconds))
            if status == 302:
                self.send_header("Location", stand_in.url + PATH)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield stand_in
    server.shutdown()
    server.server_close()


def api(paypal: StandIn, clock: Clock | None = None) -> PayPalApi:
    return PayPalApi(ApiCredentials("client-1", "secret-1", paypal.url), "test", clock or Clock())


def test_a_resource_is_read_with_a_token_of_the_applications_own(paypal: StandIn) -> None:
    assert api(paypal).read(PATH) == {"id": "C-1"}
    basic = base64.b64encode(b"client-1:secret-1").decode()
    assert paypal.asked == [
        ("/v1/oauth2/token", f"Basic {basic}", "grant_type=client_credentials"),
        (PATH, "Bearer token-1", ""),
    ]


def test_a_token_serves_until_shortly_before_it_ends(paypal: StandIn) -> None:
    clock = Clock()
    reader = api(paypal, clock)
    reader.read(PATH)
    clock.now += LIFETIME_SECONDS - 60 - 1
    reader.read(PATH)
    assert paypal.tokens == 1
    clock.now += 1
    reader.read(PATH)
    assert paypal.tokens == 2


def test_a_revoked_token_is_replaced_once(paypal: StandIn) -> None:
    reader = api(paypal)
    reader.read(PATH)
    paypal.revoked = True
    assert reader.read(PATH) == {"id": "C-1"}
    assert paypal.tokens == 2


def test_what_does_not_exist_is_none(paypal: StandIn) -> None:
    assert api(paypal).read("/v2/payments/captures/ABSENT") is None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"", "paypal_http_500"),
        (429, b"{}", "paypal_http_429"),
        (403, b"{}", "paypal_http_403"),
        (401, b"{}", "paypal_http_401"),
        (302, b"", "paypal_http_302"),
        (200, b"<html>", "paypal_answer_malformed"),
        (200, b"[]", "paypal_answer_malformed"),
        (200, b"{}".ljust(524_289), "paypal_answer_malformed"),
    ],
)
def test_every_other_answer_is_an_outage(paypal: StandIn, status: int, body: bytes, reason: str) -> None:
    paypal.answers[PATH] = (status, body)
    with pytest.raises(Unavailable) as outage:
        api(paypal).read(PATH)
    assert outage.value.reason == reason


def test_an_answer_of_half_a_mebibyte_is_read(paypal: StandIn) -> None:
    paypal.answers[PATH] = (200, b'{"id":"C-1"}'.rjust(524_288))
    assert api(paypal).read(PATH) == {"id": "C-1"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, b"{}"), "paypal_token_http_500"),
        ((200, WITHOUT_LIFETIME), "paypal_token_http_200"),
        ((200, b'{"expires_in": 32400}'), "paypal_token_http_200"),
        ((200, b"no"), "paypal_answer_malformed"),
    ],
)
def test_no_token_is_an_outage(paypal: StandIn, answer: tuple[int, bytes], reason: str) -> None:
    paypal.token_answer = answer
    with pytest.raises(Unavailable) as outage:
        api(paypal).read(PATH)
    assert outage.value.reason == reason
    assert "secret-1" not in str(outage.value)


def test_a_throttled_token_says_when_to_come_again_and_a_wrong_secret_is_refused(paypal: StandIn) -> None:
    """Both are outages to who confirms, and to who lists a pause or an end."""
    paypal.token_answer, paypal.retry_after_seconds = (429, b"{}"), 17
    with pytest.raises(Throttled, match="paypal_token_http_429") as throttled:
        api(paypal).read(PATH)
    assert throttled.value.retry_after_seconds == 17
    paypal.token_answer = (401, b'{"error": "invalid_client"}')
    with pytest.raises(Refused) as refused:
        api(paypal).read(PATH)
    assert (refused.value.reason, refused.value.passes) == ("paypal_token_http_401", True)
    assert "secret-1" not in str(refused.value)
    assert isinstance(refused.value, Unavailable)


def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(Unavailable, match="paypal_unreachable"):
        PayPalApi(ApiCredentials("client-1", "secret-1", "http://127.0.0.1:9"), "test").read(PATH)


def test_each_environment_has_its_host() -> None:
    """https://developer.paypal.com/api/rest/requests/"""
    assert API_URLS == {"live": "https://api-m.paypal.com", "test": "https://api-m.sandbox.paypal.com"}


def test_a_call_has_five_seconds_and_one_try_and_trusts_the_authorities_that_botocore_ships() -> None:
    client = PayPalApi(ApiCredentials("client-1", "secret-1"), "test")._client
    options = client._pool.connection_pool_kw
    assert client._timeout_seconds == 5
    assert options["retries"].total is False
    assert options["cert_reqs"] == "CERT_REQUIRED"
    assert Path(options["ca_certs"]).is_file()
