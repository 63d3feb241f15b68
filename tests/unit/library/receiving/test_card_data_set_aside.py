"""Authentic webhooks with card data where it does harm: as an id, or too much of it to look at each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.envelope import Envelope
from payment_webhooks.providers.provider import normalise, read_envelope
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.receiving import Receiving, event, text

VISA = "4242424242424242"
MASKED = "424242******4242"


def everything(receiving: Receiving) -> str:
    return repr((receiving.dynamodb.items("inbox"), receiving.payloads.objects))


def paypal_capture(**fields: Any) -> dict[str, Any]:
    amount = {"currency_code": "USD", "value": "1.00"}
    return {"resource": {"id": "3CP1", "status": "PENDING", "amount": amount, **fields}}


def bodies_with_a_number_as_id() -> Iterator[Any]:
    for number in (
        *(VISA, "4242-4242-4242-4242", "378282246310005"),
        *(
            f"pan_{VISA}",
            f"{VISA}-1",
            f"c{VISA}",
            f"2025-{VISA}",
            "pan_4242-4242-4242-4242-1",
            f"x{VISA}1228",
        ),
    ):
        for endpoint, fields in (
            ("internal", {"id": number}),
            ("internal", {"type": f"payment.{number}"}),
            ("internal", {"transaction_id": number}),
            ("internal", {"customer_id": number}),
            ("internal", {"type": "refund", "status": "succeeded", "object_id": number}),
            ("stripe", {"id": number}),
            ("square", {"event_id": number}),
            ("square", {"merchant_id": number}),
            ("stripe", {"type": "plan.created", "data": {"object": {"id": number, "object": "plan"}}}),
            ("paypal", {"id": number}),
            ("paypal", paypal_capture(supplementary_data={"related_ids": {"order_id": number}})),
        ):
            yield pytest.param(endpoint, fields, number, id=f"{endpoint}-{next(reversed(fields))}-{number}")


@pytest.mark.parametrize(("endpoint", "fields", "number"), tuple(bodies_with_a_number_as_id()))
def test_a_card_number_as_an_id_is_quarantined_and_names_nothing(
    endpoint: str, fields: dict[str, Any], number: str
) -> None:
    receiving = Receiving()
    receipt = receiving.post(endpoint, event(endpoint, **fields))
    assert receipt.outcome == "quarantined"
    assert receipt.masked["card_number"] >= 1  # an alarm tells a person
    (item,) = receiving.inbox()
    assert text(item, "status_reason") == "card_number_as_id"
    assert text(item, "webhookId") == f"{endpoint}:unreadable-{text(item, 'fingerprint')[:32]}"
    assert receipt.webhook.event_type is None
    assert number not in everything(receiving) + repr(receipt)
    assert receiving.post(endpoint, event(endpoint, **fields)).outcome == "duplicate"


@pytest.mark.parametrize("number", [VISA, f"INV-{VISA}"])
@pytest.mark.parametrize(
    "field",
    [
        pytest.param(lambda number: {"invoice_id": number}, id="v2"),
        pytest.param(lambda number: {"invoice_number": number}, id="v1"),
    ],
)
def test_a_card_number_as_the_sellers_invoice_is_left_out_and_holds_up_no_payment(
    field: Callable[[str], dict[str, Any]], number: str
) -> None:
    receiving = Receiving()
    body = event("paypal", **paypal_capture(**field(number)))
    receipt = receiving.post("paypal", body)
    assert receipt.outcome == "accepted"
    assert receipt.masked == {"card_number": 1}
    assert VISA not in everything(receiving)
    (item,) = receiving.inbox()
    stored = normalise(PROVIDERS.get("paypal"), text(item, "payload").encode())
    # an older body has it whole, and so has what PayPal's API tells
    assert normalise(PROVIDERS.get("paypal"), body) == stored
    assert (stored.invoice_id, stored.transaction_id) == (None, "3CP1")


def test_a_hostile_body_of_ids_takes_no_more_work_than_its_size_allows() -> None:
    receiving = Receiving()
    receipt = receiving.post("internal", event(id=VISA, note="x1-" * 100_000 + "1-" * 200_000))
    assert receipt.webhook.status_reason == "card_number_as_id"


@pytest.mark.parametrize("field", ["id", "created_at", "reference", "transaction_id"])
def test_a_body_that_can_not_be_read_keeps_no_number_under_any_name(field: str) -> None:
    receiving = Receiving()
    body = event("internal", **{"status": "no such status", "type": None, field: VISA})
    assert receiving.post("internal", body).outcome == "quarantined"
    assert VISA not in everything(receiving)
    assert MASKED in everything(receiving)


@pytest.mark.parametrize("field", ["card_id", "card_token", "pan_token", "cc_reference", "cardReference"])
def test_a_name_that_points_at_a_card_spares_no_number(field: str) -> None:
    receiving = Receiving()
    assert receiving.post("internal", event(**{field: VISA})).outcome == "accepted"
    assert VISA not in everything(receiving)


@pytest.mark.parametrize(
    "value",
    [
        *("4242424242424241", "pan_4242424242424241", "order-17", "1760000000000000"),
        # by chance in what programs make: a UUID, MongoDB's object ids, MD5
        *("a3bd4242-4242-4242-8242-42abcdef0123", f"abcd{VISA}abcd", f"evt_abcdef12{VISA}abcdef12"),
        "42424-24242-424242",  # no card is written so
    ],
)
def test_an_id_that_is_no_card_number_is_an_id(value: str) -> None:
    receiving = Receiving()
    # the rest of the body makes the receiver look
    assert receiving.post("internal", event(transaction_id=value, note=VISA)).outcome == "accepted"


def test_a_body_that_takes_too_long_is_stored_masked_coarsely_and_waits_for_a_person() -> None:
    receiving = Receiving()
    body = event(note=f"{VISA} " * 60_000)
    receipt = receiving.post("internal", body)
    assert receipt.outcome == "quarantined"
    (item,) = receiving.inbox()
    assert text(item, "status_reason") == "masked_coarsely"
    assert text(item, "event_id") == receipt.webhook.event_id
    assert not item.keys() & {"pending_shard", "payload"}
    assert VISA[6:12] not in everything(receiving)
    assert len(body) > 350_000
    with pytest.raises(UnreadableEvent):
        read_envelope(PROVIDERS.get("internal"), receiving.payloads.objects[text(item, "payload_key")])
    assert receiving.post("internal", body).outcome == "duplicate"


def test_a_number_as_id_counts_also_where_the_rest_is_masked_coarsely() -> None:
    receiving = Receiving()
    receiving.post("internal", event(id=VISA, note=f"{VISA} " * 60_000))
    (item,) = receiving.inbox()
    assert text(item, "status_reason") == "card_number_as_id"
    assert VISA not in everything(receiving)


def test_a_body_is_parsed_once_as_a_large_one_must_be_stored_within_the_deadline() -> None:
    internal = PROVIDERS.get("internal")
    parsed = []

    def envelope(document: dict[str, Any]) -> Envelope:
        parsed.append(document)
        return internal.envelope(document)

    receiving = Receiving(providers=PROVIDERS.with_provider(internal._replace(envelope=envelope)))
    assert receiving.post("internal", event(id=VISA)).outcome == "quarantined"
    assert len(parsed) == 1
