"""What becomes of a webhook at the receiver: stored once, under which status, and when it is refused."""

import json

import pytest

from payment_webhooks.endpoints.secret_document import Mode
from payment_webhooks.errors import InvalidSignature, MalformedRequest, Unavailable, UnknownEndpoint
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.receiving import KEY, Receiving, event, text

ENDPOINTS = sorted(PROVIDERS.names)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_authentic_webhook_is_stored_before_it_is_accepted(endpoint: str) -> None:
    receiving = Receiving()
    receipt = receiving.post(endpoint, event(endpoint))
    (item,) = receiving.inbox()
    assert receipt.outcome == "accepted"
    assert text(item, "webhookId") == receipt.webhook_id == f"{endpoint}:{item['event_id']['S']}"
    assert text(item, "status") == "received"
    assert text(item, "verified_by") == receipt.verified_by == f"id-of-{KEY}"
    assert text(item, "payload").encode() == event(endpoint)
    assert text(item, "pending_since") == text(item, "received_at") == "2025-10-09T08:53:21.000000Z"
    assert text(item, "timestamp").endswith("Z")
    assert len(text(item, "timestamp")) == len("2025-10-09T06:07:40.000000Z")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_redelivery_is_a_duplicate_and_changes_no_webhook(endpoint: str) -> None:
    receiving = Receiving()
    receiving.post(endpoint, event(endpoint))
    before = receiving.inbox()
    assert receiving.post(endpoint, event(endpoint)).outcome == "duplicate"
    assert receiving.inbox() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_known_id_with_another_body_is_kept_beside_the_first_and_never_pending(endpoint: str) -> None:
    receiving = Receiving()
    receiving.post(endpoint, event(endpoint))
    (first,) = receiving.inbox()
    for _ in range(2):  # its own redelivery is the same conflict again
        assert receiving.post(endpoint, event(endpoint, note="other")).outcome == "conflict"
    stored, conflict = receiving.inbox()
    assert stored == first
    assert text(conflict, "webhookId") == text(first, "webhookId")
    assert text(conflict, "timestamp").startswith(f"{text(first, 'timestamp')}#conflict#")
    assert text(conflict, "status") == "conflict"
    assert text(conflict, "status_reason") == "event_id_reused"
    assert not conflict.keys() & {"pending_shard", "pending_since"}
    assert json.loads(text(conflict, "payload"))["note"] == "other"


def test_a_volatile_field_makes_no_conflict() -> None:
    receiving = Receiving()
    receiving.post("stripe", event("stripe", pending_webhooks=2))
    assert receiving.post("stripe", event("stripe", pending_webhooks=1)).outcome == "duplicate"


def test_the_same_event_id_at_two_endpoints_is_two_webhooks() -> None:
    receiving = Receiving()
    assert receiving.post("internal", event(id="shared")).outcome == "accepted"
    assert receiving.post("stripe", event("stripe", id="shared")).outcome == "accepted"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_authentic_body_that_can_not_be_read_is_quarantined_under_a_key_that_repeats(
    endpoint: str,
) -> None:
    receiving = Receiving()
    receipt = receiving.post(endpoint, b"\xff not JSON")
    assert receipt.outcome == "quarantined"
    assert receiving.post(endpoint, b"\xff not JSON").outcome == "duplicate"
    (item,) = receiving.inbox()
    assert text(item, "status_reason") == "body_not_json"
    assert text(item, "timestamp") == "1970-01-01T00:00:00.000000Z"
    assert text(item, "webhookId") == f"{endpoint}:unreadable-{text(item, 'fingerprint')[:32]}"
    assert item["payload"] == {"B": b"\xff not JSON"}
    assert "pending_shard" not in item


@pytest.mark.parametrize(
    ("mode", "livemode", "outcome"),
    [
        ("live", False, "unexpected"),
        ("test", True, "unexpected"),
        ("live", True, "accepted"),
        ("live", None, "accepted"),
    ],
)
def test_money_of_the_other_mode_waits_for_a_person(mode: Mode, livemode: bool | None, outcome: str) -> None:
    receiving = Receiving(mode=mode)
    assert receiving.post("stripe", event("stripe", livemode=livemode)).outcome == outcome
    (item,) = receiving.inbox()
    assert ("pending_shard" in item) is (outcome == "accepted")
    assert ("attention_shard" in item) is (outcome == "unexpected")
    assert item.get("status_reason") == ({"S": "mode"} if outcome == "unexpected" else None)


