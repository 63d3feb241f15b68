"""The handler of `GET /transactions/{id}`."""

from typing import Any, Protocol

from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.payment_items import Payment
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.transaction_api.request import ApiRequest, NotFound
from payment_webhooks.transaction_api.views import event_view, state_view

UNKNOWN_TRANSACTION = "There is no such transaction."
NO_PAYMENT = "That is a payout, no payment."


def payment_of(entries: LedgerEntries) -> Payment:
    """Raises NotFound for what nobody knows, and for a payout."""
    if entries.payment is None:
        raise NotFound(UNKNOWN_TRANSACTION)
    if entries.payment.payout is not None:
        raise NotFound(NO_PAYMENT)
    return entries.payment


class ReadsTransactions(Protocol):
    """As `LedgerReader`."""

    def read(self, transaction_id: str) -> LedgerEntries: ...


class TransactionAnswers:
    def __init__(self, ledger: ReadsTransactions) -> None:
        self._ledger = ledger

    def get(self, request: ApiRequest) -> dict[str, Any]:
        """Raises NotFound, Unavailable."""
        entries = self._ledger.read(request.values["id"])
        payment = payment_of(entries)
        if request.values.get("history"):
            # Its rows are at hand, so all refunds and disputes are, too.
            whole = payment.state._replace(objects=fold(entries.rows).objects)
            payment = payment._replace(state=whole, objects_left_out=0)
        answer = {**state_view(payment), "archived": [part._asdict() for part in entries.archived]}
        if request.values.get("history"):
            answer["history"] = [event_view(row) for row in sorted(entries.rows, key=lambda row: row.order)]
        return answer
