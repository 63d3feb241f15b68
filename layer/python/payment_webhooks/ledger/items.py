"""Converts ledger rows and transition markers to items of the Transactions table, and items back to rows."""

from typing import Any

from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.contract import (
    EFFECT,
    TRANSACTION_ID,
    TRANSACTION_TIMESTAMP,
    VERSION,
)
from payment_webhooks.domain.effect import Effect, to_text
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.transitions import Transition


def to_item(row: LedgerRow, version: int = 1, effect: Effect | None = None) -> Item:
    """The item of a row, with the version of its payment's state that it made, and its effect. It is in no index."""
    return item_of(
        {
            **_with_table_key(row._asdict()),
            VERSION: version,
            EFFECT: None if effect is None else to_text(effect),
        }
    )


def from_item(item: Item) -> LedgerRow:
    """The row of an item as DynamoDB gives it. Raises ValueError for an item that is no row, such as a marker."""
    values = plain(item)
    values["sort_key"] = values.pop(TRANSACTION_TIMESTAMP, None)
    return LedgerRow.from_stored(values)


def transition_item(transition: Transition) -> Item:
    """The marker that claims a transition, with its facts."""
    return item_of(_with_table_key(transition._asdict()))


def _with_table_key(values: dict[str, Any]) -> dict[str, Any]:
    """The table's sort key is called `timestamp`; a marker has no time there, so the code calls it sort_key."""
    values[TRANSACTION_TIMESTAMP] = values.pop("sort_key")
    values[TRANSACTION_ID] = values.pop("transaction_id")
    return values
