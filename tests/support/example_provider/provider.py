"""A provider that does everything otherwise, to show that one is a folder and a line of the registry.

Its event id is nested and made of two fields, its booleans are texts, its signature covers some fields only, its key is
hexadecimal, its smallest units are not always those of ISO 4217, and it demands an answer of its own.
"""

from typing import Any, Final

from payment_webhooks.domain.events import EventFacts
from payment_webhooks.endpoints.secret_document import ApiCredentials, EndpointSecret, Mode
from payment_webhooks.headers import Headers
from payment_webhooks.providers.confirmation import ProviderApi
from payment_webhooks.providers.envelope import Envelope, make_envelope
from payment_webhooks.providers.fields import mapping_or_empty
from payment_webhooks.providers.provider import FetchCertificate, Provider

SIGNATURE_HEADER: Final = "x-example-signature"
DELIVERY_HEADER: Final = "x-example-delivery"
_LIVE: Final = {"true": True, "false": False}


def notification(document: dict[str, Any]) -> dict[str, Any]:
    """The only notification of a body: {"live", "attempt", "notificationItems": [{"item": {...}}]}; {} without one."""
    items = document.get("notificationItems")
    first = items[0] if isinstance(items, list) and len(items) == 1 else None
    return mapping_or_empty(mapping_or_empty(first).get("item"))


def _verify(
    headers: Headers, body: bytes, secret: EndpointSecret, _now_seconds: float, _fetch: FetchCertificate
) -> str:
    from tests.support.example_provider.signature import verify

    return verify(headers, body, secret)


def _envelope(document: dict[str, Any]) -> Envelope:
    item = notification(document)
    reference, code = item.get("reference"), item.get("code")
    live = document.get("live")
    return make_envelope(
        document,
        event_id=None if None in (reference, code) else f"{reference}.{code}",
        event_type=code,
        created=item.get("date"),
        livemode=_LIVE.get(live, live) if isinstance(live, str) else live,
        account=item.get("merchant"),
    )


def _read(envelope: Envelope) -> EventFacts:
    from tests.support.example_provider.events import read

    return read(envelope)


def _connect(_credentials: ApiCredentials, _mode: Mode) -> ProviderApi:
    from tests.support.example_provider.event_lookup import EventLookup

    return EventLookup()


def _check_key(value: str) -> None:
    try:
        bytes.fromhex(value)
    except ValueError:
        raise ValueError("a key of the example provider is hexadecimal") from None


PROVIDER: Final = Provider(
    name="example",
    signature_headers=(SIGNATURE_HEADER,),
    signs_whole_body=False,
    verify=_verify,
    envelope=_envelope,
    read=_read,
    event_types=lambda: ("CAPTURE", "REFUND"),
    is_personal=lambda _within, name: name == "buyer",
    volatile_fields=frozenset({"attempt"}),
    transmission_id_header=DELIVERY_HEADER,
    connect=_connect,
    acknowledgement=("text/plain", "[accepted]"),
    check_key=_check_key,
)
