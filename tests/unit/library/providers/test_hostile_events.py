"""Whatever the body: a normalised event or UnreadableEvent, never anything else."""

import copy
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import RANKS
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import EXPONENTS
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.events import INDEX, event_document
from tests.support.library.providers import normalise

# As docs.stripe.com/api/invoice-payment/object has it, in an event.
INVOICE_PAYMENT = event_document("stripe/pi_succeeded") | {
    "type": "invoice_payment.paid",
    "data": {
        "object": {
            "id": "inpay_1",
            "object": "invoice_payment",
            "amount_paid": 2000,
            "currency": "usd",
            "invoice": "in_1",
            "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
            "status": "paid",
        }
    },
}
INTERNAL = {
    "id": "evt_1",
    "type": "refund.succeeded",
    "created_at": "2025-10-09T06:07:40Z",
    "transaction_id": "order-1",
    "amount_minor": 1099,
    "currency": "EUR",
    "status": "succeeded",
    "customer_id": "c-1",
    "object_id": "r-1",
}
DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    (case["expected"]["provider"], event_document(case["file"].removesuffix(".json"))) for case in INDEX
] + [("internal", INTERNAL), ("stripe", INVOICE_PAYMENT)]
TYPES = sorted(
    {str(document.get("type", document.get("event_type"))) for _, document in DOCUMENTS}
    | {"checkout.session.completed", "charge.captured", "CHECKOUT.ORDER.COMPLETED", "PAYMENT.SALE.REVERSED"}
)
REPLACEMENTS: list[Any] = [None, True, -1, 2**60, 1.5, "", "x y", "\ud800", [], [[]], {}, {"id": []}]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-10, 10)
    | st.sampled_from([2**53, -(2**63), 10**30])
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["USD", "XXX", "COMPLETED", "refunded", "-1.00", "1e9", "9" * 400, *TYPES])
)
JSON_VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(below for key, child in children for below in paths(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real event with one to three values replaced, removed or moved somewhere else."""
    provider, original = draw(st.sampled_from(DOCUMENTS))
    document: Any = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(document)[1:] or [("id",)]))
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        if draw(st.booleans()) and isinstance(parent, dict):
            parent.pop(path[-1], None)
        else:
            parent[path[-1]] = draw(JSON_VALUES)
    return provider, json.dumps(document).encode()


def check(provider: str, body: bytes) -> None:
    reasons: list[str] = []
    try:
        event = normalise(provider, body)
    except UnreadableEvent as error:
        reasons.append(error.reason)
    for reason in reasons:
        assert reason.replace("_", "").isalpha()  # a stable code, never a text from the body
        return
    if event.status == words.IGNORED:
        assert event.transaction_id is None
        return
    assert (event.object_kind, event.status) in RANKS
    assert event.transaction_id is not None
    assert event.object_id is not None
    for amount in (event.amount_minor, event.captured_minor, event.refunded_total_minor):
        assert amount is None or abs(amount) <= 2**53 - 1
        assert amount is None or amount >= 0 or event.object_kind == words.KIND_PAYOUT
    assert (event.amount_minor is None) == (event.currency is None) == (event.amount_meaning is None)
    assert event.currency is None or event.currency in EXPONENTS
    assert event.arrival_date is None or date.fromisoformat(event.arrival_date)
    assert isinstance(event.amount_provider_raw, int | str | None)
    assert json.dumps(event.amount_provider_raw)


@given(mutated())
def test_mutated_events_are_read_or_unreadable(case: tuple[str, bytes]) -> None:
    check(*case)


@given(st.sampled_from(PROVIDERS.names), st.binary(max_size=200))
@example("stripe", b"\xff")
def test_arbitrary_bytes_are_read_or_unreadable(provider: str, body: bytes) -> None:
    check(provider, body)


@given(st.sampled_from(PROVIDERS.names), st.dictionaries(st.text(max_size=6), JSON_VALUES))
def test_arbitrary_objects_are_read_or_unreadable(provider: str, document: dict[str, Any]) -> None:
    check(provider, json.dumps(document).encode())


@pytest.mark.parametrize(("provider", "document"), DOCUMENTS)
def test_every_value_of_every_event_may_be_of_any_type(provider: str, document: dict[str, Any]) -> None:
    """Exhaustive where chance is not: each value of each event, replaced by one of each JSON type."""
    for path in paths(document)[1:]:
        for replacement in REPLACEMENTS:
            changed: Any = copy.deepcopy(document)
            parent = changed
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = replacement
            check(provider, json.dumps(changed).encode())
