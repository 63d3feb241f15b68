"""Records of the audit trail for the ledger: one for each change of an item, with what it was about and its hashes."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from payment_webhooks import contract

# Of a row, a head or a summary. Who paid and what the body said is not needed: the hashes tell a changed item.
_KEPT = (
    "endpoint",
    "provider",
    "event_id",
    "event_type",
    "object_kind",
    "object_id",
    "occurred_at",
    "recorded_at",
    "amount_minor",
    "amount_meaning",
    "currency",
    "confirmed",
    contract.ALIAS_OF,
)


def of_ledger(
    change: Mapping[str, Any], keys: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """What to keep of a change of an item of the ledger, beside what every record has. `change`: as the stream has it,
    with attributes of every type.
    """
    current = new or old
    return {
        "transaction_id": keys[contract.TRANSACTION_ID],
        "entry": keys[contract.TRANSACTION_TIMESTAMP],
        "of_webhook": current.get("webhook_id"),  # `webhook_id` is the inbox's, by which a webhook is traced
        "status_from": old.get(contract.STATUS),
        "status_to": new.get(contract.STATUS),
        "version_from": old.get(contract.VERSION),
        "version_to": new.get(contract.VERSION),
        "sha256_from": _hash(change.get("OldImage")),
        "sha256_to": _hash(change.get("NewImage")),
        **{name: current.get(name) for name in _KEPT},
    }


def _hash(item: Mapping[str, Any] | None) -> str | None:
    if not item:
        return None
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()
