"""Does this request come from who it says? One function for all providers."""

from collections.abc import Callable

from payment_webhooks.contract import PROVIDER_INTERNAL, PROVIDER_PAYPAL, PROVIDER_SQUARE, PROVIDER_STRIPE
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.errors import Unavailable
from payment_webhooks.receiving.request import Headers

FetchCertificate = Callable[[str], bytes]


def verify(
    provider: str,
    headers: Headers,
    body: bytes,
    secret: EndpointSecret,
    now_seconds: float,
    fetch_certificate: FetchCertificate,
) -> str:
    """The id of the key that verified the body. It says who sent the body, not whether the body makes sense.

    `headers`: names in lower case, duplicates kept. `body`: the bytes as they came. `now_seconds`: Unix time.
    `fetch_certificate`: from an allowed PayPal URL to PEM; only called for PayPal, after every check that
    needs no certificate, and not for a URL that the secret pins.

    Raises MalformedRequest (a signature header that is missing, repeated or not of its form),
    InvalidSignature (not signed by a live key, or too old), Unavailable (no live key, or no certificate to
    check with), and nothing else, whatever the sender sent.
    """
    # Each provider is imported when it is used: a cold start pays for cryptography on PayPal's endpoint only.
    if provider == PROVIDER_STRIPE:
        from payment_webhooks.providers.stripe import signature as stripe

        return stripe.verify(headers, body, secret, now_seconds)
    if provider == PROVIDER_INTERNAL:
        from payment_webhooks.providers.internal import signature as internal

        return internal.verify(headers, body, secret, now_seconds)
    if provider == PROVIDER_SQUARE:
        from payment_webhooks.providers.square import signature as square

        return square.verify(headers, body, secret)
    if provider == PROVIDER_PAYPAL:
        from payment_webhooks.providers.paypal import signature as paypal

        return paypal.verify(headers, body, secret, now_seconds, fetch_certificate)
    raise Unavailable("unknown_provider")
