"""States that the real readers and the real fold make of PayPal's bodies."""

from collections.abc import Iterable

from payment_webhooks.domain.events import parts_of
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise


def states(bodies: Iterable[bytes]) -> dict[str, PaymentState]:
    """By PayPal's id of the payment."""
    rows: dict[str, list[LedgerRow]] = {}
    for body in bodies:
        for told in parts_of(normalise("paypal", body)):
            if told.transaction_id is not None:
                rows.setdefault(told.transaction_id, []).append(row_of(told))
    return {identity: fold(each) for identity, each in rows.items()}
