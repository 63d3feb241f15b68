"""The vocabulary that all providers are translated into, and the normalised event."""

from typing import Final, NamedTuple

from payment_webhooks.money import Money

KIND_PAYMENT: Final = "payment"
KIND_REFUND: Final = "refund"
KIND_DISPUTE: Final = "dispute"
KIND_PAYOUT: Final = "payout"  # never part of a payment
KIND_OTHER: Final = "other"
KIND_CORRECTION: Final = "correction"  # what a person, or we, say of another row

# A status belongs to its own object: "failed" of a refund says nothing bad of the payment.
PENDING: Final = "pending"  # payment, refund, payout
AUTHORIZED: Final = "authorized"  # payment
FAILED: Final = "failed"  # payment, refund, payout: the money is back
CANCELED: Final = "canceled"  # payment, refund, payout
CLOSED: Final = (
    "closed"  # payment: an order or an authorization that other payments have taken over, and tell
)
SUCCEEDED: Final = "succeeded"  # payment
PARTIALLY_REFUNDED: Final = "partially_refunded"  # payment
REFUNDED: Final = "refunded"  # payment: all of it; refund: this refund is done
INQUIRY: Final = "inquiry"  # dispute: a question comes first, no money is gone
DISPUTED: Final = "disputed"  # dispute: open
DISPUTE_WON: Final = "dispute_won"
DISPUTE_LOST: Final = "dispute_lost"
IN_TRANSIT: Final = "in_transit"  # payout: on its way
PAID: Final = "paid"  # payout: arrived, as far as the provider knows; it may still fail
RETRACTED: Final = "retracted"  # correction: the row that it answers counts for nothing
CONFIRMED: Final = "confirmed"  # correction: the row that it answers counts as confirmed
MERGED: Final = "merged"  # correction: one payment has taken over the rows of another
IGNORED: Final = "ignored"  # an event that says nothing of a payment
OF_ITS_TYPE: Final = "type"  # why it is: events of this type never do

# What amount_minor counts.
MEANING_REQUESTED: Final = "requested"
MEANING_ORDERED: Final = "ordered"  # of an order, whose authorizations and captures tell what became of it
MEANING_AUTHORIZED: Final = "authorized"
MEANING_CAPTURED: Final = "captured"  # cumulative
MEANING_REFUNDED_TOTAL: Final = "refunded_total"  # cumulative over all refunds of the payment
MEANING_REFUND: Final = "refund"  # this refund alone
MEANING_DISPUTED: Final = "disputed"  # this dispute alone
# This dispute alone, where what it takes may be told as a refund, too; or such a refund (PayPal's reversals).
MEANING_CLAIMED: Final = "claimed"
MEANING_PAID_OUT: Final = "paid_out"  # to the seller's own bank; less than 0: taken from there
MEANING_SENT: Final = "sent"  # by the seller to somebody else (PayPal's payouts)

# Occasions of a dispute.
STAGE_UNKNOWN: Final = "stage_unknown"  # the event does not say what stage it is in
REOPENED: Final = "reopened"  # it is open after it was decided


class Share(NamedTuple):
    """The part of a further payment in an event that concerns several, such as a dispute over several captures."""

    transaction_id: str
    amount_minor: int
    withdrawn_minor: int | None


class EventFacts(NamedTuple):
    """What one provider's reader finds in a body beyond the envelope."""

    object_kind: str = KIND_OTHER
    object_id: str | None = None
    status: str = IGNORED
    transaction_id: str | None = None
    money: Money | None = None  # where there are shares: of the first payment alone
    amount_meaning: str | None = None
    amount_provider_raw: int | str | None = None
    captured_minor: int | None = None
    refunded_total_minor: int | None = None
    customer_id: str | None = None
    occurred_at: str | None = None  # None: when the event was created
    object_created_at: str | None = None
    authorized_minor: int | None = None
    released_minor: int | None = None
    withdrawn_minor: int | None = None
    fee_minor: int | None = None
    provider_status: str | None = None
    occasion: str | None = None
    account: str | None = None  # None: the envelope's
    outside_provider: bool | None = None
    arrival_date: str | None = None
    invoice_id: str | None = None
    subscription_id: str | None = None
    order_id: str | None = None
    shares: tuple[Share, ...] = ()
    payment_ids: tuple[str, ...] = ()  # none: transaction_id alone
    ignored_for: str = OF_ITS_TYPE


class NormalisedEvent(NamedTuple):
    """One event in the words above.

    created: when the provider made the event. occurred_at: when the object got this status, where the
    provider says so, else `created`. Both in the form of `timestamps.utc_timestamp`.
    transaction_id: the provider's id of what the amounts are of; None only where status is "ignored".
    payment_ids: all ids by which the body names that payment, in order of precedence: at PayPal those of order,
        authorization and capture, else transaction_id alone; none where status is "ignored".
    amount_minor: ISO 4217 minor units of `currency`, counted as `amount_meaning` says.
    amount_provider_raw: the amount that was read, exactly as on the wire.
    captured_minor, refunded_total_minor: cumulative totals of the payment that the body proves beside it.
    account: of the provider, whose money it is (Stripe Connect, PayPal merchants; at Square a merchant's location).
    object_created_at: when the object itself began, such as a refund: what was told before can't have it.
    authorized_minor: what is still authorized, so may yet be captured, after this event.
    released_minor: what was authorized and will never be captured.
    withdrawn_minor: what a dispute has taken so far, less what came back; at Stripe what a refund has taken from the
        balance, 0 where it names no such transaction: it may be the release of an authorization.
    fee_minor: what provider and platform keep of it; of a refund, less than 0: what they give back.
    provider_status: the provider's own word for `status`.
    occasion: sets apart what reaches one state with one amount again: the id of a declined attempt, the stage of a
        dispute. None for the first, or only, time.
    outside_provider: True for money that never passes through the provider, such as cash: it comes in no payout.
    arrival_date: the day, YYYY-MM-DD, on which a payout is due in the bank.
    invoice_id, subscription_id, order_id: of what was paid, by the provider's ids; PayPal's invoice_id is the seller's
        own number, and left out where it is not of an id's form, or holds a card number.
    shares: of further payments; amount_minor and withdrawn_minor are then of the first alone.
    ignored_for: the reason, where status is "ignored".
    """

    provider: str
    event_id: str
    event_type: str
    created: str
    occurred_at: str
    transaction_id: str | None
    object_kind: str
    object_id: str | None
    status: str
    amount_minor: int | None
    amount_meaning: str | None
    currency: str | None
    amount_provider_raw: int | str | None
    captured_minor: int | None
    refunded_total_minor: int | None
    customer_id: str | None
    livemode: bool | None
    account: str | None
    object_created_at: str | None
    authorized_minor: int | None
    released_minor: int | None
    withdrawn_minor: int | None
    fee_minor: int | None
    provider_status: str | None
    occasion: str | None
    outside_provider: bool | None
    arrival_date: str | None
    invoice_id: str | None
    subscription_id: str | None
    order_id: str | None
    shares: tuple[Share, ...]
    payment_ids: tuple[str, ...]
    ignored_for: str = OF_ITS_TYPE


def parts_of(event: NormalisedEvent) -> list[NormalisedEvent]:
    """The event as it concerns each of its payments; the event itself where that is one.

    The second and further have event ids of their own: two of them may be of one payment.
    """
    further = (
        event._replace(
            **share._asdict(),
            event_id=f"{event.event_id}#part{number}",
            payment_ids=(share.transaction_id,),
        )
        for number, share in enumerate(event.shares, start=2)
    )
    return [event, *further]
