"""Writes to the ledger: the row of an event, and its claim on the transition that the event tells.

Both go in one transaction, so a row never stands without its claim being settled:

    row new,    transition free                 row and marker written; the event owns the transition
    row new,    transition another event's      only the row is written
    row there   (a retry)                       the row stays; the event owns the transition if its marker is
    there
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from payment_webhooks import contract, service_errors
from payment_webhooks.attributes import Item
from payment_webhooks.aws_api import Api
from payment_webhooks.inbox_progress import StoredWebhook
from payment_webhooks.ledger_items import to_item, transition_item
from payment_webhooks.ledger_rows import LedgerRow, ledger_row
from payment_webhooks.providers import NormalisedEvent
from payment_webhooks.service_errors import ServiceError
from payment_webhooks.transitions import Transition, transition_of

CLAIMED_BY = "claimed_by"
_NAMES = {"#id": contract.TRANSACTION_ID}
_ROW_IS_NEW = "attribute_not_exists(#id)"
_FREE_OR_OURS = f"attribute_not_exists(#id) OR {CLAIMED_BY} = :event"


class Recorded(NamedTuple):
    """`owned`: the transition, when this event is the one that may publish it."""

    row: LedgerRow
    owned: Transition | None


class Ledger:
    """The table Transactions. `now` gives a UTC time with six digits."""

    def __init__(self, dynamodb: Api, table: str, now: Callable[[], str]) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._now = now

    def record(self, webhook: StoredWebhook, event: NormalisedEvent, confirmed: bool) -> Recorded:
        """Write the event's row once, and claim its transition. Repeating it gives the same result.

        `event` concerns a transaction (ValueError otherwise). Raises Unavailable when the table does not
        answer.
        """
        row = ledger_row(
            event,
            endpoint=webhook.endpoint,
            webhook_id=webhook.keys.webhook_id,
            webhook_timestamp=webhook.keys.timestamp,
            recorded_at=self._now(),
            confirmed=confirmed,
        )
        transition = transition_of(event, row)
        assert transition is not None  # there is a row, so the event tells one
        return Recorded(row, transition if self._write(row, transition) else None)

    def _write(self, row: LedgerRow, transition: Transition) -> bool:
        """Whether the event owns the transition."""
        marker = self._put(transition_item(transition), _FREE_OR_OURS)
        marker["ExpressionAttributeValues"] = {":event": {"S": transition.claimed_by}}
        actions = [{"Put": self._put(to_item(row), _ROW_IS_NEW)}, {"Put": marker}]
        try:
            self._dynamodb("TransactWriteItems", {"TransactItems": actions})
        except ServiceError as error:
            if not error.only_conditions_failed:
                raise
            row_is_there, taken = (
                reason.get("Code") == service_errors.REASON_CONDITION_FAILED
                for reason in error.cancellation_reasons
            )
            if taken and not row_is_there:
                self._put_row(row)
            # The row of an earlier attempt brought the marker along, unless another event had it by then.
            return not taken and self._claim(marker)
        return True

    def _claim(self, marker: Mapping[str, Any]) -> bool:
        """Claim a transition whose row is there already. Writing our own marker again changes nothing."""
        try:
            self._dynamodb("PutItem", marker)
        except ServiceError as error:
            if error.code != service_errors.CONDITION_FAILED:
                raise
            return False
        return True

    def _put_row(self, row: LedgerRow) -> None:
        try:
            self._dynamodb("PutItem", self._put(to_item(row), _ROW_IS_NEW))
        except ServiceError as error:
            if error.code != service_errors.CONDITION_FAILED:
                raise

    def _put(self, item: Item, condition: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": _NAMES,
        }
