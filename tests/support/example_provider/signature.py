"""HMAC-SHA256 in base64 over `{delivery}:{reference}:{code}:{value}:{currency}:{success}`; the key is hexadecimal."""

from base64 import b64encode
from hmac import compare_digest, digest
from typing import Any

from payment_webhooks.endpoints.secret_document import EndpointSecret, live_keys
from payment_webhooks.errors import InvalidSignature, MalformedRequest, UnreadableEvent
from payment_webhooks.headers import Headers, single_header
from payment_webhooks.providers.envelope import parse_object
from payment_webhooks.providers.fields import mapping_or_empty
from tests.support.example_provider.provider import DELIVERY_HEADER, SIGNATURE_HEADER, notification


def verify(headers: Headers, body: bytes, secret: EndpointSecret) -> str:
    """The id of the key that signed. Raises as Provider.verify."""
    signature = single_header(headers, SIGNATURE_HEADER)
    delivery = single_header(headers, DELIVERY_HEADER)
    if not signature.isascii():
        raise MalformedRequest("malformed_header")
    try:
        signed = signed_text(delivery, notification(parse_object(body)))
    except UnreadableEvent:
        raise MalformedRequest("malformed_body") from None
    for key in live_keys(secret):
        expected = b64encode(digest(bytes.fromhex(key.value), signed, "sha256"))
        if compare_digest(expected, signature.encode()):
            return key.id
    raise InvalidSignature("signature_mismatch")


def signed_text(delivery: str, item: dict[str, Any]) -> bytes:
    amount = mapping_or_empty(item.get("amount"))
    fields = (item.get("reference"), item.get("code"), amount.get("value"), amount.get("currency"))
    return ":".join(str(field) for field in (delivery, *fields, item.get("success"))).encode(errors="replace")