@pytest.mark.parametrize(
    ("expected", "sent", "outcome"),
    [
        ("ML1", "ML2", "ignored"),
        ("ML1", "ML1", "accepted"),
        ("ML1", None, "accepted"),
        (None, "ML2", "accepted"),
    ],
)
def test_another_accounts_event_is_stored_but_ignored(
    expected: str | None, sent: str | None, outcome: str
) -> None:
    receiving = Receiving(account=expected)
    assert receiving.post("square", event("square", merchant_id=sent)).outcome == outcome


def test_card_data_is_masked_in_what_is_stored_and_nowhere_kept() -> None:
    receiving = Receiving()
    receipt = receiving.post("internal", event(note="card 4242 4242 4242 4242"))
    assert dict(receipt.masked) == {"card_number": 1}
    assert "4242 4242 4242 4242" not in repr(receiving.dynamodb.items("inbox"))
    # the original decides what is the same: another card number is another body
    assert receiving.post("internal", event(note="card 4242 4242 4242 4242")).outcome == "duplicate"
    assert receiving.post("internal", event(note="card 4242 4200 0000 4242")).outcome == "conflict"


@pytest.mark.parametrize("size", [349_000, 350_001, 4_000_000])
def test_a_body_of_any_size_is_taken(size: int) -> None:
    receiving = Receiving()
    body = event(note="a" * size)
    assert receiving.post("internal", body).outcome == "accepted"
    (item,) = receiving.inbox()
    if len(body) > 350_000:
        assert "payload" not in item
        assert receiving.payloads.objects == {text(item, "payload_key"): body}
    else:
        assert text(item, "payload").encode() == body
        assert not receiving.payloads.objects


def test_a_long_body_is_not_acknowledged_when_its_object_was_not_written() -> None:
    receiving = Receiving()
    receiving.payloads.down = True
    with pytest.raises(Unavailable):
        receiving.post("internal", event(note="a" * 350_000))
    assert not receiving.inbox()


class TestWhatIsNotAuthentic:
    def test_an_endpoint_that_does_not_exist(self) -> None:
        receiving = Receiving()
        with pytest.raises(UnknownEndpoint):
            receiving.post("nobody", b"{}", headers=[])
        assert receiving.dynamodb.calls == []

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_a_signature_by_another_key(self, endpoint: str) -> None:
        receiving = Receiving(signing_key="whsec_somebody_else")
        with pytest.raises(InvalidSignature):
            receiving.post(endpoint, event(endpoint))
        assert receiving.dynamodb.calls == []

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_no_signature_at_all(self, endpoint: str) -> None:
        receiving = Receiving()
        with pytest.raises(MalformedRequest):
            receiving.post(endpoint, event(endpoint), headers=[])
        assert receiving.secrets[endpoint].fetches == 1


def test_what_is_not_known_of_a_delivery_is_left_out() -> None:
    receiving = Receiving()
    request = receiving.request("internal", event())._replace(source_ip="", trace_id="")
    receiving.receiver.receive(request)
    (item,) = receiving.inbox()
    assert not item.keys() & {"source_ip", "trace_id"}


def test_where_a_webhook_came_from_is_kept() -> None:
    receiving = Receiving()
    receiving.post("internal", event())
    (item,) = receiving.inbox()
    assert (text(item, "source_ip"), text(item, "trace_id")) == ("192.0.2.7", "Root=1-2-3")
    assert item["size_bytes"] == {"N": str(len(event()))}


def test_internal_is_one_put_and_paypal_one_transaction() -> None:
    receiving = Receiving()
    receiving.post("internal", event("internal"))
    receiving.post("paypal", event("paypal"))
    assert receiving.dynamodb.calls == ["PutItem", "TransactWriteItems"]
