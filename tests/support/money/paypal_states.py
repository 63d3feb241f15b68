"""States that the real readers and the real fold make of PayPal's bodies."""

from collections.abc import Iterable

from payment_webhooks.domain.events import parts_of
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import PaymentState, fold
from tests.support.library.ledger import row_of
from tests.support.library.providers import normalise


def states(bodies: Iterable[bytes]) -> dict[str, PaymentState]:
    """By each of PayPal's ids of the payment. What shares an id is one payment, as the ledger has it."""
    ids: dict[str, frozenset[str]] = {}
    rows: list[tuple[str, LedgerRow]] = []
    for body in bodies:
        for told in parts_of(normalise("paypal", body)):
            named = told.payment_ids
            joined = frozenset(named).union(*(ids[each] for each in named if each in ids))
            ids.update(dict.fromkeys(joined, joined))
            rows.append((named[0], row_of(told, f"stripe:{named[0]}")))
    payments = {payment: fold(row for name, row in rows if name in payment) for payment in set(ids.values())}
    return {identity: payments[payment] for identity, payment in ids.items()}
