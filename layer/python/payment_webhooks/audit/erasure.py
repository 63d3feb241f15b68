"""What an erasure makes of a webhook in the inbox, and whether a change of one is an erasure. Pure.

Whoever may write to the inbox can so take personal data out of a body, under a ticket, and nothing else: no amount, no
id, no state. What came is still proven by `payload_sha256`; `erased_sha256` is of what is left.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from payment_webhooks import contract
from payment_webhooks.audit.erasure_marks import marks
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES
from payment_webhooks.providers.erased_body import erased
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.timestamps import utc_timestamp

# AWS takes no request whose time is over five minutes off ("Troubleshoot Signature Version 4 signing for AWS API
# requests"); ten more are for one that is tried again.
_CLOCKS_APART: Final = 900.0
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
    before = _body(values)
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


def is_erasure(old: Item, new: Item, changed_seconds: float) -> bool:
    """Whether a change takes personal data out of the body, says who did it, when and under which ticket, and changes
    nothing else. changed_seconds: when the stream says that it was; the command's clock may be another.
    """
    said = marks(plain(new))
    if len(said) < len(contract.OF_AN_ERASURE):
        return False
    by, at, ticket = (
        said[name] for name in (contract.ERASED_BY, contract.ERASED_AT, contract.ERASURE_TICKET)
    )
    earliest, latest = (
        utc_timestamp(changed_seconds + between) for between in (-_CLOCKS_APART, _CLOCKS_APART)
    )
    if not earliest <= at <= latest:
        return False
    expected = erasure_of(old, by, at, ticket)
    return expected is not None and new == {**_rest(old), **expected}


def is_left_of(old: Item, new: Item) -> bool:
    """Whether the body of `new` is that of `old` without what is personal, by the fields that were known when it was
    erased: more may be known since, and what these take from both must leave the same.
    """
    name, texts = plain(new).get("provider"), [each.get("payload") for each in (old, new)]
    if len(marks(plain(new))) < len(contract.OF_AN_ERASURE) or name not in PROVIDERS.names or None in texts:
        return False
    before, now = (_body(plain(each)) for each in (old, new))
    if new[contract.ERASED_SHA256] != {"S": hashlib.sha256(now).hexdigest()} or _rest(old) != _rest(new):
        return False
    provider = PROVIDERS.get(name)
    return erased(provider, before) == erased(provider, now)


def _rest(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in _SET}


def _body(values: Mapping[str, Any]) -> bytes:
    payload = values["payload"]
    return payload.encode() if isinstance(payload, str) else bytes(payload)
