"""Converts the head of a payment to an item of the Transactions table and back: its current state, or a pointer.

A payment has rows, which never change, and one head, which says what they add up to. Every other id that the provider
has for it (an order, an authorization) has a head, too, which points to the payment; so has a payment that another
one has taken over.
"""

import json
import zlib
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.day_shards import day_of, shard_of
from payment_webhooks.domain.payment_state import PaymentState
from payment_webhooks.domain.payout import PayoutState

# Refunds and disputes that the head shows, the newest; the rows have all. Some 200 bytes each, 700 with the longest ids
# there are: a head stays under 6 KB, and 16,000 bytes at worst, however long a payment lives.
INLINE_OBJECTS: Final = 20


class Payment(NamedTuple):
    """The state of one payment, at a version that each row raises by one.

    state: with INLINE_OBJECTS objects at most; objects_left_out: how many it does not have.
    members: the other transaction ids whose rows are this payment's, in the order in which they were taken over.
    status_since, dispute_since: when it came to this status, as the provider tells it. began_at: when the
    earliest of its events occurred. recorded_at: of the last row. All UTC, six fractional digits.
    payout: where this is no payment but a payout; `state` has no money then.
    """

    transaction_id: str
    version: int
    endpoint: str
    provider: str
    state: PaymentState
    began_at: str
    status_since: str
    recorded_at: str
    dispute_since: str | None = None
    members: tuple[str, ...] = ()
    objects_left_out: int = 0
    payout: PayoutState | None = None

    @property
    def told(self) -> PaymentState | PayoutState:
        """The state that people and systems are told of."""
        return self.payout or self.state


class Pointer(NamedTuple):
    """The head of an id that another payment has."""

    transaction_id: str
    alias_of: str


def bounded(state: PaymentState) -> tuple[PaymentState, int]:
    """The state with the newest INLINE_OBJECTS of its objects, in their order, and how many are left out."""
    newest = sorted(state.objects, key=lambda each: each.occurred_at, reverse=True)[:INLINE_OBJECTS]
    kept = tuple(each for each in state.objects if each in newest)
    return state._replace(objects=kept), len(state.objects) - len(kept)


def to_item(payment: Payment) -> Item:
    """With the keys of the indexes of payments. `archive_shard` is that of a payment with rows to archive."""
    values = payment._asdict()
    values["state"] = json.dumps(payment.state.to_stored(), separators=(",", ":"))
    values["members"] = json.dumps(payment.members) if payment.members else None
    values["payout"] = json.dumps(payment.payout._asdict(), separators=(",", ":")) if payment.payout else None
    values["objects_left_out"] = payment.objects_left_out or None
    return item_of(
        {
            **values,
            contract.TRANSACTION_TIMESTAMP: contract.PAYMENT_ENTRY,
            **index_keys(payment),
            # By arrival, not by occurrence: a payment is quiet when nothing comes any more.
            contract.ARCHIVE_SHARD: shard_of(day_of(payment.recorded_at), payment.transaction_id),
        }
    )


def index_keys(payment: Payment) -> dict[str, str | None]:
    """Partitions of the lists' indexes; None where the payment is not in one. `contract` has their sort keys."""
    # crc32 spreads ids evenly; a hot key is the only risk here, not an adversary.
    number = zlib.crc32(payment.transaction_id.encode()) % contract.LEDGER_SHARD_COUNT
    if payment.payout is not None:
        return {contract.PROVIDER_SHARD: f"{contract.PAYOUT_SHARD}#{day_of(payment.began_at)}#{number}"}
    state, dispute = payment.state, payment.state.dispute_status
    customer = state.customer_id
    return {
        contract.STATUS_SHARD: f"{state.status}#{day_of(payment.status_since)}#{number}",
        contract.DISPUTE_SHARD: f"{dispute}#{day_of(payment.dispute_since)}#{number}"
        if dispute is not None and payment.dispute_since is not None
        else None,
        contract.PROVIDER_SHARD: f"{payment.provider}#{day_of(payment.began_at)}#{number}",
        contract.CUSTOMER_KEY: None if customer is None else f"{payment.endpoint}:{customer}",
    }


def head_item(head: Payment | Pointer) -> Item:
    return to_item(head) if isinstance(head, Payment) else pointer_item(head)


def pointer_item(pointer: Pointer) -> Item:
    return item_of({**pointer._asdict(), contract.TRANSACTION_TIMESTAMP: contract.PAYMENT_ENTRY})


def from_item(item: Item) -> Payment | Pointer:
    """The head of an item as DynamoDB gives it, whichever release wrote it. Raises ValueError for what is no head."""
    values = plain(item)
    if contract.ALIAS_OF in values:
        return Pointer(values[contract.TRANSACTION_ID], values[contract.ALIAS_OF])
    missing = [name for name in Payment._fields[:8] if name not in values]
    if missing:
        raise ValueError(f"not a payment: no {', '.join(missing)}")
    return Payment(
        transaction_id=values["transaction_id"],
        version=values["version"],
        endpoint=values["endpoint"],
        provider=values["provider"],
        state=PaymentState.from_stored(json.loads(values["state"])),
        began_at=values["began_at"],
        status_since=values["status_since"],
        recorded_at=values["recorded_at"],
        dispute_since=values.get("dispute_since"),
        members=tuple(json.loads(values.get("members", "[]"))),
        objects_left_out=values.get("objects_left_out", 0),
        payout=PayoutState.from_stored(json.loads(values["payout"])) if "payout" in values else None,
    )


def is_head(sort_key: str) -> bool:
    return sort_key == contract.PAYMENT_ENTRY
