"""The transaction API of a deployed system, as a caller with rights sees it, and payments to ask it for."""

import secrets
from typing import Any

from scripts.operations.transactions.client import TransactionClient, transactions_url
from tests.support.system.system import System, body_of, processed


def client_of(system: System) -> TransactionClient:
    return TransactionClient(system.target, transactions_url(system.target, system.names))


def paid(system: System, **fields: Any) -> str:
    """Sends an event of an in-house payment; the transaction's id, once the ledger has it.

    A new payment of 125 EUR has succeeded, unless `fields` say something else.
    """
    event = {
        "id": f"event-{secrets.token_hex(8)}",
        "type": "payment",
        "created_at": "2026-11-21T09:30:00Z",
        "transaction_id": f"order-{secrets.token_hex(4)}",
        "amount_minor": 12500,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "customer-9",
    } | fields
    assert system.send("internal", body_of(event)).status_code == 200
    system.wait_for_trace(f"internal:{event['id']}", processed)
    return f"internal:{event['transaction_id']}"
