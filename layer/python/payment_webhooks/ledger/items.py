"""Converts ledger rows to items of the Transactions table, and items back to rows."""

from typing import Any

from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.contract import EFFECT, TRANSACTION_TIMESTAMP, VERSION
from payment_webhooks.domain.effect import Effect, to_text
from payment_webhooks.domain.ledger_row import LedgerRow


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
    """The row of an item as DynamoDB gives it. Raises ValueError for an item that is no row, such as a head."""
    values = plain(item)
    values["sort_key"] = values.pop(TRANSACTION_TIMESTAMP, None)
    return LedgerRow.from_stored(values)


def _with_table_key(values: dict[str, Any]) -> dict[str, Any]:
    """The table's sort key is called `timestamp`; there is no time in it, so the code calls it sort_key."""
    values[TRANSACTION_TIMESTAMP] = values.pop("sort_key")
    return values
