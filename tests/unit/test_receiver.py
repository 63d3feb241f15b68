"""What becomes of a webhook at the receiver: stored once, under which status, and when it is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws_api import Api
from payment_webhooks.contract import SCHEME_HMAC, SCHEME_PAYPAL, SCHEME_SQUARE, SCHEME_STRIPE
from payment_webhooks.errors import InvalidSignature, MalformedRequest, Unavailable, UnknownEndpoint
from payment_webhooks.payloads import MAX_INLINE_BYTES
from payment_webhooks.secret_document import Environment
from payment_webhooks.service_errors import TRANSACTION_CANCELED, ServiceError
from signing.schemes import paypal_headers
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.receiving import KEY, SCHEMES, Receiving, event

ENDPOINTS = sorted(SCHEMES)
THROTTLED = ServiceError("dynamodb", "ThrottlingException", 400, {})
SLOW = Unavailable("dynamodb_timeout")


def text(item: dict[str, Any], name: str) -> str:
    value: str = item[name]["S"]
    return value


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_authentic_webhook_is_stored_before_it_is_accepted(endpoint: str) -> None:
    receiving = Receiving()
    receipt = receiving.post(endpoint, event(SCHEMES[endpoint]))
    (item,) = receiving.inbox()
    assert receipt.outcome == "accepted"
    assert text(item, "webhookId") == receipt.webhook_id == f"{endpoint}:{item['event_id']['S']}"
    assert text(item, "status") == "received"
    assert text(item, "verified_by") == receipt.verified_by == f"id-of-{KEY}"
    assert text(item, "payload").encode() == event(SCHEMES[endpoint])
    assert text(item, "pending_since") == text(item, "received_at") == "2025-10-09T08:53:21.000000Z"
    assert text(item, "timestamp").endswith("Z")
    assert len(text(item, "timestamp")) == len("2025-10-09T06:07:40.000000Z")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_redelivery_is_a_duplicate_and_changes_no_webhook(endpoint: str) -> None:
    receiving = Receiving()
    receiving.post(endpoint, event(SCHEMES[endpoint]))
    before = receiving.inbox()
    assert receiving.post(endpoint, event(SCHEMES[endpoint])).outcome == "duplicate"
    assert receiving.inbox() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_known_id_with_another_body_is_kept_beside_the_first_and_never_pending(endpoint: str) -> None:
    receiving = Receiving()
    receiving.post(endpoint, event(SCHEMES[endpoint]))
    (first,) = receiving.inbox()
    for _ in range(2):  # its own redelivery is the same conflict again
        assert receiving.post(endpoint, event(SCHEMES[endpoint], note="other")).outcome == "conflict"
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
    receiving.post("stripe", event(SCHEME_STRIPE, pending_webhooks=2))
    assert receiving.post("stripe", event(SCHEME_STRIPE, pending_webhooks=1)).outcome == "duplicate"


def test_the_same_event_id_at_two_endpoints_is_two_webhooks() -> None:
    receiving = Receiving()
    assert receiving.post("internal", event(id="shared")).outcome == "accepted"
    assert receiving.post("stripe", event(SCHEME_STRIPE, id="shared")).outcome == "accepted"


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
    ("environment", "livemode", "outcome"),
    [
        ("live", False, "ignored"),
        ("test", True, "ignored"),
        ("live", True, "accepted"),
        ("live", None, "accepted"),
    ],
)
def test_money_of_the_other_environment_is_stored_but_ignored(
    environment: Environment, livemode: bool | None, outcome: str
) -> None:
    receiving = Receiving(environment=environment)
    assert receiving.post("stripe", event(SCHEME_STRIPE, livemode=livemode)).outcome == outcome
    (item,) = receiving.inbox()
    assert ("pending_shard" in item) is (outcome == "accepted")
    assert item.get("status_reason") == ({"S": "environment"} if outcome == "ignored" else None)


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
    assert receiving.post("square", event(SCHEME_SQUARE, merchant_id=sent)).outcome == outcome


def test_card_data_is_masked_in_what_is_stored_and_nowhere_kept() -> None:
    receiving = Receiving()
    receipt = receiving.post("internal", event(note="card 4242 4242 4242 4242"))
    assert dict(receipt.masked) == {"card_number": 1}
    assert "4242 4242 4242 4242" not in repr(receiving.dynamodb.items("inbox"))
    # the original decides what is the same: another card number is another body
    assert receiving.post("internal", event(note="card 4242 4242 4242 4242")).outcome == "duplicate"
    assert receiving.post("internal", event(note="card 4242 4200 0000 4242")).outcome == "conflict"


@pytest.mark.parametrize("size", [MAX_INLINE_BYTES - 1_000, MAX_INLINE_BYTES + 1, 4_000_000])
def test_a_body_of_any_size_is_taken(size: int) -> None:
    receiving = Receiving()
    body = event(note="a" * size)
    assert receiving.post("internal", body).outcome == "accepted"
    (item,) = receiving.inbox()
    if len(body) > MAX_INLINE_BYTES:
        assert "payload" not in item
        assert receiving.payloads.objects == {text(item, "payload_key"): body}
    else:
        assert text(item, "payload").encode() == body
        assert not receiving.payloads.objects


def test_a_long_body_is_not_acknowledged_when_its_object_was_not_written() -> None:
    receiving = Receiving()
    receiving.payloads.down = True
    with pytest.raises(Unavailable):
        receiving.post("internal", event(note="a" * MAX_INLINE_BYTES))
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
            receiving.post(endpoint, event(SCHEMES[endpoint]))
        assert receiving.dynamodb.calls == []

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_no_signature_at_all(self, endpoint: str) -> None:
        receiving = Receiving()
        with pytest.raises(MalformedRequest):
            receiving.post(endpoint, event(SCHEMES[endpoint]), headers=[])
        assert receiving.secrets[endpoint].fetches == 1


class TestPayPalsReplayableSignature:
    """Its signature covers a CRC32 of the body: one delivery must not vouch for two bodies."""

    def test_one_transmission_with_another_event_is_a_conflict(self) -> None:
        receiving = Receiving()
        receiving.post("paypal", event(SCHEME_PAYPAL))
        transmission = text(receiving.guards()[-1], "webhookId").rpartition(":")[2]
        forged = event(SCHEME_PAYPAL, id="WH-forged")
        receipt = receiving.post(
            "paypal", forged, headers=_with_transmission(receiving, forged, transmission)
        )
        assert receipt.outcome == "conflict"
        forged_item = next(item for item in receiving.inbox() if text(item, "event_id") == "WH-forged")
        assert text(forged_item, "status") == "conflict"
        assert text(forged_item, "status_reason") == "transmission_id_reused"

    def test_a_conflict_claims_no_event_id(self) -> None:
        receiving = Receiving()
        receiving.post("paypal", event(SCHEME_PAYPAL))
        transmission = text(receiving.guards()[-1], "webhookId").rpartition(":")[2]
        forged = event(SCHEME_PAYPAL, id="WH-2", summary="forged")
        receiving.post("paypal", forged, headers=_with_transmission(receiving, forged, transmission))
        assert receiving.post("paypal", event(SCHEME_PAYPAL, id="WH-2")).outcome == "accepted"

    def test_a_redelivery_under_a_new_transmission_claims_that_too(self) -> None:
        receiving = Receiving()
        receiving.post("paypal", event(SCHEME_PAYPAL))
        known = {text(guard, "webhookId") for guard in receiving.guards()}
        receiving.post("paypal", event(SCHEME_PAYPAL))
        (second,) = {text(guard, "webhookId") for guard in receiving.guards()} - known
        forged = event(SCHEME_PAYPAL, id="WH-forged")
        headers = _with_transmission(receiving, forged, second.rpartition(":")[2])
        assert receiving.post("paypal", forged, headers=headers).outcome == "conflict"

    def test_an_event_id_counts_whatever_creation_time_comes_with_it(self) -> None:
        receiving = Receiving()
        receiving.post("paypal", event(SCHEME_PAYPAL))
        later = event(SCHEME_PAYPAL, create_time="2025-10-09T11:00:00Z")
        assert receiving.post("paypal", later).outcome == "conflict"

    def test_contention_is_an_outage_and_not_a_duplicate(self) -> None:
        receiving = Receiving()
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "None"}]
        error = ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons})
        receiving.dynamodb.fail_next(error)
        with pytest.raises(Unavailable):
            receiving.post("paypal", event(SCHEME_PAYPAL))


def _with_transmission(receiving: Receiving, body: bytes, transmission: str) -> list[tuple[str, str]]:
    """Headers that verify for `body` under a transmission id that was used: what a matching CRC32 would give."""
    return paypal_headers(body, KEY, receiving.authority, transmission, "2025-10-09T08:53:20Z")


class TestOutages:
    """An outage is never answered with 200, and nothing is half done that the next delivery would not repair."""

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    @pytest.mark.parametrize("error", [THROTTLED, SLOW], ids=["throttled", "timeout"])
    @pytest.mark.parametrize("after_effect", [False, True], ids=["not written", "answer lost"])
    def test_of_the_table(self, endpoint: str, error: Exception, after_effect: bool) -> None:
        receiving = Receiving()
        receiving.dynamodb.fail_next(error, after_effect)
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(SCHEMES[endpoint]))
        again = receiving.post(endpoint, event(SCHEMES[endpoint]))
        assert again.outcome == ("duplicate" if after_effect else "accepted")
        assert [text(item, "status") for item in receiving.inbox()] == ["received"]

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_of_secrets_manager(self, endpoint: str) -> None:
        receiving = Receiving()
        receiving.secrets[endpoint].value = None
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(SCHEMES[endpoint]))

    def test_of_the_fingerprint_key(self) -> None:
        receiving = Receiving()
        receiving.fingerprint_key.value = None
        with pytest.raises(Unavailable):
            receiving.post("internal", event())
        assert receiving.dynamodb.calls == []

    def test_of_paypals_certificates(self) -> None:
        receiving = Receiving(pinned=False, certificate_error=Unavailable("certificate_unavailable"))
        with pytest.raises(Unavailable, match="certificate_unavailable"):
            receiving.post("paypal", event(SCHEME_PAYPAL))
        receiving.certificate_error = None
        assert receiving.post("paypal", event(SCHEME_PAYPAL)).outcome == "accepted"

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    def test_while_a_conflict_is_stored(self, endpoint: str) -> None:
        receiving = Receiving()
        receiving.post(endpoint, event(SCHEMES[endpoint]))
        for call in range(len(receiving.dynamodb.calls) + 1, len(receiving.dynamodb.calls) + 4):
            receiving.dynamodb.fail(call, SLOW)
        with pytest.raises(Unavailable):
            receiving.post(endpoint, event(SCHEMES[endpoint], note="other"))
        receiving.dynamodb.heal()
        assert receiving.post(endpoint, event(SCHEMES[endpoint], note="other")).outcome == "conflict"

    def test_our_own_write_whose_answer_was_lost_is_not_a_duplicate(self) -> None:
        """The client tries again by itself; the second try meets what the first one wrote."""

        def losing_the_first_answer(dynamodb: FakeDynamoDB) -> Api:
            def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
                dynamodb(operation, parameters)
                return dynamodb(operation, parameters)

            return call

        receiving = Receiving(client=losing_the_first_answer)
        for endpoint in ENDPOINTS:
            assert receiving.post(endpoint, event(SCHEMES[endpoint])).outcome == "accepted"

    def test_a_refusal_without_the_item_is_not_taken_for_a_duplicate(self) -> None:
        receiving = Receiving()
        receiving.dynamodb.fail_next(ServiceError("dynamodb", "ConditionalCheckFailedException", 400, {}))
        with pytest.raises(Unavailable, match="inbox_answer_incomplete"):
            receiving.post("internal", event())


class TestAKeyThatWasRolled:
    def test_is_found_by_one_fetch(self) -> None:
        receiving = Receiving()
        receiving.post("internal", event())
        receiving.secrets["internal"].value = receiving.secret("whsec_new", KEY)
        receiving.signing_key = "whsec_new"
        receipt = receiving.post("internal", event(id="ev-2"), seconds_later=31)
        assert receipt.outcome == "accepted"
        assert receipt.verified_by == "id-of-whsec_new"
        assert receiving.secrets["internal"].fetches == 2

    def test_a_flood_of_forgeries_fetches_once_in_30_seconds(self) -> None:
        receiving = Receiving(signing_key="whsec_forged")
        for _ in range(60):
            with pytest.raises(InvalidSignature):
                receiving.post("internal", event())
        assert receiving.secrets["internal"].fetches == 2

    def test_an_endpoint_without_a_key_is_an_outage_until_one_is_set(self) -> None:
        receiving = Receiving()
        receiving.secrets["internal"].value = receiving.secret()
        with pytest.raises(Unavailable, match="endpoint_not_configured"):
            receiving.post("internal", event())
        receiving.secrets["internal"].value = receiving.secret(KEY)
        assert receiving.post("internal", event(), seconds_later=31).outcome == "accepted"

    def test_an_outage_while_fetching_again_leaves_the_forgery_refused(self) -> None:
        receiving = Receiving()
        receiving.post("internal", event())
        receiving.secrets["internal"].value = None
        receiving.signing_key = "whsec_forged"
        with pytest.raises(InvalidSignature):
            receiving.post("internal", event(), seconds_later=31)


def test_the_deadline_ends_a_request_before_the_sender_gives_up() -> None:
    receiving = Receiving(pinned=False)

    def take_8_seconds() -> None:
        receiving.now += 8

    receiving.secrets["paypal"].while_loading = take_8_seconds
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        receiving.post("paypal", event(SCHEME_PAYPAL))
    assert not receiving.inbox()


def test_hmac_scheme_is_one_put_and_paypal_one_transaction() -> None:
    receiving = Receiving()
    receiving.post("internal", event(SCHEME_HMAC))
    receiving.post("paypal", event(SCHEME_PAYPAL))
    assert receiving.dynamodb.calls == ["PutItem", "TransactWriteItems"]
