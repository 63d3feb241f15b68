"""PayPal's amounts: v2 `{currency_code, value}` or v1 `{currency, total}`."""

from typing import Any

from payment_webhooks.money import Money, from_decimal_string
from payment_webhooks.providers.fields import mapping


def resource_amount(block: object, signed: bool = False) -> tuple[Money, str]:
    """The money, and the text as sent.

    signed: a leading minus is the provider's way of writing a refund, and is dropped.
    Raises what `money.from_decimal_string` raises.
    """
    fields = mapping(block, "amount")
    raw: Any = fields.get("value", fields.get("total"))
    digits = raw[1:] if signed and type(raw) is str and raw[:1] == "-" else raw
    return from_decimal_string(digits, fields.get("currency_code", fields.get("currency"))), str(raw)


def minor_in(block: object, currency: str) -> int | None:
    """The amount in minor units; None where there is none, or it is in another currency."""
    if block is None:
        return None
    money, _ = resource_amount(block)
    return money.amount_minor if money.currency == currency else None
