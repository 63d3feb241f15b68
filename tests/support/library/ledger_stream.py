"""Records of the ledger's stream: what changed between two looks at its table."""

import copy
from collections.abc import Callable
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.receiving import LEDGER

_KEYS = (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)


def stream_records(tables: FakeDynamoDB, act: Callable[[], object]) -> list[dict[str, Any]]:
    """The records of what `act` does to the ledger: one an item, however often it was written."""
    before = _by_key(tables)
    act()
    after = _by_key(tables)
    changed = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    return [
        ledger_change(before.get(key), after.get(key), number) for number, key in enumerate(changed, start=1)
    ]


def ledger_change(old: Item | None, new: Item | None, number: int = 1) -> dict[str, Any]:
    """A record of the stream, as Lambda delivers it."""
    item = new or old
    assert item is not None
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": f"ledger-event-{number}",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_760_000_000.0,
            "Keys": {name: item[name] for name in _KEYS},
            "SequenceNumber": f"2000{number}",
            **{name: image for name, image in images.items() if image is not None},
        },
    }


def _by_key(tables: FakeDynamoDB) -> dict[tuple[str, ...], Item]:
    items = copy.deepcopy(tables.items(LEDGER))
    return {tuple(item[name]["S"] for name in _KEYS): item for item in items}
