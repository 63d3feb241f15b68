"""The parts of PayPal's resources that several shapes share: amounts, links, the units of an order."""

import re
from typing import Any, Final

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.money import Money, from_decimal_string, from_minor_units
from payment_webhooks.providers.fields import mapping, mapping_or_empty

_LINK: Final = re.compile(r"/(captures|capture|sale|refunds|refund)/([A-Za-z0-9._:-]{1,200})(?:[?#].*)?$")


def resource_amount(block: object, signed: bool = False) -> tuple[Money, str]:
    """v2 `{currency_code, value}` or v1 `{currency, total}`: the money, and the text as sent.

    signed: a leading minus is the provider's way of writing a refund, and is dropped.
    Raises what `money.from_decimal_string` raises.
    """
    fields = mapping(block, "amount")
    raw = fields.get("value", fields.get("total"))
    digits = raw[1:] if signed and type(raw) is str and raw[:1] == "-" else raw
    return from_decimal_string(digits, fields.get("currency_code", fields.get("currency"))), str(raw)


def linked_id(resource: dict[str, Any], rel: str, segments: tuple[str, ...]) -> str | None:
    """The id at the end of the link `rel` whose path ends in `/{one of segments}/{id}`."""
    links = resource.get("links")
    for link in links if isinstance(links, list) else ():
        href = mapping_or_empty(link).get("href")
        if mapping_or_empty(link).get("rel") != rel or not isinstance(href, str):
            continue
        match = _LINK.search(href)
        if match and match[1] in segments:
            return match[2]
    return None


def _units(order: dict[str, Any]) -> list[dict[str, Any]]:
    units = order.get("purchase_units")
    return [mapping(unit, "purchase_unit") for unit in units] if isinstance(units, list) else []


def order_amount(order: dict[str, Any]) -> tuple[Money | None, str | None]:
    """The sum over an order's units, and the text of a single one; None where the order has no units."""
    amounts = [resource_amount(unit.get("amount")) for unit in _units(order)]
    if not amounts:
        return None, None
    money = amounts[0][0]
    for further, _ in amounts[1:]:
        if further.currency != money.currency:
            raise UnreadableEvent("currency_mismatch")
        money = from_minor_units(money.amount_minor + further.amount_minor, money.currency)
    return money, amounts[0][1] if len(amounts) == 1 else None


def sole_capture(order: dict[str, Any]) -> dict[str, Any] | None:
    """The capture of an order that names exactly one in all its units, else None."""
    captures: list[Any] = []
    for unit in _units(order):
        named = mapping_or_empty(unit.get("payments")).get("captures")
        captures += named if isinstance(named, list) else ()
    return mapping(captures[0], "capture") if len(captures) == 1 else None
