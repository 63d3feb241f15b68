"""The mix of webhooks; in a file of its own so that `--help` shows its defaults without loading the library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """Shares are of all webhooks, between 0 and 1.

    body_bytes: a Stripe event of a payment is about 3 kB. paypal_share: these claim two ids along with the
    row. duplicate_share: redeliveries, which end in the receiver.
    """

    body_bytes: int = 3_000
    paypal_share: float = 0.25
    duplicate_share: float = 0.0
