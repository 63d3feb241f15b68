"""Square's signature: HMAC-SHA256 in base64 over the notification URL and then the body, with no time in it.

Source: squareup 46.0.0 (PyPI), `square/utils/webhooks_helper.py`, and
https://developer.squareup.com/docs/webhooks/step3validate. The key is the subscription's signature key, used
as it is, never decoded. The URL is the registered one, byte for byte, so it is configuration: a request shows
another host, path or scheme behind a proxy or a stage. The older `x-square-signature` (HMAC-SHA1) is never
accepted.
"""

from base64 import b64encode
from hmac import compare_digest, digest
from string import ascii_letters, digits
from typing import Final

from payment_webhooks.endpoints.secret_document import EndpointSecret, live_keys, text_bytes
from payment_webhooks.errors import SIGNATURE_MISMATCH, InvalidSignature, MalformedRequest, Unavailable
from payment_webhooks.headers import Headers, single_header
from payment_webhooks.providers.square.provider import SIGNATURE_HEADER

MAX_HEADER_CHARACTERS: Final = 128  # a signature has 44
_BASE64_CHARACTERS: Final = frozenset(ascii_letters + digits + "+/=")


def verify(headers: Headers, body: bytes, secret: EndpointSecret, _now_seconds: float, _fetch: object) -> str:
    """The id of the key that verified the body. Raises as Provider.verify."""
    header = single_header(headers, SIGNATURE_HEADER)
    if len(header) > MAX_HEADER_CHARACTERS:
        raise MalformedRequest("header_too_large")
    if "," in header:  # how a proxy joins two headers of one name
        raise MalformedRequest("duplicate_header")
    if not header or not _BASE64_CHARACTERS.issuperset(header):
        raise MalformedRequest("malformed_header")
    keys = live_keys(secret)
    if not secret.notification_url:
        raise Unavailable("endpoint_setting_missing")
    signed = text_bytes(secret.notification_url) + body
    # The text is compared, not what it decodes to: base64 has several spellings of one value.
    signature = header.encode()
    for key in keys:
        if compare_digest(b64encode(digest(text_bytes(key.value), signed, "sha256")), signature):
            return key.id
    raise InvalidSignature(SIGNATURE_MISMATCH)
