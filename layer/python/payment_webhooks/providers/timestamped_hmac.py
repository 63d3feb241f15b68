"""Signatures of Stripe's form: HMAC-SHA256 in hex over `{t}.{body}`, header `t=<Unix seconds>,v1=<hex>[,v1=<hex>...]`.

Source: https://docs.stripe.com/webhooks#verify-manually and stripe 16.1.0 (PyPI), `stripe/_webhook.py`. The
key is the whole `whsec_...` text. We are stricter than Stripe's own library where it accepts what Stripe
never sends: a time in the future, digits that are not plain, several `t`, more `=` in a signature, and
headers without a limit.
"""

import re
from collections.abc import Sequence
from hmac import compare_digest, digest
from typing import Final

from payment_webhooks.endpoints.secret_document import EndpointSecret, live_keys, text_bytes
from payment_webhooks.errors import SIGNATURE_MISMATCH, InvalidSignature, MalformedRequest
from payment_webhooks.headers import Headers, single_header

# Stripe's libraries allow 300 s into the past; each attempt is signed anew, so a retry is never older.
TOLERANCE_SECONDS: Final = 300
MAX_HEADER_CHARACTERS: Final = 4096
MAX_SIGNATURES: Final = 16  # one for each secret that is live at Stripe; two while one is rolled
# Plain, and without a leading zero: Stripe's library signs the number, not the text, and would refuse the signature.
_TIMESTAMP: Final = re.compile(r"[1-9][0-9]{0,11}")


def verify(
    header: str, headers: Headers, body: bytes, secret: EndpointSecret, now_seconds: float, _fetch: object
) -> str:
    """The id of the key that signed; `header` is the signature header's name. Raises as Provider.verify.

    The age is checked before the signature: it costs nothing, and the body may be long.
    """
    timestamp, signatures = _parse(single_header(headers, header))
    keys = live_keys(secret)
    seconds = int(timestamp)
    if seconds < now_seconds - TOLERANCE_SECONDS:
        raise InvalidSignature("timestamp_too_old")
    if seconds > now_seconds + TOLERANCE_SECONDS:
        raise InvalidSignature("timestamp_in_future")
    for key in keys:
        expected = _mac(key.value, timestamp, body).encode()
        for signature in signatures:
            if compare_digest(expected, signature):
                return key.id
    raise InvalidSignature(SIGNATURE_MISMATCH)


def sign(key: str, body: bytes, seconds: int) -> str:
    """The header of a body that is sent at this Unix time."""
    return f"t={seconds},v1={_mac(key, str(seconds), body)}"


def _mac(key: str, timestamp: str, body: bytes) -> str:
    return digest(text_bytes(key), timestamp.encode() + b"." + body, "sha256").hex()


def _parse(header: str) -> tuple[str, Sequence[bytes]]:
    """`t` as it was signed, and every `v1`. Other schemes (`v0`, sent for test events) are ignored."""
    if len(header) > MAX_HEADER_CHARACTERS:
        raise MalformedRequest("header_too_large")
    if not header.isascii():
        raise MalformedRequest("malformed_header")
    if ", " in header or ",\t" in header:  # how a proxy joins two headers of one name; no sender writes it so
        raise MalformedRequest("duplicate_header")
    elements = [element.partition("=") for element in header.split(",")]
    timestamps = [value for name, _, value in elements if name == "t"]
    signatures = [value.encode() for name, _, value in elements if name == "v1"]
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
        raise MalformedRequest("malformed_header")
    if not signatures:
        raise InvalidSignature("no_supported_scheme")
    if len(signatures) > MAX_SIGNATURES:
        raise MalformedRequest("header_too_large")
    if any(b"=" in signature for signature in signatures):
        raise MalformedRequest("malformed_header")
    return timestamps[0], signatures
