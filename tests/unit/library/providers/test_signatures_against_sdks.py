"""What the library accepts as signed, the provider's own SDK accepts, too: thousands of headers, true and not quite.

Stripe's and Square's SDKs answer themselves. PayPal has no SDK that checks signatures here; RFC 8017 stands in for it,
in ten lines that share nothing with the library.
"""

import base64
import hashlib
import hmac
import zlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from square.utils.webhooks_helper import verify_signature
from stripe import SignatureVerificationError, WebhookSignature

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.errors import InvalidSignature, MalformedRequest
from payment_webhooks.providers.paypal import signature as paypal
from payment_webhooks.providers.paypal.provider import SIGNATURE_HEADER, TRANSMISSION_ID_HEADER
from payment_webhooks.providers.square import provider as square
from payment_webhooks.providers.stripe import provider as stripe
from scripts.provider_simulator.local_authority import make_authority
from tests.support.library.providers import verify

NOW = 1_760_000_000
KEY, OTHER_KEY = "whsec_right", "whsec_wrong"
URL = "https://hooks.example.com/v1/webhook/square"
SECRET = EndpointSecret(mode="test", keys=(SecretKey("key", KEY),), notification_url=URL)
BODIES = st.sampled_from(['{"id":"evt_1"}', '{"n": "é😀"}\r\n', "\ufeff{}", " {}", "not json"]) | st.text(
    st.characters(codec="utf-8"), min_size=1, max_size=40
)
AUTHORITY = make_authority("test", datetime.fromtimestamp(NOW, UTC))
PAYPAL_SECRET = SECRET._replace(
    certificates=AUTHORITY.certificates,
    trust_anchors=AUTHORITY.trust_anchors,
    keys=(SecretKey("key", "WH-1"),),
)


def refusal(
    provider: str, headers: dict[str, str], body: bytes, secret: EndpointSecret = SECRET
) -> str | None:
    """The reason; None when it is accepted."""
    try:
        verify(provider, tuple(headers.items()), body, secret, NOW, lambda url: b"")
    except (InvalidSignature, MalformedRequest) as refused:
        return refused.reason
    return None


def mac(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()


@st.composite
def stripe_headers(draw: st.DrawFn, body: str) -> str:
    """Elements of a Stripe-Signature, mostly right, in any order and number."""
    seconds = draw(st.sampled_from([NOW, NOW, NOW - 300, NOW - 301, NOW + 300, NOW + 301]))
    written = draw(st.sampled_from(["{}", "{}", "{}", "0{}", "00{}", "+{}", " {}", "{} ", "{}.0", "-{}"]))
    time = draw(
        st.sampled_from([written.format(seconds), "1_760_000_000", "１７６００００００", ""])
        | st.just(written.format(seconds))
    )
    signed = draw(st.sampled_from([time, str(seconds)]))
    right = mac(draw(st.sampled_from([KEY, KEY, KEY, OTHER_KEY])), f"{signed}.{body}").hex()
    elements = [f"t={time}", f"v1={right}"]
    elements += draw(
        st.lists(
            st.sampled_from(
                [
                    "v0=00",
                    "v1=",
                    "v1=00",
                    f"v1={right[:-1]}",
                    f"v1={right.upper()}",
                    f"v1={right}=",
                    f"t={NOW}",
                    "t",
                    "x=y=z",
                    "",
                ]
            ),
            max_size=2,
        )
    )
    return draw(st.sampled_from([",", ",", ", "])).join(draw(st.permutations(elements)))


def stripe_accepts(body: str, header: str) -> bool:
    """Without the age, for which the SDK looks at the clock."""
    try:
        WebhookSignature.verify_header(body, header, KEY)
    except SignatureVerificationError:
        return False
    return True


@settings(max_examples=1000)
@given(st.data(), BODIES)
def test_stripe(data: st.DataObject, body: str) -> None:
    header = data.draw(stripe_headers(body))
    reason = refusal("stripe", {stripe.SIGNATURE_HEADER: header}, body.encode())
    if reason is None:
        assert stripe_accepts(body, header)
    elif stripe_accepts(body, header):
        # a time that is too far off, that is not plain, or is there twice; `=` after v1; two headers joined
        assert reason in ("timestamp_too_old", "timestamp_in_future", "malformed_header", "duplicate_header")


@settings(max_examples=1000)
@given(st.data(), BODIES)
def test_square(data: st.DataObject, body: str) -> None:
    """Equal but for the empty body, which Square's SDK refuses unseen and Square never sends."""
    url = data.draw(st.sampled_from([URL, URL, URL, f"{URL}/", URL.upper(), ""]))
    key = data.draw(st.sampled_from([KEY, KEY, KEY, OTHER_KEY]))
    right = base64.b64encode(mac(key, url + body)).decode()
    altered = [
        right,
        right,
        right[:-1],
        f"{right}=",
        right.lower(),
        right.replace("+", "-").replace("/", "_"),
        right[1:],
    ]
    header = data.draw(st.sampled_from([*altered, mac(key, url + body).hex(), "A", "===="]))
    accepted = refusal("square", {square.SIGNATURE_HEADER: header}, body.encode()) is None
    expected = verify_signature(
        request_body=body, signature_header=header, signature_key=KEY, notification_url=URL
    )
    assert accepted == expected


def is_signed(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    """RFC 8017, 8.2.2: RSASSA-PKCS1-v1_5, with the DigestInfo of SHA-256 of its note 1 in 9.2."""
    numbers, size = key.public_numbers(), key.key_size // 8
    found = pow(int.from_bytes(signature), numbers.e, numbers.n).to_bytes(size)
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(text).digest()
    return (
        len(signature) == size
        and found == b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
    )


@settings(max_examples=200)
@given(st.data(), BODIES)
def test_paypal(data: st.DataObject, text: str) -> None:
    body = text.encode()
    time = "2025-10-09T08:53:20Z"
    crc = zlib.crc32(body)
    parts = ["transmission-1", time, "WH-1", str(crc)]
    wrong = [
        ["transmission-2"],
        [time.replace("Z", "+00:00")],
        ["WH-2"],
        [f"{crc:08x}", f"0{crc}", str(crc ^ 1)],
    ]
    signed = [
        data.draw(st.sampled_from([right] * 4 + others)) for right, others in zip(parts, wrong, strict=True)
    ]
    signature = AUTHORITY.signer_key.sign("|".join(signed).encode(), PKCS1v15(), SHA256())
    signature = data.draw(
        st.sampled_from([signature] * 4 + [signature[1:], signature + b"\x00", b"\x00" + signature])
    )
    headers = {
        paypal.CERTIFICATE_URL_HEADER: AUTHORITY.certificate_url,
        paypal.ALGORITHM_HEADER: "SHA256withRSA",
        TRANSMISSION_ID_HEADER: parts[0],
        paypal.TRANSMISSION_TIME_HEADER: time,
        SIGNATURE_HEADER: base64.b64encode(signature).decode(),
    }
    accepted = refusal("paypal", headers, body, PAYPAL_SECRET) is None
    assert accepted == is_signed(AUTHORITY.signer_key.public_key(), signature, "|".join(parts).encode())
