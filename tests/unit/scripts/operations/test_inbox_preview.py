"""What a person is shown before a webhook that waits is accepted: it must be what accepting it then does."""

import json
from typing import Any

from payment_webhooks import contract
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.reader import LedgerReader
from scripts.operations.inbox.decisions import BodyGone
from scripts.operations.inbox.preview import Preview, preview
from tests.support.library.events import changed
from tests.support.library.processing import Processing
from tests.support.library.receiving import LEDGER

PAYMENT = {
    "id": "order-17",
    "type": "payment",
    "status": "succeeded",
    "created_at": "2026-11-21T09:00:00Z",
    "transaction_id": "T-17",
    "amount_minor": 12500,
    "currency": "EUR",
    "customer_id": "C-4711",
    "livemode": False,
}


def body(**changes: Any) -> bytes:
    return json.dumps({**PAYMENT, **changes}).encode()


def previewed(processing: Processing, keys: InboxKeys) -> Preview:
    siblings = processing.progress.load(keys.webhook_id)
    webhook = next(each for each in siblings if each.keys == keys)

    def body_of(of: StoredWebhook) -> bytes:
        if of.payload_key is not None:
            raise BodyGone("bucket", of.payload_key, "2026-11-21")
        return of.payload.encode() if isinstance(of.payload, str) else of.payload or b""

    return preview(webhook, siblings, body_of, LedgerReader(processing.dynamodb, LEDGER).find)


def conflict(processing: Processing, **changes: Any) -> InboxKeys:
    processing.process(processing.store("internal", body()))
    return processing.store("internal", body(**changes))


def test_a_conflict_is_told_by_money_and_customer_and_by_what_accepting_it_changes() -> None:
    processing = Processing()
    keys = conflict(processing, amount_minor=99999, customer_id="C-12")
    assert previewed(processing, keys).lines == [
        "against the one that counts:",
        "  customer_id: C-4711 -> C-12",
        "  amount: 125.00 EUR -> 999.99 EUR",
        "accepting it would change payment internal:T-17:",
        "  captured: 125.00 EUR -> 999.99 EUR",
        "  net: 125.00 EUR -> 999.99 EUR",
        "  customer_id: C-4711 -> C-12",
    ]


def test_the_preview_is_what_accepting_then_does() -> None:
    processing = Processing()
    keys = conflict(processing, amount_minor=99999, customer_id="C-12")
    told = {each.name: each.becomes for each in previewed(processing, keys).change}
    processing.dynamodb.set("inbox", keys, "status", {"S": "received"})
    processing.process(keys)
    state = LedgerReader(processing.dynamodb, LEDGER).find(["internal:T-17"]).payments[0].payment
    assert state is not None
    assert (state.state.captured_minor, state.state.net_minor) == (99999, 99999)
    assert (told["captured"], told["net"], told["customer_id"]) == ("999.99 EUR", "999.99 EUR", "C-12")


def test_a_body_that_differs_in_nothing_that_is_read() -> None:
    processing = Processing()
    keys = conflict(processing, note="sent again by hand")
    lines = previewed(processing, keys).lines
    assert lines[:2] == ["against the one that counts:", "  nothing that the ledger reads"]
    assert lines[2:] == ["accepting it would change payment internal:T-17:", "  nothing"]


def test_what_can_still_not_be_read_says_so() -> None:
    processing = Processing()
    keys = processing.store("internal", b'{"id": "cut off')
    assert previewed(processing, keys).lines == [
        "accepting it would change no payment: it can't be read: body_not_json"
    ]


def test_a_body_that_is_gone_says_so_with_what_brings_it_back() -> None:
    processing = Processing()
    keys = processing.store("internal", body(note="x" * 350_000))
    assert previewed(processing, keys).nothing.startswith("its body is gone: s3://bucket/payloads/internal/")
    assert (
        "restore.py objects --bucket payload --prefix payloads/internal/"
        in previewed(processing, keys).nothing
    )


def test_what_would_be_ignored_says_so() -> None:
    processing = Processing()
    keys = processing.store("internal", body(type="customer.created"))
    assert previewed(processing, keys).lines == [
        "accepting it would change no payment: it would be ignored: type"
    ]


def test_what_the_ledger_has_already_is_not_promised_again() -> None:
    processing = Processing()
    keys = processing.store("internal", body())
    processing.process(keys)
    assert previewed(processing, keys).nothing == "the ledger has its row already"


def test_live_money_at_a_test_endpoint_shows_the_payment_that_it_makes() -> None:
    processing = Processing()
    keys = processing.store("internal", body(livemode=True))
    found = previewed(processing, keys)
    assert found.payment == "internal:T-17"
    assert found.lines == [
        "accepting it would change payment internal:T-17:",
        "  status: - -> succeeded",
        "  captured: - -> 125.00 EUR",
        "  net: - -> 125.00 EUR",
        "  customer_id: - -> C-4711",
        "  confirmed: - -> yes",
    ]
    assert found.document()["changes"]["captured"] == ["-", "125.00 EUR"]
    assert contract.STATUS_UNEXPECTED in {each.status for each in processing.progress.load(keys.webhook_id)}


def test_what_its_signature_does_not_prove_is_shown_as_it_is_before_its_provider_confirms_it() -> None:
    processing = Processing()
    keys = processing.store("paypal", changed("paypal/capture_completed_published", {}))
    found = previewed(processing, keys)
    assert found.lines[-2:] == [
        "  confirmed: - -> no",
        "it is confirmed only if paypal, asked then, confirms it",
    ]
    assert found.document()["asks_to_confirm"] == "paypal"
    processing.process(keys)  # nobody is there to confirm it
    state = LedgerReader(processing.dynamodb, LEDGER).find([found.payment]).payments[0].payment
    assert state is not None
    shown = {each.name: each.becomes for each in found.change}
    assert shown["captured"] == shown["captured_unconfirmed"] == "100.00 USD"
    assert state.state.captured_minor == state.state.captured_unconfirmed_minor == 10_000
