"""PayPal's signature covers a CRC32 of the body: one delivery must not vouch for two bodies."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.errors import Unavailable
from scripts.provider_simulator.paypal import paypal_headers
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import KEY, Receiving, event, text


def test_one_transmission_with_another_event_is_a_conflict() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    transmission = text(receiving.guards()[-1], "webhookId").rpartition(":")[2]
    forged = event("paypal", id="WH-forged")
    receipt = receiving.post("paypal", forged, headers=_with_transmission(receiving, forged, transmission))
    assert receipt.outcome == "conflict"
    forged_item = next(item for item in receiving.inbox() if text(item, "event_id") == "WH-forged")
    assert text(forged_item, "status") == "conflict"
    assert text(forged_item, "status_reason") == "transmission_id_reused"


def test_a_conflict_claims_no_event_id() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    transmission = text(receiving.guards()[-1], "webhookId").rpartition(":")[2]
    forged = event("paypal", id="WH-2", summary="forged")
    receiving.post("paypal", forged, headers=_with_transmission(receiving, forged, transmission))
    assert receiving.post("paypal", event("paypal", id="WH-2")).outcome == "accepted"


def test_a_redelivery_under_a_new_transmission_claims_that_too() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    known = {text(guard, "webhookId") for guard in receiving.guards()}
    receiving.post("paypal", event("paypal"))
    (second,) = {text(guard, "webhookId") for guard in receiving.guards()} - known
    forged = event("paypal", id="WH-forged")
    headers = _with_transmission(receiving, forged, second.rpartition(":")[2])
    assert receiving.post("paypal", forged, headers=headers).outcome == "conflict"


def test_the_transmission_of_a_conflict_is_used_up_too() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    known = {text(guard, "webhookId") for guard in receiving.guards()}
    assert receiving.post("paypal", event("paypal", summary="other")).outcome == "conflict"
    (second,) = {text(guard, "webhookId") for guard in receiving.guards()} - known
    third = event("paypal", id="WH-3")
    headers = _with_transmission(receiving, third, second.rpartition(":")[2])
    assert receiving.post("paypal", third, headers=headers).outcome == "conflict"


def test_a_transmission_that_another_body_takes_in_between_is_a_conflict() -> None:
    def with_a_faster_forgery(dynamodb: FakeDynamoDB) -> Api:
        def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            if operation == "PutItem" and text(parameters["Item"], "status") == "guard":
                dynamodb("PutItem", _of_another_body(parameters))
            return dynamodb(operation, parameters)

        return call

    receiving = Receiving(client=with_a_faster_forgery)
    receiving.post("paypal", event("paypal"))
    assert receiving.post("paypal", event("paypal")).outcome == "conflict"


def _of_another_body(parameters: Mapping[str, Any]) -> dict[str, Any]:
    other = {"S": "0" * 64}
    return {
        **parameters,
        "Item": {**parameters["Item"], "fingerprint": other},
        "ExpressionAttributeValues": {":fingerprint": other},
    }


def test_an_outage_while_a_transmission_is_claimed_is_an_outage() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    denied = ServiceError("dynamodb", "AccessDeniedException", 400, {})
    receiving.dynamodb.fail(len(receiving.dynamodb.calls) + 2, denied)
    with pytest.raises(ServiceError, match="AccessDenied"):
        receiving.post("paypal", event("paypal"))


def test_an_event_id_counts_whatever_creation_time_comes_with_it() -> None:
    receiving = Receiving()
    receiving.post("paypal", event("paypal"))
    later = event("paypal", create_time="2025-10-09T11:00:00Z")
    assert receiving.post("paypal", later).outcome == "conflict"


def test_contention_is_an_outage_and_not_a_duplicate() -> None:
    receiving = Receiving()
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "None"}]
    error = ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons})
    receiving.dynamodb.fail_next(error)
    with pytest.raises(Unavailable):
        receiving.post("paypal", event("paypal"))


def _with_transmission(receiving: Receiving, body: bytes, transmission: str) -> list[tuple[str, str]]:
    """Headers that verify for `body` under a transmission id that was used: what a matching CRC32 would give."""
    return paypal_headers(body, KEY, receiving.authority, transmission, "2025-10-09T08:53:20Z")
