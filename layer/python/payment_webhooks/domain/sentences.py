"""Tells people in a sentence what a ledger row changed: for e-mail, and for whoever reads an alert. Pure."""

from typing import Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.corrections import is_correction
from payment_webhooks.domain.effect import Effect, is_left_out, told_amount_minor, vouched_for
from payment_webhooks.domain.facts import CAPTURED, DISPUTED, HELD, REFUNDED, RETOLD, Facts, movements
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import FLAG_OUTSIDE_PROVIDER
from payment_webhooks.money import amount_text

# (what moved, whether it rose) -> what is said of the amount. Money that is held no longer has gone, and that is said,
# or is free, and then its dispute says so.
_MOVED: Final = {
    (CAPTURED, True): "{amount} was captured",
    (CAPTURED, False): "{amount} less is captured than was told before",
    (REFUNDED, True): "{amount} was refunded",
    (REFUNDED, False): "{amount} of a refund has come back, as it failed",
    (DISPUTED, True): "{amount} was withdrawn for a dispute",
    (DISPUTED, False): "{amount} of a dispute has come back",
    (HELD, True): "{amount} is held for a dispute",
    (RETOLD, True): "the refund tells the loss of the dispute, {amount}",
    (RETOLD, False): "the dispute tells the loss of {amount} that a refund told",
}

_LEFT_OUT: Final = "{amount} is of another currency than the payment, and is counted no more"


def sentence(row: LedgerRow, effect: Effect) -> str:
    """What changed, of which payment, and what its state is now: one line of ids, states and amounts.

    >>> sentence(row, effect)
    '1,099.00 USD was captured. Payment stripe:pi_1 is succeeded now: captured 1,099.00 USD, net 1,099.00 USD.'
    """
    said = _corrected(row, effect) if is_correction(row) else _told(row, effect)
    what = "; ".join([said[0][:1].upper() + said[0][1:], *said[1:]])
    doubt = "" if row.confirmed else "Nobody but the webhook itself vouches for this."
    parts = (f"{what}.", _state(row.transaction_id, effect.after), _look(effect.after), doubt)
    return " ".join(filter(None, parts))


def _told(row: LedgerRow, effect: Effect) -> list[str]:
    """What a provider's event changed."""
    said = _moved(row, effect)
    if effect.rise("declined_attempts") > 0:
        said.append(f"an attempt to pay {amount_text(row.amount_minor, row.currency)} was declined")
    if not said or effect.changes_object(words.KIND_DISPUTE):
        said.append(_object(row, told_amount_minor(row, effect)))
    return said


def _moved(row: LedgerRow, effect: Effect) -> list[str]:
    """The movements that the row is told for; of one that nobody vouches for, those that it would make."""
    moved = (
        vouched_for(row, effect)
        if row.confirmed
        else movements(effect.before, effect.after, vouched_for=False)
    )
    return [
        form.format(amount=amount_text(abs(each.minor), each.currency))
        for each in moved
        if (form := _LEFT_OUT if is_left_out(each, effect) else _MOVED.get((each.what, each.minor > 0)))
    ]


def _corrected(row: LedgerRow, effect: Effect) -> list[str]:
    """What a correction is, and what has become of the money."""
    if row.status == words.MERGED and effect.after is None:
        return [f"payment {row.transaction_id} was joined to {row.object_id}, which has all of it now"]
    if row.status == words.MERGED:
        return [f"payment {row.object_id} was joined to this one: they are one payment"]
    what = f"event {row.answers} was {row.status} by a person"
    if row.status == words.CONFIRMED:
        return [what, *_moved(row, effect)]
    return [
        what,
        *(
            f"{amount_text(abs(each.minor), each.currency)} {'more' if each.minor > 0 else 'less'} is {each.what}"
            for each in movements(effect.before, effect.after, vouched_for=False)
            if each.what != RETOLD
        ),
    ]


def _look(facts: Facts | None) -> str:
    """Why a person should look at the amounts, if one should."""
    raised = [
        flag.replace("_", " ") for flag in (facts.flags if facts else ()) if flag != FLAG_OUTSIDE_PROVIDER
    ]
    return f"A person should look: {', '.join(raised)}." if raised else ""


def _object(row: LedgerRow, amount_minor: int | None) -> str:
    """What the row itself told, where no amount says it."""
    kind = f"{row.object_kind.capitalize()} {row.object_id}"
    stage = f" ({row.provider_status})" if row.provider_status else ""
    over = "" if amount_minor is None else f" over {amount_text(amount_minor, row.currency)}"
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
