"""Tells people in a sentence what a ledger row changed: for e-mail, and for whoever reads an alert. Pure."""

from typing import Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import Effect, Facts, movements
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.money import amount_text

# (what moved, whether it rose) -> what is said of the amount.
_MOVED: Final = {
    ("captured_minor", True): "{amount} was captured",
    ("captured_minor", False): "{amount} less is captured than was told before",
    ("refunded_minor", True): "{amount} was refunded",
    ("refunded_minor", False): "{amount} of a refund has come back, as it failed",
    ("disputed_minor", True): "{amount} was withdrawn for a dispute",
    ("disputed_minor", False): "{amount} of a dispute has come back",
}


def sentence(row: LedgerRow, effect: Effect) -> str:
    """What changed, of which payment, and what its state is now: one line of ids, states and amounts.

    >>> sentence(row, effect)
    '1,099.00 USD was captured. Payment stripe:pi_1 is succeeded now: captured 1,099.00 USD, net 1,099.00 USD.'
    """
    said = [
        _MOVED[name, minor > 0].format(amount=amount_text(abs(minor), currency))
        for name, currency, minor in movements(effect.before, effect.after)
    ]
    if effect.rise("declined_attempts") > 0:
        said.append(f"An attempt to pay {amount_text(row.amount_minor, row.currency)} was declined")
    if not said or effect.changes_object(words.KIND_DISPUTE):
        said.append(_object(row))
    what = "; ".join([said[0][:1].upper() + said[0][1:], *said[1:]])
    doubt = "" if row.confirmed else " Nobody but the webhook itself vouches for this."
    return f"{what}. {_state(row.transaction_id, effect.after)}{doubt}".strip()


def _object(row: LedgerRow) -> str:
    """What the row itself told, where no amount says it."""
    kind = f"{row.object_kind.capitalize()} {row.object_id}"
    stage = f" ({row.provider_status})" if row.provider_status else ""
    over = "" if row.amount_minor is None else f" over {amount_text(row.amount_minor, row.currency)}"
    return f"{kind}{over} is {row.status.replace('_', ' ')}{stage}"


def _state(transaction_id: str, facts: Facts | None) -> str:
    if facts is None:
        return ""
    amounts = [
        (name, getattr(facts, f"{name}_minor")) for name in ("captured", "refunded", "disputed", "held")
    ]
    net = facts.captured_minor - facts.refunded_minor - facts.disputed_minor
    told = [(name, minor) for name, minor in amounts if minor]
    listed = ", ".join(
        f"{name} {amount_text(minor, facts.currency)}" for name, minor in [*told, ("net", net)]
    )
    status = facts.status.replace("_", " ")
    return f"Payment {transaction_id} is {status} now" + (f": {listed}." if told else ".")
