"""What the main job sends, and what must become of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scripts.operations.trace.webhook_trace import Trace

RECEIVED_AND_PROCESSED: Final = 2  # audit records: the item was made, and then marked processed
RECEIVED_ONLY: Final = 1
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Scenario:
    """One delivery, `event` a file below tests/events or the text of a body, and the truth about it.

    `webhook_id` None: the answer names it (a body that can't be read has no id of its own).
    """

    title: str
    endpoint: str
    event: str
    answer: str
    status_code: int
    webhook_id: str | None
    inbox: str = NOTHING
    ledger: str = NOTHING  # the state of the payment, amounts in minor units
    audit_count: int = 0
    send_flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One cell of the table: what was found, and whether it is the truth."""

    expected: str
    found: str

    @property
    def holds(self) -> bool:
        return self.expected == self.found


UNREADABLE_BODY: Final = '{"id": "evt_cut_off", "type": "payment_intent.succeeded", "data": {"obj'
INTERNAL_BODY: Final = json.dumps(
    {
        "id": "order-20261121-17",
        "type": "payment",
        "created_at": "2026-11-21T09:30:00Z",
        "transaction_id": "order-17",
        "amount_minor": 12_500,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "customer-9",
    }
)
STRIPE_PAID: Final = "succeeded, captured 1099 USD, 1 row"

SCENARIOS: Final = (
    Scenario(
        "Stripe payment", "stripe", "stripe/pi_succeeded.json", "accepted", 200,
        "stripe:evt_3SGev0001Test", "processed", STRIPE_PAID, RECEIVED_AND_PROCESSED,
    ),
    Scenario(
        "Square payment", "square", "square/payment_updated_completed.json", "accepted", 200,
        "square:6a8f5f28-54a1-4eb0-a98a-3111513fd4fc", "processed", "succeeded, captured 100 USD, 1 row",
        RECEIVED_AND_PROCESSED,
    ),
    Scenario(
        "PayPal capture", "paypal", "paypal/capture_completed_published.json", "accepted", 200,
        "paypal:WH-2CL46544TB770421K-5VB92446WP7345818", "processed", "succeeded, captured 10000 USD, 1 row",
        RECEIVED_AND_PROCESSED,
    ),
    Scenario(
        "in-house payment", "internal", INTERNAL_BODY, "accepted", 200,
        "internal:order-20261121-17", "processed", "succeeded, captured 12500 EUR, 1 row",
        RECEIVED_AND_PROCESSED,
    ),
    Scenario(
        "Stripe, sent again", "stripe", "stripe/pi_succeeded.json", "duplicate", 200,
        "stripe:evt_3SGev0001Test", "processed", STRIPE_PAID, RECEIVED_AND_PROCESSED,
    ),
    Scenario(
        "Stripe, forged", "stripe", "stripe/pi_canceled.json", "signature_mismatch", 401,
        "stripe:evt_3SGev0005Test", send_flags=("--forge",),
    ),
    Scenario(
        "Stripe, authentic but cut off", "stripe", UNREADABLE_BODY, "quarantined", 200,
        None, "quarantined", NOTHING, RECEIVED_ONLY,
    ),
)  # fmt: skip


def settled(scenario: Scenario, found: Trace) -> bool:
    """Whether nothing more is to come: waiting longer would not change what `checks` sees."""
    return all(check.holds for check in _stored(scenario, found).values())


def checks(scenario: Scenario, answer: Mapping[str, Any], found: Trace) -> dict[str, Check]:
    """The table's cells by column: the answer that the sender got, then what is stored.

    `answer` is one answer of send.py --json: {"status_code", "body"}.
    """
    body = answer.get("body") or {}
    said = str(body.get("status") or body.get("error") or "")
    sent = Check(f"{scenario.status_code} {scenario.answer}", f"{answer.get('status_code')} {said}")
    return {"answer": sent, **_stored(scenario, found)}


def _stored(scenario: Scenario, found: Trace) -> dict[str, Check]:
    return {
        "inbox": Check(scenario.inbox, ", ".join(found.inbox_statuses) or NOTHING),
        "ledger": Check(scenario.ledger, _ledger_text(found)),
        "audit": Check(str(scenario.audit_count), str(len(found.audit))),
    }


def _ledger_text(found: Trace) -> str:
    if found.state is None:
        return NOTHING
    state = found.state
    return f"{state.status}, captured {state.captured_minor} {state.currency}, {len(found.ledger)} row"
