"""The handler of `POST /transactions/{id}/notify`."""

import json
import secrets
from collections.abc import Callable
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.transaction_api.get_transaction import payment_of
from payment_webhooks.transaction_api.request import ApiRequest

QUEUED: Final = "queued"


class NotificationRequests:
    """`new_id` gives an id that no other request has."""

    def __init__(
        self,
        ledger: LedgerReader,
        sqs: Api,
        queue_url: str,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._ledger = ledger
        self._sqs = sqs
        self._queue_url = queue_url
        self._new_id = new_id

    def ask(self, request: ApiRequest) -> dict[str, Any]:
        """Puts it on the queue; the notification handler tells one request id once. Raises NotFound, Unavailable."""
        payment = payment_of(self._ledger.read(request.values["id"]))
        request_id = request.body.get(contract.NOTIFICATION_REQUEST) or self._new_id()
        message = {
            contract.NOTIFICATION_TYPE: contract.NOTIFY_MANUAL,
            contract.NOTIFICATION_TRANSACTION: payment.transaction_id,
            contract.NOTIFICATION_REQUEST: request_id,
        }
        self._sqs("SendMessage", {"QueueUrl": self._queue_url, "MessageBody": json.dumps(message)})
        return {"transaction_id": payment.transaction_id, "request_id": request_id, "status": QUEUED}
