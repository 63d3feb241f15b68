"""A PayPal event on the deployed system, confirmed with a stand-in for PayPal's API."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.library.events import new_paypal_capture
from tests.support.system.system import System, body_of, processed

ORDER = Path(__file__).parents[2] / "events" / "paypal" / "order_approved_ignored.json"


class PayPal:
    """What PayPal tells of each capture and order; an id that is not here does not exist. `down`: it answers 503."""

    def __init__(self) -> None:
        self.captures: dict[str, Any] = {}
        self.down = False
        self.url = ""


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPal]:
    stand_in = PayPal()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send(200, {"access_token": "token", "expires_in": 32400})

        def do_GET(self) -> None:
            capture = stand_in.captures.get(self.path.rpartition("/")[2])
            self._send(503 if stand_in.down else 200 if capture else 404, capture or {})

        def _send(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield stand_in
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def confirming(engine: Any, paypal: PayPal, tmp_path_factory: pytest.TempPathFactory) -> System:
    """A system of its own, as its PayPal endpoint asks the stand-in."""
    system = System(engine, "confirming")
    done = system.deploy()
    assert done.exit_code == 0, done.text
    secret = tmp_path_factory.mktemp("api") / "secret"
    secret.write_text("paypal-api-credential")
    credentials = (
        "--api-client-id",
        "client",
        "--api-client-secret-file",
        str(secret),
        "--api-url",
        paypal.url,
    )
    done = system.secrets("paypal", "set", "--mode", "test", "--local-authority", *credentials, key="WH-ID-1")
    assert done.exit_code == 0, done.text
    assert "paypal-api-credential" not in done.text
    return system


def test_what_paypal_tells_the_same_is_confirmed(confirming: System, paypal: PayPal) -> None:
    event = new_paypal_capture()
    paypal.captures[event["resource"]["id"]] = event["resource"]
    assert confirming.send("paypal", body_of(event)).body["status"] == "accepted"
    found = confirming.wait_for_trace(f"paypal:{event['id']}", processed)
    assert [row.confirmed for row in found.ledger] == [True]


def test_a_body_that_a_forger_put_under_a_genuine_signature_moves_nothing(
    confirming: System, paypal: PayPal
) -> None:
    """As a forger would with a collision of the CRC32: PayPal tells another amount."""
    event = new_paypal_capture()
    paypal.captures[event["resource"]["id"]] = json.loads(json.dumps(event["resource"]))
    event["resource"]["amount"]["value"] = "9999.99"
    assert confirming.send("paypal", body_of(event)).status_code == 200
    found = confirming.wait_for_trace(
        f"paypal:{event['id']}", lambda trace: trace.inbox_statuses == ("quarantined",)
    )
    assert found.inbox[0]["status_reason"] == "not_as_paypal_tells"
    assert found.ledger == ()


def test_an_outage_of_paypals_delays_and_drops_nothing(confirming: System, paypal: PayPal) -> None:
    event = new_paypal_capture()
    paypal.captures[event["resource"]["id"]] = event["resource"]
    paypal.down = True
    assert confirming.send("paypal", body_of(event)).status_code == 200
    waiting = confirming.wait_for_trace(
        f"paypal:{event['id']}", lambda trace: trace.inbox[0].get("last_error") == "paypal_http_503"
    )
    assert waiting.inbox_statuses == ("received",)
    assert waiting.ledger == ()
    paypal.down = False
    found = confirming.wait_for_trace(
        f"paypal:{event['id']}", lambda trace: trace.inbox_statuses == ("processed",)
    )
    assert [row.confirmed for row in found.ledger] == [True]


def test_an_approved_order_is_confirmed_after_its_capture(confirming: System, paypal: PayPal) -> None:
    """As it mostly is: the shop captures within seconds, and PayPal then tells the order with its capture."""
    event: dict[str, Any] = json.loads(ORDER.read_bytes())
    event["id"], event["resource"]["id"] = f"WH-{uuid.uuid4().hex}", uuid.uuid4().hex[:17].upper()
    (unit,) = event["resource"]["purchase_units"]
    taken = {"captures": [{"id": "CAP-1", "status": "COMPLETED", "amount": unit["amount"]}]}
    told = {"status": "COMPLETED", "purchase_units": [{**unit, "payments": taken}]}
    paypal.captures[event["resource"]["id"]] = event["resource"] | told
    assert confirming.send("paypal", body_of(event)).body["status"] == "accepted"
    found = confirming.wait_for_trace(f"paypal:{event['id']}", processed)
    assert [(row.status, row.confirmed) for row in found.ledger] == [("pending", True)]
