"""The keys that may verify, and how their text becomes bytes."""

from collections.abc import Sequence

from payment_webhooks.endpoints.secret_document import EndpointSecret, SecretKey
from payment_webhooks.errors import Unavailable


def live_keys(secret: EndpointSecret) -> Sequence[SecretKey]:
    """The keys with a value. An empty one never verifies: anyone can sign with the empty key.

    Raises Unavailable("endpoint_not_configured") when none is left.
    """
    keys = [key for key in secret.keys if key.value.strip()]
    if not keys:
        raise Unavailable("endpoint_not_configured")
    return keys


def text_bytes(text: str) -> bytes:
    """UTF-8, and no error for a lone surrogate: such a key or URL then simply verifies nothing."""
    return text.encode("utf-8", "surrogatepass")
