"""PayPal disputes: what is claimed, how it ended, and what it took from the seller.

Sources: customer_disputes_v1.json of paypal-rest-api-specifications (fields and their words);
https://developer.paypal.com/docs/disputes/disputes-reference (stages: INQUIRY, where buyer and seller talk; the claim
CHARGEBACK; its appeals PRE_ARBITRATION and ARBITRATION); https://www.paypal.com/uk/smarthelp/article/faq665 (while a
dispute, claim or chargeback is open, the funds are held in the seller's account, and released when it is resolved).
"""

from typing import Any, Final

from payment_webhooks.domain import events as words
from payment_webhooks.domain.events import EventFacts, Share
from payment_webhooks.money import Money, from_minor_units
from payment_webhooks.providers.fields import identifier, mapping_or_empty, optional_identifier
from payment_webhooks.providers.paypal.amounts import minor_in, resource_amount

# By who bears the loss: a pay-out is PayPal's own money. Every other outcome, a future one too, is an open
# dispute of which nobody knows what it took: to assume better would overstate what we own.
_OUTCOMES: Final = {
    "RESOLVED_SELLER_FAVOUR": words.DISPUTE_WON,
    "RESOLVED_WITH_PAYOUT": words.DISPUTE_WON,
    "CANCELED_BY_BUYER": words.DISPUTE_WON,
    "DENIED": words.DISPUTE_WON,
    "NONE": words.DISPUTE_WON,
    "RESOLVED_BUYER_FAVOUR": words.DISPUTE_LOST,
    "ACCEPTED": words.DISPUTE_LOST,
}
_PAYPAL_PAYS: Final = "RESOLVED_WITH_PAYOUT"
_INQUIRY: Final = "INQUIRY"
_APPEALS: Final = frozenset({"PRE_ARBITRATION", "ARBITRATION"})
_FEES: Final = frozenset({"DISPUTE_SETTLEMENT_FEE", "DISPUTE_FEE", "CHARGEBACK_FEE"})


def read_dispute(dispute: dict[str, Any]) -> EventFacts:
    """Raises UnreadableEvent."""
    money, raw = resource_amount(dispute.get("dispute_amount"))
    object_id = identifier(dispute.get("dispute_id"), "object_id")
    status, stage = _status(dispute), _stage(dispute)
    first, *further = _shares(dispute, object_id, money, _withdrawn(dispute, status, money.currency))
    return EventFacts(
        object_kind=words.KIND_DISPUTE,
        object_id=object_id,
        status=status,
        transaction_id=first.transaction_id,
        money=from_minor_units(first.amount_minor, money.currency),
        amount_meaning=words.MEANING_CLAIMED,
        amount_provider_raw=raw,
        withdrawn_minor=first.withdrawn_minor,
        occasion=_occasion(dispute, stage, status),
        shares=tuple(further),
    )


def _occasion(dispute: dict[str, Any], stage: str, status: str) -> str | None:
    """The stage of an appeal. v1 (RISK.DISPUTE.CREATED) has no stage: beside an event with one it says nothing."""
    if stage in _APPEALS:
        return stage
    is_unknown = dispute.get("dispute_life_cycle_stage") is None and status == words.DISPUTED
    return words.STAGE_UNKNOWN if is_unknown else None


def _shares(dispute: dict[str, Any], object_id: str, money: Money, withdrawn: int | None) -> list[Share]:
    """What of the dispute is of each payment. One whose payment is not named is a payment of its own, for a person.

    Of several payments each has its own gross amount. Where these are not together what is disputed, they share it by
    them, and PayPal does not say what each has lost.
    """
    gross: dict[str, int | None] = {}
    transactions = dispute.get("disputed_transactions")
    for each in transactions if isinstance(transactions, list) else ():
        named = optional_identifier(mapping_or_empty(each).get("seller_transaction_id"), "transaction_id")
        if named is not None:
            gross[named] = minor_in(mapping_or_empty(each).get("gross_amount"), money.currency)
    if len(gross) < 2:
        # v1 (RISK.DISPUTE.CREATED) names the payment beside the dispute.
        beside = optional_identifier(dispute.get("seller_payment_id"), "transaction_id")
        return [Share(next(iter(gross), beside or object_id), money.amount_minor, withdrawn)]
    weights = {named: amount or 0 for named, amount in gross.items()}
    if None in gross.values() or not any(weights.values()):
        weights = dict.fromkeys(gross, 1)
    told = withdrawn == 0 or withdrawn == money.amount_minor == sum(weights.values())
    shares, left, rest = [], money.amount_minor, sum(weights.values())
    for named, weight in weights.items():
        part = left * weight // rest if rest else 0
        shares.append(Share(named, part, (part if withdrawn else 0) if told else None))
        left, rest = left - part, rest - weight
    return shares


def _status(dispute: dict[str, Any]) -> str:
    open_one = words.INQUIRY if _stage(dispute) == _INQUIRY else words.DISPUTED
    if dispute.get("status") != "RESOLVED":
        return open_one
    return _OUTCOMES.get(str(_outcome(dispute).get("outcome_code")), words.DISPUTED)


def _stage(dispute: dict[str, Any]) -> str:
    return str(dispute.get("dispute_life_cycle_stage"))


def _outcome(dispute: dict[str, Any]) -> dict[str, Any]:
    return mapping_or_empty(dispute.get("dispute_outcome"))


def _withdrawn(dispute: dict[str, Any], status: str, currency: str) -> int | None:
    """What the seller lost by it so far; None where PayPal does not say, as while it is open.

    The movements are the exact truth, where they are told. `amount_refunded` is what the customer got, from the seller
    or from PayPal: the seller's loss where the seller lost.
    """
    moved = _moved(dispute, currency)
    if moved is not None:
        return moved
    if dispute.get("status") != "RESOLVED":
        return None
    outcome = _outcome(dispute)
    refunded = minor_in(outcome.get("amount_refunded"), currency)
    if status == words.DISPUTE_WON:
        nothing = not outcome.get("amount_refunded") or refunded == 0
        return 0 if nothing or outcome.get("outcome_code") == _PAYPAL_PAYS else None
    return refunded if status == words.DISPUTE_LOST else None


def _moved(dispute: dict[str, Any], currency: str) -> int | None:
    """The seller's debits less credits, without PayPal's fees; None where none is told, or one in another currency.

    fund_movements, or money_movements of before, which is deprecated:
    https://developer.paypal.com/api/customer-disputes/v1/definitions/fund_movement_list
    """
    movements = dispute.get("fund_movements") or dispute.get("money_movements")
    total = None
    for each in movements if isinstance(movements, list) else ():
        movement = mapping_or_empty(each)
        if (
            movement.get("party", movement.get("affected_party")) != "SELLER"
            or str(movement.get("reason")) in _FEES
        ):
            continue
        amount = minor_in(movement.get("amount"), currency)
        sign = {"DEBIT": 1, "CREDIT": -1}.get(str(movement.get("type")))
        if amount is None or sign is None:
            return None
        total = (total or 0) + sign * amount
    return None if total is None else max(0, total)
