"""PayPal: https://developer.paypal.com/api/rest/webhooks/rest.

Its signature covers a CRC32 of the body, which anyone can match with another body: a transmission counts once, and an
event proves nothing until PayPal itself has confirmed it.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.provider import Provider, lazy

SIGNATURE_HEADER: Final = "paypal-transmission-sig"
TRANSMISSION_ID_HEADER: Final = "paypal-transmission-id"
_LIVE_HOSTS: Final = frozenset({"api.paypal.com", "api-m.paypal.com"})
_TEST_HOSTS: Final = frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"})


def _envelope(document: dict[str, Any]) -> Envelope:
    return make_envelope(
        document,
        event_id=document.get("id"),
        event_type=document.get("event_type"),
        created=document.get("create_time"),
        livemode=_livemode(document),
    )


def _livemode(document: dict[str, Any]) -> bool | None:
    """PayPal's body has no such field: the host of the event's own links says it."""
    links = document.get("links")
    for link in links if isinstance(links, list) else ():
        host = _host(link.get("href")) if isinstance(link, dict) else None
        if host in _LIVE_HOSTS:
            return True
        if host in _TEST_HOSTS:
            return False
    return None


def _host(href: object) -> str | None:
    try:
        return urlsplit(href).hostname if isinstance(href, str) else None
    except ValueError:  # such as an IPv6 address without its bracket
        return None


PROVIDER: Final = Provider(
    name="paypal",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=False,
    verify=lazy("paypal.signature", "verify"),
    envelope=_envelope,
    read=lazy("paypal.events", "read"),
    event_types=lazy("paypal.events", "event_types"),
    is_personal=lazy("paypal.personal_fields", "is_personal"),
    transmission_id_header=TRANSMISSION_ID_HEADER,
    connect=lazy("paypal.event_lookup", "connect"),
    list_events=lazy("paypal.event_list", "PayPalEvents"),
    list_balance=lazy("paypal.balance_list", "PayPalBalance"),
    listed_days=30,  # PayPal documents no end; as long as the others
    publishes_addresses=False,
)
