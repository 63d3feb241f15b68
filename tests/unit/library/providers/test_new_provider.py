"""A new provider is a folder (tests/support/example_provider) and a line of the registry: with nothing else
changed it goes from its signed request to the ledger and the notification.
"""

import base64
import json
from typing import Any

import pytest

from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, SecretKey
from payment_webhooks.errors import InvalidSignature
from payment_webhooks.processing.processor import Confirm
from payment_webhooks.providers.confirmation import Confirmation
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.receiving.answer import handle
from tests.support.example_provider.provider import PROVIDER
from tests.support.example_provider.simulator import SIMULATOR
from tests.support.library.notifying import Notifying
from tests.support.library.processing import key_of
from tests.support.library.receiving import NOW, Receiving

EXTENDED = PROVIDERS.with_provider(PROVIDER)
SECRET = EndpointSecret(
    keys=(SecretKey("hex-key", "00ffa1" * 8),), api=ApiCredentials("client-1", "client-secret-1")
)


def body_of(attempt: int = 1, live: str = "false", **changes: Any) -> bytes:
    item = {
        "reference": "R-1",
        "code": "CAPTURE",
        "date": "2025-10-09T06:07:40+02:00",
        "merchant": "M-1",
        "success": "true",
        "amount": {"currency": "ISK", "value": 129900},
        **changes,
    }
    return json.dumps({"live": live, "attempt": attempt, "notificationItems": [{"item": item}]}).encode()


def system(secret: EndpointSecret = SECRET, *, asks: bool = True) -> Notifying:
    receiving = Receiving(providers=EXTENDED)
    receiving.secrets["example"].value = secret
    confirm: Confirm | None = Confirmation({"example": lambda: secret}, EXTENDED).confirmed if asks else None
    return Notifying(receiving=receiving, confirm=confirm)


def send(run: Notifying, body: bytes, signed: bytes | None = None) -> dict[str, Any]:
    """The answer to `body` under a signature over `signed`, else over itself."""
    headers = SIMULATOR.sign(body if signed is None else signed, SECRET, NOW, None)
    request = {
        "pathParameters": {"endpoint": "example"},
        "multiValueHeaders": {name: [value] for name, value in headers},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    return handle(request, run.receiving.receiver.receive, lambda *_, **__: None)


def process(run: Notifying) -> list[dict[str, Any]]:
    """Every webhook of the inbox, processed; the rows of the ledger."""
    for item in run.receiving.inbox():
        run.processing.process(key_of(item))
    return run.processing.rows()


def test_from_a_signed_request_to_the_ledger_and_the_notification() -> None:
    run = system()
    answer = send(run, body_of())
    assert (answer["statusCode"], answer["body"]) == (200, "[accepted]")
    assert answer["headers"]["Content-Type"] == "text/plain"
    (item,) = run.receiving.inbox()
    assert (item["provider"], item["endpoint"]) == ({"S": "example"}, {"S": "example"})
    assert (item["event_id"], item["event_type"]) == ({"S": "R-1.CAPTURE"}, {"S": "CAPTURE"})
    assert (item["livemode"], item["verified_by"]) == ({"BOOL": False}, {"S": "hex-key"})
    (row,) = process(run)
    assert row["provider"] == {"S": "example"}
    assert row["transaction_id"] == {"S": "example:R-1"}
    # its ISK has two decimals, that of ISO 4217 none
    assert (row["amount_minor"], row["currency"]) == ({"N": "1299"}, {"S": "ISK"})
    assert (row["status"], row["confirmed"]) == ({"S": "succeeded"}, {"BOOL": True})
    assert run.deliver(run.details[-1])
    (told,) = run.told
    assert told.attributes["notification_type"] == "payment_confirmation"
    assert told.attributes["provider"] == "example"


def test_what_it_does_not_sign_counts_only_as_it_tells_itself() -> None:
    run = system(EndpointSecret(keys=SECRET.keys))  # without credentials for its API
    send(run, body_of())
    (row,) = process(run)
    assert row["confirmed"] == {"BOOL": False}
    assert run.deliver(run.details[-1])
    assert run.told == []


def test_what_it_does_not_know_is_kept_for_a_person() -> None:
    run = system()
    send(run, body_of(reference="unknown-1"))
    assert process(run) == []
    (item,) = run.receiving.inbox()
    assert (item["status"], item["status_reason"]) == ({"S": "quarantined"}, {"S": "not_as_example_tells"})


def test_a_volatile_field_makes_no_conflict_and_another_one_does() -> None:
    run = system()
    for attempt in (1, 2):
        assert send(run, body_of(attempt))["statusCode"] == 200
    assert [item["status"] for item in run.receiving.inbox()] == [{"S": "received"}]
    send(run, body_of(date="2025-10-09T06:07:41+02:00"))
    assert sorted(item["status"]["S"] for item in run.receiving.inbox()) == ["conflict", "received"]


@pytest.mark.parametrize("changes", [{"reference": "R-2"}, {"success": "false"}, {"code": "REFUND"}])
def test_a_signed_field_can_not_be_changed(changes: dict[str, Any]) -> None:
    run = system()
    answer = send(run, body_of(**changes), signed=body_of())
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (401, "signature_mismatch")
    assert run.receiving.inbox() == []


def test_an_unreadable_event_is_kept_and_acknowledged_as_it_demands() -> None:
    run = system()
    answer = send(run, body_of(live="perhaps"))
    assert (answer["statusCode"], answer["body"]) == (200, "[accepted]")
    (item,) = run.receiving.inbox()
    assert (item["status"], item["status_reason"]) == ({"S": "quarantined"}, {"S": "invalid_livemode"})


def test_its_events_reach_nobody_through_another_registry() -> None:
    """The other registry is as it was: nothing was registered for the whole process."""
    assert "example" not in PROVIDERS.names
    assert EXTENDED.names == (*PROVIDERS.names, "example")
    with pytest.raises(InvalidSignature):
        EXTENDED.get("example").verify(
            tuple((name.lower(), value) for name, value in SIMULATOR.sign(body_of(), SECRET, NOW, None)),
            body_of(),
            EndpointSecret(keys=(SecretKey("other", "ab" * 24),)),
            NOW,
            lambda _: b"",
        )
