"""A Square payment's life as Square tells it: bodies made of the published examples, and the truth after each.

Sources: https://developer.squareup.com/docs/payments-api/webhooks (what is sent when), the objects Payment,
PaymentRefund and Dispute of https://developer.squareup.com/reference/square. Where these say nothing, a life is drawn
either way: whether `refunded_money` counts pending refunds, whether the payment is told again when a refund ends, which
of two events of one call comes first, and which of the two objects was written first, some milliseconds apart.
"""

import copy
import json
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from payment_webhooks.timestamps import utc_timestamp
from tests.support.library.events import event_document

FEATURES: Final = (
    "tips",
    "versions",
    "ach",
    "delayed_capture",
    "cancel",
    "outside",
    "refunds",
    "failed_refunds",
)
DISPUTES: Final = ("inquiry", "dispute", "reopened")
MERCHANT, LOCATION, CURRENCY = "6SSW7HV8K2ST5", "S8GWD5R9QB376", "USD"
PAYMENT_ID = "sq-payment"
_FIRST_SECOND = 1_760_000_000
_HELD = {
    "EVIDENCE_REQUIRED",
    "PROCESSING",
    "LOST",
    "ACCEPTED",
}  # the states in which the disputed money is gone
_MEANINGS = {
    "INQUIRY_EVIDENCE_REQUIRED": "inquiry",
    "INQUIRY_PROCESSING": "inquiry",
    "INQUIRY_CLOSED": "dispute_won",
    "EVIDENCE_REQUIRED": "disputed",
    "PROCESSING": "disputed",
    "WON": "dispute_won",
    "LOST": "dispute_lost",
    "ACCEPTED": "dispute_lost",
}


class Truth(NamedTuple):
    """Amounts in minor units. authorized_minor: what may still be captured."""

    status: str
    dispute_status: str | None
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    disputed_minor: int
    net_minor: int
    fee_minor: int | None
    declined_attempts: int
    flags: tuple[str, ...]


class Told(NamedTuple):
    """One event, and the truth as far as Square has told it by then."""

    body: bytes
    truth: Truth

    def __repr__(self) -> str:
        told = json.loads(self.body)
        return f"{told['type']} {json.dumps(told['data']['object'], sort_keys=True)} -> {self.truth}"


