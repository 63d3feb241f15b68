"""Every error that this library raises on purpose.

WebhookError
├── Rejected                what is not authenticated, or not ours: answered 4xx
│   ├── MalformedRequest    400  a signature header that is missing, repeated or not of its form
│   ├── InvalidSignature    401  well-formed, but not signed by a live secret, or too old
│   ├── UnknownEndpoint     404
│   └── UnusedEndpoint      404  ours, and no key is set: whoever sends there already sends again
├── Unavailable             503  an outage of ours or of a provider: it is tried again, and nothing is lost
└── UnreadableEvent         authentic, but not understood: stored as quarantined, answered 200
"""

from typing import Final


class WebhookError(Exception):
    """Base of all errors of this library. `reason` is a stable code such as SIGNATURE_MISMATCH, safe to log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(WebhookError):
    """The request is refused; `status_code` is the HTTP answer."""

    status_code = 400


class MalformedRequest(Rejected):
    status_code = 400


class InvalidSignature(Rejected):
    status_code = 401


# The reason of one that no live key of its endpoint has signed.
SIGNATURE_MISMATCH: Final = "signature_mismatch"


class UnknownEndpoint(Rejected):
    status_code = 404


class UnusedEndpoint(Rejected):
    status_code = 404


class Unavailable(WebhookError):
    """Something that we need (a secret, a table, a provider, time) was not to be had: 503, so that it is sent again.

    `passes`: it is no fault of the webhook, which waits until it is over, however long that takes. Otherwise attempts
    are counted, and the webhook is given up after the last.
    """

    status_code = 503
    passes = True


class UnreadableEvent(WebhookError):
    """The body is authentic but cannot be understood; it is kept for a person, never dropped and never applied."""
