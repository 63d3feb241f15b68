"""What an event says of money, to compare a copy of it that was fetched with one that was delivered.

A provider's list may write an event otherwise than its delivery: at another version of the API, with other fields. So
not the bodies are compared, but what the reader makes of them.
"""

import json
from typing import Final

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.provider import Provider, normalise

_COMPARED: Final = (
    "event_type",
    "transaction_id",
    "object_kind",
    "object_id",
    "status",
    "amount_minor",
    "amount_meaning",
    "currency",
    "captured_minor",
    "refunded_total_minor",
    "authorized_minor",
    "released_minor",
    "withdrawn_minor",
    "shares",
)


def money_in(provider: Provider, body: bytes) -> str:
    """As JSON with sorted keys, without what the body does not say; of a body that can't be read, the reason."""
    try:
        event = normalise(provider, body)
    except UnreadableEvent as error:
        return json.dumps({"unreadable": error.reason})
    told = {name: getattr(event, name) for name in _COMPARED}
    return json.dumps(
        {name: value for name, value in told.items() if value not in (None, ())}, sort_keys=True
    )


def tell_the_same(one: str, other: str) -> bool:
    """Whether two texts of `money_in` contradict each other nowhere: what only one of them says is no contradiction.

    So a copy of the same type and object that names no payment contradicts nothing: an invoice names its payment at
    some versions of the API alone. One of another type might be forged, and hide the payment.
    """
    first, second = json.loads(one), json.loads(other)
    if ("unreadable" in first) != ("unreadable" in second):
        return False
    if ("transaction_id" in first) != ("transaction_id" in second):
        return all(first.get(name) == second.get(name) for name in ("event_type", "object_id"))
    return all(first[name] == second[name] for name in first.keys() & second.keys())
