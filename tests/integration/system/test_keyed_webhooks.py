"""`POST /webhook`: for senders of our own house, with an API key."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local_engine.state import EngineState
from tests.support.system.system import System, processed

HEADER = "X-Api-Key"


def _event() -> dict[str, Any]:
    return {
        "id": f"order-{uuid.uuid4().hex}",
        "type": "payment",
        "created_at": "2026-11-21T09:30:00Z",
        "transaction_id": f"order-{uuid.uuid4().hex}",
        "amount_minor": 12500,
        "currency": "EUR",
        "status": "succeeded",
        # It says that it is somebody else's; the route decides.
        "provider": "stripe",
        "endpoint": "stripe",
    }


def _key(system: System) -> str:
    made = system.client("apigateway").get_api_key(
        apiKey=system.outputs["InternalApiKeyId"], includeValue=True
    )
    return str(made["value"])


def test_with_its_key_a_signed_webhook_is_the_internal_endpoints(system: System) -> None:
    event = _event()
    body = json.dumps(event).encode()
    signed = [*system.sign("internal", body), (HEADER, _key(system))]
    answer = system.post_to("/webhook", body, signed)
    assert (answer.status_code, answer.body["webhook_id"]) == (200, f"internal:{event['id']}")
    found = system.wait_for_trace(f"internal:{event['id']}", processed)
    assert found.state is not None
    assert found.state.captured_minor == 12500
    # By its own path it is the same webhook.
    assert system.send("internal", body).body["status"] == "duplicate"


def test_a_key_is_no_signature_and_a_signature_is_no_key(system: System) -> None:
    body = json.dumps(_event()).encode()
    rows = system.rows()
    forged = [*system.forge("internal", body), (HEADER, _key(system))]
    assert system.post_to("/webhook", body, forged).status_code == 401
    for wrong in ([], [(HEADER, "not-the-key-0123456789")]):
        answer = system.post_to("/webhook", body, [*system.sign("internal", body), *wrong])
        assert answer.status_code == 403
        assert answer.body.keys() == {"error", "message"}
    assert system.rows() == rows


def test_nobody_is_told_the_key(system: System) -> None:
    assert _key(system) not in json.dumps(system.outputs)


@pytest.fixture
def open_system(engine: EngineState) -> Iterator[System]:
    system = System(engine, "no-key")
    done = system.deploy("--parameter", "RequireApiKey=false")
    assert done.exit_code == 0, done.text
    yield system
    assert system.destroy().exit_code == 0


def test_the_parameter_alone_changes_what_the_stage_serves(open_system: System) -> None:
    body = json.dumps(_event()).encode()
    unsigned = [("Content-Type", "application/json"), ("X-Webhook-Signature", "t=1,v1=00")]
    # The receiver answers: its endpoint has no key yet.
    assert open_system.post_to("/webhook", body, unsigned).status_code == 404
    done = open_system.deploy("--parameter", "RequireApiKey=true")
    assert done.exit_code == 0, done.text
    # The gateway answers.
    assert open_system.post_to("/webhook", body, unsigned).status_code == 403
