"""PayPal's signature: RSA over `{transmission id}|{transmission time}|{webhook id}|{crc32 of the body}`.

PKCS#1 v1.5 with SHA-256, in base64; the signer's certificate is at a URL that the request names. Sources:
https://developer.paypal.com/api/rest/webhooks/rest (self verification), paypal/paypal-rest-api-specifications
openapi/notifications_webhooks_v1.json (lengths), paypal/PayPal-Python-SDK paypalrestsdk/notifications.py
(CRC32 as unsigned decimal without padding).

A CRC32 is no message authentication code: whoever has seen one delivery can make another body that has the
same one. That this module accepts a body therefore does not say that PayPal wrote it; the inbox refuses a
second body for a known transmission, and the ledger marks such rows as not confirmed.
"""

import binascii
import re
import zlib
from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING, Final

from payment_webhooks.endpoints.secret_document import (
    EndpointSecret,
    Mode,
    SecretKey,
    live_keys,
    text_bytes,
)
from payment_webhooks.errors import SIGNATURE_MISMATCH, InvalidSignature, MalformedRequest
from payment_webhooks.headers import Headers, single_header
from payment_webhooks.providers.paypal.provider import SIGNATURE_HEADER, TRANSMISSION_ID_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TRANSMISSION_TIME_HEADER: Final = "paypal-transmission-time"
CERTIFICATE_URL_HEADER: Final = "paypal-cert-url"
ALGORITHM_HEADER: Final = "paypal-auth-algo"

# The only one. PayPal's old library also took SHA1withRSA, which can be forged.
ALGORITHM: Final = "SHA256withRSA"
# PayPal retries for 3 days, perhaps without signing anew; one more day for an outage of ours.
MAX_AGE_SECONDS: Final = 4 * 24 * 3600
MAX_FUTURE_SECONDS: Final = 300

# PayPal publishes no list; its deliveries name these hosts (dubinc/dub, verify-signature.ts, PR 3835).
CERTIFICATE_HOSTS: Final[dict[Mode, frozenset[str]]] = {
    "live": frozenset({"api.paypal.com", "api-m.paypal.com"}),
    "test": frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}),
}
# In the signer's certificate; PayPal's Java library (SSLUtil) demands messageverificationcerts*.paypal.com.
CERTIFICATE_NAMES: Final[dict[Mode, tuple[str, ...]]] = {
    "live": ("messageverificationcerts.paypal.com",),
    "test": ("messageverificationcerts.sandbox.paypal.com", "messageverificationcerts.paypal.com"),
}

# Lengths as in PayPal's schema. `|` divides the signed text, so it may not be in a part of it.
_TRANSMISSION_ID: Final = re.compile(r"[!-{}~]{1,50}")
_TRANSMISSION_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9+/]{1,500}={0,2}")
_CERTIFICATE_URL: Final = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]{1,100})(:443)?(?P<path>/v1/notifications/certs/CERT-[A-Za-z0-9-]{1,200})"
)


def verify(
    headers: Headers,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    fetch_certificate: "Callable[[str], bytes]",
) -> str:
    """The id of the key (webhook id) that verified the body. Raises as Provider.verify.

    A certificate that the secret pins by its URL is used instead of a fetched one. It saves the fetch and
    nothing else: the URL must be one of PayPal's and the chain must lead to a trusted authority all the same.
    """
    url = certificate_url(single_header(headers, CERTIFICATE_URL_HEADER), secret.mode)
    if single_header(headers, ALGORITHM_HEADER) != ALGORITHM:
        raise InvalidSignature("unsupported_algorithm")
    transmission_id = _matching(single_header(headers, TRANSMISSION_ID_HEADER), _TRANSMISSION_ID)
    transmission_time = _fresh(single_header(headers, TRANSMISSION_TIME_HEADER), now_seconds)
    signature = _signature(single_header(headers, SIGNATURE_HEADER))
    keys = live_keys(secret)

    from payment_webhooks.providers.paypal.certificate_chain import trusted_signer

    pinned = secret.certificates.get(url)
    chain = text_bytes(pinned) if pinned is not None else fetch_certificate(url)
    names = CERTIFICATE_NAMES[secret.mode]
    signer = trusted_signer(chain, names, secret.trust_anchors, now_seconds)
    prefix = f"{transmission_id}|{transmission_time}|"
    for key in keys:
        if _is_signed(signer, signature, _signed_text(prefix, key, body)):
            return key.id
    raise InvalidSignature(SIGNATURE_MISMATCH)


def certificate_url(value: str, mode: Mode) -> str:
    """The URL in its one spelling (host in lower case, no port), by which it is fetched, cached and pinned.

    Raises InvalidSignature("certificate_url_not_allowed") for every URL that is not one of PayPal's
    certificates in this mode: the sender chooses this URL, so it decides what we connect to and whom
    we trust.
    """
    match = _CERTIFICATE_URL.fullmatch(value)
    host = match["host"].lower() if match else ""
    if match is None or host not in CERTIFICATE_HOSTS[mode]:
        raise InvalidSignature("certificate_url_not_allowed")
    return f"https://{host}{match['path']}"


def _matching(value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise MalformedRequest("malformed_header")
    return value


def _fresh(value: str, now_seconds: float) -> str:
    """The time as it was written, since the text is what is signed."""
    try:
        seconds = datetime.fromisoformat(_matching(value, _TRANSMISSION_TIME)).timestamp()
    except (ValueError, OverflowError):  # the 31st of February, or an hour before the year 1
        raise MalformedRequest("malformed_header") from None
    if seconds < now_seconds - MAX_AGE_SECONDS:
        raise InvalidSignature("timestamp_too_old")
    if seconds > now_seconds + MAX_FUTURE_SECONDS:
        raise InvalidSignature("timestamp_in_future")
    return value


def _signature(value: str) -> bytes:
    try:
        return b64decode(_matching(value, _SIGNATURE), validate=True)
    except binascii.Error:
        raise MalformedRequest("malformed_header") from None


def _signed_text(prefix: str, key: SecretKey, body: bytes) -> bytes:
    return prefix.encode() + text_bytes(key.value) + f"|{zlib.crc32(body)}".encode()


def _is_signed(signer: "RSAPublicKey", signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature as WrongSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        signer.verify(signature, signed, PKCS1v15(), SHA256())
    except WrongSignature:
        return False
    return True