class SquareLife:
    """One payment. `draw` decides; every method is something that happens to it, and tells Square's events."""

    def __init__(self, draw: st.DrawFn, features: frozenset[str]) -> None:
        self.draw, self.features = draw, features
        self.told: list[Told] = []
        self.milliseconds = _FIRST_SECOND * 1000
        self.counts_pending = draw(st.booleans())
        self.payment: dict[str, Any] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.told_refunds: dict[str, dict[str, Any]] = {}
        self.told_payment: dict[str, Any] = {}
        self.counted: list[str] = []  # refunds in the refunded_money that was told last

    # -- the payment

    def create(self, source_type: str, status: str) -> None:
        document = event_document("square/payment_updated_completed")["data"]["object"]["payment"]
        amount = self.draw(st.integers(1, 9)) * 100
        self.payment = document | {
            "id": PAYMENT_ID,
            "created_at": self.time(),
            "source_type": source_type,
            "amount_money": _money(amount),
            "total_money": _money(amount),
            "status": status,
        }
        if source_type != "CARD":
            del self.payment["card_details"]
        self.tell_payment("payment.created")

    def change(self, **values: Any) -> None:
        self.payment |= values
        self.tell_payment("payment.updated")

    def tip(self) -> None:
        tip = self.draw(st.integers(1, 50))
        total = self.payment["amount_money"]["amount"] + tip
        self.change(tip_money=_money(tip), total_money=_money(total))

    def less(self) -> None:
        """The seller lowers the amount of what is authorized (capability EDIT_AMOUNT_DOWN)."""
        amount = self.payment["amount_money"]["amount"] - self.draw(st.integers(1, 50))
        self.change(amount_money=_money(amount), total_money=_money(amount), tip_money=_money(0))

    def complete(self) -> None:
        self.change(status="COMPLETED")
        if "versions" in self.features:  # fees, then the customer, come some minutes later
            fee = {"amount_money": _money(30), "effective_at": self.time(), "type": "INITIAL"}
            self.change(processing_fee=[fee], app_fee_money=_money(20))
            self.change(customer_id="CUSTOMER-1")

    # -- refunds

    def refund(self) -> None:
        left = self.captured() - self.gone()
        if not left:
            return
        amount = self.draw(st.sampled_from([left, left, 1, (left + 1) // 2]))
        document = event_document("square/refund_created_pending")["data"]["object"]["refund"]
        identity = f"{PAYMENT_ID}_{len(self.refunds)}"
        self.refunds[identity] = document | {
            "id": identity,
            "payment_id": PAYMENT_ID,
            "amount_money": _money(amount),
            "status": "PENDING",
            "created_at": self.time(),
            "location_id": LOCATION,
        }
        if "versions" in self.features:  # what the app gives back, and what Square does
            fees = [{"amount_money": _money(-3), "type": "INITIAL"}] if self.draw(st.booleans()) else []
            self.refunds[identity] |= {"app_fee_money": _money(2), "processing_fee": fees}
        if self.draw(st.booleans()):
            self.tell_total()
            if self.milliseconds % 1000 < 990 and self.draw(st.booleans()):
                self.milliseconds += 8
                self.refunds[identity]["created_at"] = self.now()
            self.tell_refund(identity, "refund.created")
        else:
            self.tell_refund(identity, "refund.created")
            self.tell_total()

    def settle(self) -> None:
        """One pending refund ends."""
        pending = [identity for identity, refund in self.refunds.items() if refund["status"] == "PENDING"]
        if not pending:
            return
        identity = self.draw(st.sampled_from(pending))
        fails = "failed_refunds" in self.features and self.draw(st.booleans())
        self.refunds[identity]["status"] = (
            self.draw(st.sampled_from(["FAILED", "REJECTED"])) if fails else "COMPLETED"
        )
        self.tell_refund(identity, "refund.updated")
        if self.draw(st.booleans()):
            self.tell_total()

    def tell_total(self) -> None:
        alive = {"COMPLETED", "PENDING"} if self.counts_pending else {"COMPLETED"}
        self.counted = [each for each, refund in self.refunds.items() if refund["status"] in alive]
        total = sum(self.refunds[each]["amount_money"]["amount"] for each in self.counted)
        known = {"refunded_money": _money(total)} if total or self.draw(st.booleans()) else {}
        self.payment.pop("refunded_money", None)
        self.change(refund_ids=list(self.refunds), **known)

    # -- disputes

    def dispute(self) -> None:
        left = self.captured() - self.gone()
        if not left:
            return
        identity = f"D{len(self.disputes)}"
        document = event_document("square/dispute_created")["data"]["object"]["dispute"]
        self.disputes[identity] = document | {
            "id": identity,
            "disputed_payment": {"payment_id": PAYMENT_ID},
            "amount_money": _money(self.draw(st.sampled_from([left, (left + 1) // 2]))),
            "location_id": LOCATION,
            "version": 0,
        }
        asked = "inquiry" in self.features and ("dispute" not in self.features or self.draw(st.booleans()))
        self.tell_dispute(identity, "INQUIRY_EVIDENCE_REQUIRED" if asked else "EVIDENCE_REQUIRED")

    def move(self) -> None:
        """One dispute gets on to a state that may follow."""
        follow: dict[str, list[str]] = {
            "INQUIRY_EVIDENCE_REQUIRED": ["INQUIRY_PROCESSING", "INQUIRY_CLOSED"],
            "INQUIRY_PROCESSING": ["INQUIRY_CLOSED"],
            "EVIDENCE_REQUIRED": ["PROCESSING", "ACCEPTED", "LOST"],
            "PROCESSING": ["WON", "LOST"],
        }
        if "dispute" in self.features:
            for state in [state for state in follow if state.startswith("INQUIRY")]:
                follow[state] = [*follow[state], "EVIDENCE_REQUIRED"]
        if "reopened" in self.features:
            follow |= {"WON": ["EVIDENCE_REQUIRED"], "LOST": ["EVIDENCE_REQUIRED"]}
        open_ones = [identity for identity, dispute in self.disputes.items() if dispute["state"] in follow]
        if not open_ones:
            return
        identity = self.draw(st.sampled_from(open_ones))
        before = self.disputes[identity]
        state = self.draw(st.sampled_from(follow[before["state"]]))
        if before["state"] in ("WON", "LOST"):
            before["due_at"] = self.time()  # a new answer is asked for
        room = self.captured() - self.gone() >= before["amount_money"]["amount"]
        if room or state not in _HELD or before["state"] in _HELD:
            self.tell_dispute(identity, state)

    # -- telling

    def time(self) -> str:
        """A further instant, as Square writes it: some milliseconds or some days later than the last."""
        self.milliseconds += self.draw(st.sampled_from([1, 2, 10, 900, 60_000, 86_400_000]))
        return self.now()

    def now(self) -> str:
        return utc_timestamp(self.milliseconds / 1000)[:-4] + "Z"

    def tell_payment(self, event_type: str) -> None:
        self.payment["updated_at"] = self.time()
        self.told_payment = copy.deepcopy(self.payment)
        self.tell(event_type, "payment", self.payment)

    def tell_refund(self, identity: str, event_type: str) -> None:
        self.refunds[identity]["updated_at"] = self.time()
        self.told_refunds[identity] = dict(self.refunds[identity])
        self.tell(event_type, "refund", self.refunds[identity])

    def tell_dispute(self, identity: str, state: str) -> None:
        dispute = self.disputes[identity]
        dispute |= {"state": state, "updated_at": self.time(), "version": dispute["version"] + 1}
        self.tell(
            "dispute.created" if dispute["version"] == 1 else "dispute.state.updated", "dispute", dispute
        )

    def tell(self, event_type: str, name: str, square_object: dict[str, Any]) -> None:
        document = {
            "created_at": self.now(),
            "data": {"id": square_object["id"], "object": {name: square_object}, "type": name},
            "event_id": f"event-{len(self.told)}",
            "merchant_id": MERCHANT,
            "type": event_type,
        }
        self.told.append(Told(json.dumps(document).encode(), self.truth()))

    # -- the truth

    def captured(self) -> int:
        amount: int = self.told_payment["total_money"]["amount"]
        return amount if self.told_payment["status"] == "COMPLETED" else 0

    def gone(self) -> int:
        """What was given back, is promised, or is held."""
        refunds = [each for each in self.refunds.values() if each["status"] in ("PENDING", "COMPLETED")]
        held = [each for each in self.disputes.values() if each["state"] in _HELD]
        return sum(each["amount_money"]["amount"] for each in [*refunds, *held])

    def truth(self) -> Truth:
        captured = self.captured()
        back = {each for each, refund in self.told_refunds.items() if refund["status"] == "COMPLETED"}
        failed = {
            each for each, refund in self.told_refunds.items() if refund["status"] in ("FAILED", "REJECTED")
        }
        refunded = sum(
            self.refunds[each]["amount_money"]["amount"] for each in (back | set(self.counted)) - failed
        )
        held = [each for each in self.disputes.values() if each["state"] in _HELD]
        disputed = sum(each["amount_money"]["amount"] for each in held)
        meanings = {_MEANINGS[each["state"]] for each in self.disputes.values()}
        order = ("disputed", "inquiry", "dispute_lost", "dispute_won")
        return Truth(
            status=self.status(captured, refunded),
            dispute_status=next((meaning for meaning in order if meaning in meanings), None),
            authorized_minor=self._authorized(),
            captured_minor=captured,
            refunded_minor=refunded,
            disputed_minor=disputed,
            net_minor=captured - refunded - disputed,
            fee_minor=self.fee(back),
            declined_attempts=int(self.told_payment["status"] == "FAILED"),
            flags=("outside_provider",) if self.payment["source_type"] in ("CASH", "EXTERNAL") else (),
        )

    def fee(self, back: set[str]) -> int | None:
        """`back`: the refunds that are done, as far as told."""
        kept = [30 + 20] if "processing_fee" in self.told_payment else []
        told = [self.told_refunds[each] for each in back if "app_fee_money" in self.told_refunds[each]]
        kept += [-2 - 3 * len(each["processing_fee"]) for each in told]
        return sum(kept) if kept else None

    def status(self, captured: int, refunded: int) -> str:
        if captured and refunded:
            return "refunded" if refunded == captured else "partially_refunded"
        names = {"APPROVED": "authorized", "COMPLETED": "succeeded"}
        told: str = self.told_payment["status"]
        return names.get(told, told.lower())

    def _authorized(self) -> int:
        amount: int = self.told_payment["total_money"]["amount"]
        return amount if self.told_payment["status"] == "APPROVED" else 0


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": CURRENCY}


@st.composite
def square_lives(draw: st.DrawFn, features: frozenset[str]) -> list[Told]:
    """The events of one payment in Square's own order; `features` are what may happen to it."""
    life = SquareLife(draw, features)
    if _begin(life):
        happenings = (
            [life.refund, life.settle, life.settle] if {"refunds", "failed_refunds"} & features else []
        )
        happenings += [life.dispute, life.move, life.move] if {"inquiry", "dispute"} & features else []
        if happenings:
            for happening in draw(st.lists(st.sampled_from(happenings), min_size=2, max_size=9)):
                happening()
    return life.told


def _begin(life: SquareLife) -> bool:
    """The payment up to its end; whether money came in."""
    features, draw = life.features, life.draw
    if "ach" in features:
        life.create("BANK_ACCOUNT", "PENDING")
        if draw(st.integers(0, 3)) == 0:
            life.change(status="FAILED")
            return False
    elif "outside" in features:
        life.create(draw(st.sampled_from(["CASH", "EXTERNAL"])), "COMPLETED")
        return True
    else:
        life.create("CARD", "APPROVED")
        if "tips" in features and draw(st.booleans()):
            life.tip()
        if "delayed_capture" in features and draw(st.booleans()):
            life.less()
        if "cancel" in features and draw(st.booleans()):
            life.change(status="CANCELED")
            return False
    life.complete()
    return True
