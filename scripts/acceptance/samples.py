"""A webhook of each provider, new for each run, with the settings of its endpoint and the truth about its payment."""

import json
import secrets
import time
from typing import Final, NamedTuple

from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.project_paths import ROOT
from scripts.provider_simulator.simulator import freshened

EVENTS: Final = ROOT / "tests" / "events"
SQUARE_URL: Final = "https://hooks.example.com/v1/webhook/square"  # as it would be registered at Square


class Sample(NamedTuple):
    """`event`: a file below tests/events, or empty for an in-house payment. `payment`: status, minor units, currency.

    key_settings: flags of `endpoint-secrets set` that make the endpoint expect it.
    """

    event: str
    payment: tuple[str, int, str]
    key_settings: tuple[str, ...]


# By provider; a test asks for one of each provider of the registry.
SAMPLES: Final = {
    "stripe": Sample("stripe/pi_succeeded.json", ("succeeded", 1099, "USD"), ("--mode", "live")),
    "square": Sample(
        "square/payment_updated_completed.json",
        ("succeeded", 100, "USD"),
        ("--mode", "test", "--notification-url", SQUARE_URL),
    ),
    "paypal": Sample(
        "paypal/capture_completed_published.json",
        ("succeeded", 10_000, "USD"),
        ("--mode", "test", "--local-authority"),
    ),
    "internal": Sample("", ("succeeded", 12_500, "EUR"), ("--mode", "live")),
}
UNREADABLE_BODY: Final = b'{"id": "evt_cut_off", "type": "payment_intent.succeeded", "data": {"obj'
IN_HOUSE: Final = "internal"  # the endpoint whose payments a run makes up: nobody else's ids


def sample_body(provider: str) -> bytes:
    """The provider's event under a new id; its payment is the same each time, but for an in-house one."""
    event = SAMPLES[provider].event
    if not event:
        return payment_body()
    return freshened(provider, (EVENTS / event).read_bytes(), time.time())


def payment_body(**fields: object) -> bytes:
    """A new in-house payment of 125.00 EUR that has succeeded, unless `fields` say something else."""
    event = {
        "id": f"acceptance-{secrets.token_hex(8)}",
        "type": "payment",
        "created_at": utc_timestamp(time.time()),
        "transaction_id": f"acceptance-{secrets.token_hex(8)}",
        "amount_minor": 12_500,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "acceptance",
    }
    return json.dumps({**event, **fields}).encode()


def transaction_id(body: bytes) -> str:
    """Of an in-house payment, as the ledger has it."""
    return f"{IN_HOUSE}:{json.loads(body)['transaction_id']}"
