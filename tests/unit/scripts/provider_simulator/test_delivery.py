"""Sending as a provider does: bytes untouched, each attempt signed anew, what came back shown as it is."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import urllib3

from scripts.provider_simulator.delivery import checked_url, deliver, deliver_times


class Recorder(BaseHTTPRequestHandler):
    received: list[tuple[bytes, str]]
    answer: bytes

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((body, self.headers["X-Attempt"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def recorder() -> Iterator[tuple[str, type[Recorder]]]:
    handler = type("OneTest", (Recorder,), {"received": [], "answer": b'{"status": "accepted"}'})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/webhook/stripe", handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


def test_the_bytes_arrive_as_they_are(
    recorder: tuple[str, type[Recorder]], http: urllib3.PoolManager
) -> None:
    url, handler = recorder
    body = b'{"a":  1}\r\n\xff'
    answer = deliver(http, url, body, [("X-Attempt", "1")])
    assert (answer.status_code, answer.body) == (200, {"status": "accepted"})
    assert handler.received == [(body, "1")]


def test_each_delivery_is_signed_anew(
    recorder: tuple[str, type[Recorder]], http: urllib3.PoolManager
) -> None:
    url, handler = recorder
    attempts = iter("12345")
    answers = deliver_times(3, lambda: [("X-Attempt", next(attempts))], http, url, b"{}")
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [attempt for _, attempt in handler.received] == ["1", "2", "3"]


def test_an_answer_that_is_no_json_has_no_body(
    recorder: tuple[str, type[Recorder]], http: urllib3.PoolManager
) -> None:
    url, handler = recorder
    handler.answer = b"<html>"
    assert deliver(http, url, b"{}", [("X-Attempt", "1")]).body == {}


def test_nobody_listening_is_an_answer_too(http: urllib3.PoolManager) -> None:
    answer = deliver(http, "http://127.0.0.1:9/webhook/stripe", b"{}", [])
    assert answer.status_code == 0
    assert answer.body["error"] == "Connection refused"


@pytest.mark.parametrize(
    "text", ["", "notaurl", "ftp://x/y", "http://", "http://127.0.0.1:99999/x", "http:///x"]
)
def test_an_address_to_which_nothing_can_be_posted_is_refused_before(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (URL|http or https address)"):
        checked_url(text)


def test_an_address_of_somebody_else_is_as_good() -> None:
    for text in ("http://127.0.0.1:8080/webhook", "https://example.com"):
        assert checked_url(text) == text
