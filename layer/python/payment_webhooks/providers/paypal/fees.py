"""PayPal's fees of a capture or sale, and what a refund gives back of them.

v2 has both in a breakdown, with those of the platform (payments_payment_v2.json of paypal-rest-api-specifications:
seller_receivable_breakdown, seller_payable_breakdown); v1 has PayPal's own beside the amount, with the sale's
transaction_fee and the refund's refund_from_transaction_fee.
"""

from typing import Any

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.fields import mapping_or_empty
from payment_webhooks.providers.paypal.amounts import minor_in

Object = dict[str, Any]


def fee_kept(capture: Object, currency: str) -> int | None:
    """What PayPal and the platform keep of it; None where none is told."""
    return _fees(capture.get("seller_receivable_breakdown"), capture.get("transaction_fee"), currency)


def fee_given_back(refund: Object, currency: str) -> int | None:
    """What they give back with it, less than 0; None where that is not told."""
    paypal_fee = refund.get("refund_from_transaction_fee")
    given_back = _fees(refund.get("seller_payable_breakdown"), paypal_fee, currency)
    return None if given_back is None else -given_back


def _fees(breakdown: object, paypal_fee: object, currency: str) -> int | None:
    """The sum; None where none is told, or one in another currency. One that can't be read never holds up a payment."""
    told = mapping_or_empty(breakdown)
    platform = told.get("platform_fees")
    fees = [told.get("paypal_fee", paypal_fee)]
    fees += [
        mapping_or_empty(each).get("amount") for each in (platform if isinstance(platform, list) else ())
    ]
    try:
        minors = [minor_in(fee, currency) for fee in fees if fee is not None]
    except UnreadableEvent:
        return None
    whole = [minor for minor in minors if minor is not None]
    return sum(whole) if whole and len(whole) == len(minors) else None
