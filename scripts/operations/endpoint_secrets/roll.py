"""The roll of a key, step by step: which step is next is read from the secret and from what each key verified."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from payment_webhooks.endpoints.secret_document import EndpointSecret
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.errors import UsageError
from scripts.operations.endpoint_secrets.key_use import Use

Step = Literal["add", "switch", "wait", "retire"]


class Roll(NamedTuple):
    """`step`: what is next. `key_id`: of the key that it is about, the oldest one; None for `add`.

    add     there is one key: get another one from the provider, and add it
    switch  nothing was verified by the new key yet: the provider must sign with it
    wait    the provider signs with the new key, and something was still verified by the old one within 24 hours
    retire  nothing was: the old one may go
    """

    step: Step
    key_id: str | None
    says: str


def next_step(endpoint: str, secret: EndpointSecret, uses: Mapping[str, Use]) -> Roll:
    """`uses` by key id. Raises UsageError for an endpoint without a key."""
    if not secret.keys:
        first = copyable("endpoint-secrets", "set", "--endpoint", endpoint, "--mode", "live")
        raise UsageError("there is no key to roll", f"give it its first one: {first}")
    newest, oldest = secret.keys[0], secret.keys[-1]
    if len(secret.keys) == 1:
        return Roll(
            "add", None, f"{newest.id} is the only key: the new one comes beside it, and both are in use"
        )
    old = uses[oldest.id]
    if not uses[newest.id].webhooks:
        says = f"nothing was verified by {newest.id} yet: switch the provider to it, or send a test event from there"
        return Roll("switch", oldest.id, says)
    if old.in_a_day:
        came = counted(old.in_a_day, "webhook")
        return Roll(
            "wait", oldest.id, f"{oldest.id} still verified {came} in the last 24 h: come back tomorrow"
        )
    came = counted(uses[newest.id].webhooks, "webhook")
    says = (
        f"{oldest.id} verified nothing in the last 24 h, and {newest.id} {came} in three days: it may go, unless those"
        " were test events, and the provider still signs with the old one"
    )
    return Roll("retire", oldest.id, says)
