"""What the receiver needs of a body before it is stored: one strict parse, then id, type, time, environment.

Strictness serves one end: every later reader must see the same document. So a body with a byte order mark,
with invalid UTF-8, with a key twice in one object or with NaN is not readable, though some parsers accept it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

from payment_webhooks.contract import PROVIDER_INTERNAL, PROVIDER_PAYPAL, PROVIDER_SQUARE, PROVIDER_STRIPE
from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.providers.fields import identifier, optional_identifier
from payment_webhooks.timestamps import utc_timestamp

MAX_NESTING: Final = 64  # Stripe's deepest object has about 10 levels; readers must not meet the stack's end

_PAYPAL_LIVE_HOSTS: Final = frozenset({"api.paypal.com", "api-m.paypal.com"})
_PAYPAL_TEST_HOSTS: Final = frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"})


class NumberText(str):
    """A JSON number with a fraction or an exponent, as it was written.

    Never a float, so nothing is rounded; a type of its own, so no reader takes it for an id or an amount.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """`created` in the form of `timestamps.utc_timestamp`; None: the body does not say."""

    event_id: str
    event_type: str
    created: str
    livemode: bool | None
    account: str | None
    document: dict[str, Any] = field(repr=False)


class _Layout(NamedTuple):
    event_id: str
    event_type: str
    created: str
    account: str | None


_LAYOUTS: Final = {
    PROVIDER_STRIPE: _Layout("id", "type", "created", "account"),
    PROVIDER_PAYPAL: _Layout("id", "event_type", "create_time", None),
    PROVIDER_SQUARE: _Layout("event_id", "type", "created_at", "merchant_id"),
    PROVIDER_INTERNAL: _Layout("id", "type", "created_at", None),
}


def read_envelope(provider: str, body: bytes) -> Envelope:
    """Read what identifies an event; `provider` is one of contract.PROVIDERS.

    Raises UnreadableEvent: `body_not_json`, `body_not_object`, `duplicate_key`, `nesting_too_deep`, and
    missing_ or invalid_ `event_id`, `event_type`, `timestamp`, `livemode`, `account`.
    """
    layout = _LAYOUTS[provider]
    document = parse_object(body)
    created = document.get(layout.created)
    if created is None:
        raise UnreadableEvent("missing_timestamp")
    return Envelope(
        event_id=identifier(document.get(layout.event_id), "event_id"),
        event_type=identifier(document.get(layout.event_type), "event_type"),
        created=utc_timestamp(created),
        livemode=_paypal_livemode(document) if provider == PROVIDER_PAYPAL else _livemode(document),
        account=optional_identifier(document.get(layout.account), "account") if layout.account else None,
        document=document,
    )


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises UnreadableEvent as `read_envelope` says."""
    try:
        document = _DECODER.decode(body.decode("utf-8"))
    except RecursionError as error:
        raise UnreadableEvent("nesting_too_deep") from error
    except ValueError as error:  # not UTF-8, not JSON, or an integer of thousands of digits
        raise UnreadableEvent("body_not_json") from error
    if not isinstance(document, dict):
        raise UnreadableEvent("body_not_object")
    # Counting is cheap and settles almost every body.
    if body.count(b"{") + body.count(b"[") > MAX_NESTING and _deeper_than(document, MAX_NESTING):
        raise UnreadableEvent("nesting_too_deep")
    return document


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise UnreadableEvent("duplicate_key")
    return document


def _refuse_constant(_name: str) -> NoReturn:
    raise UnreadableEvent("body_not_json")  # NaN and Infinity are not JSON (RFC 8259, section 6)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_float=NumberText, parse_constant=_refuse_constant
)


def _deeper_than(document: dict[str, Any], levels: int) -> bool:
    layer: list[Any] = [document]
    for _ in range(levels):
        layer = [child for parent in layer for child in _children(parent) if isinstance(child, dict | list)]
        if not layer:
            return False
    return True


def _children(parent: Any) -> Iterable[Any]:
    return parent.values() if isinstance(parent, dict) else parent


def _livemode(document: dict[str, Any]) -> bool | None:
    livemode = document.get("livemode")
    if livemode is not None and not isinstance(livemode, bool):
        raise UnreadableEvent("invalid_livemode")
    return livemode


def _paypal_livemode(document: dict[str, Any]) -> bool | None:
    """PayPal's body has no such field: the host of the event's own links says it."""
    links = document.get("links")
    for link in links if isinstance(links, list) else ():
        host = _host(link.get("href")) if isinstance(link, dict) else None
        if host in _PAYPAL_LIVE_HOSTS:
            return True
        if host in _PAYPAL_TEST_HOSTS:
            return False
    return None


def _host(href: object) -> str | None:
    try:
        return urlsplit(href).hostname if isinstance(href, str) else None
    except ValueError:  # such as an IPv6 address without its bracket
        return None
