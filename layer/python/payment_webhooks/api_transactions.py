"""The handlers of the operations on transactions."""

from typing import Any

from payment_webhooks.api_request import ApiRequest, NotFound
from payment_webhooks.api_views import event_view, state_view
from payment_webhooks.ledger_reader import LedgerReader

UNKNOWN_TRANSACTION = "There is no such transaction."


class Transactions:
    def __init__(self, ledger: LedgerReader) -> None:
        self._ledger = ledger

    def get(self, request: ApiRequest) -> dict[str, Any]:
        """Raises NotFound, Unavailable."""
        rows = self._ledger.read(request.values["id"]).rows
        if not rows:
            raise NotFound(UNKNOWN_TRANSACTION)
        answer = state_view(rows)
        if request.values.get("history"):
            answer["history"] = [event_view(row) for row in sorted(rows, key=lambda row: row.order)]
        return answer
