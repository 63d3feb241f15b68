"""What an erasure makes of a webhook in the inbox, and whether a change of one is an erasure. Pure.

Whoever may write to the inbox can so take personal data out of a body, under a ticket, and nothing else: no amount, no
id, no state. What came is still proven by `payload_sha256`; `erased_sha256` is of what is left.
"""

import hashlib
from typing import Final

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES
from payment_webhooks.providers.erased_body import erased
from payment_webhooks.providers.registry import PROVIDERS

_SET: Final = ("payload", *contract.OF_AN_ERASURE)


def erasure_of(item: Item, by: str, at: str, ticket: str) -> Item | None:
    """The attributes that an erasure sets; None for an item of which nothing is to be erased: its body is personal in
    nothing, or not in the item, or somebody may still apply it.
    """
    values = plain(item)
    name = values.get("provider")
    if (
        values.get(contract.STATUS) not in DONE_STATUSES
        or "payload" not in item
        or name not in PROVIDERS.names
    ):
        return None
    payload = values["payload"]
    before = payload.encode() if isinstance(payload, str) else bytes(payload)
    after = erased(PROVIDERS.get(name), before)
    if after == before:
        return None
    return item_of(
        {
            "payload": after.decode(),
            contract.ERASED_SHA256: hashlib.sha256(after).hexdigest(),
            contract.ERASED_AT: at,
            contract.ERASED_BY: by,
            contract.ERASURE_TICKET: ticket,
        }
    )


def is_erasure(old: Item, new: Item) -> bool:
    """Whether a change takes personal data out of the body, says who did it and under which ticket, and changes nothing
    else.
    """
    values = plain(new)
    said = [values.get(name) for name in (contract.ERASED_BY, contract.ERASED_AT, contract.ERASURE_TICKET)]
    if not all(isinstance(text, str) and text for text in said):
        return False
    expected = erasure_of(old, *map(str, said))
    kept = {name: value for name, value in old.items() if name not in _SET}
    return expected is not None and new == {**kept, **expected}
