"""A Stripe payment: what may happen to it, what Stripe then tells, and what is true after each step.

The objects are those of tests/events, and change as Stripe says that they change:
https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/payments/multicapture (captures),
https://docs.stripe.com/refunds, https://docs.stripe.com/disputes/how-disputes-work. An event tells whole seconds, and
the events of one step may be up to a second apart.
"""

import copy
import json
from functools import cache
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from tests.support.library.events import event_document

FIRST_SECOND: Final = 1_760_000_000
Object = dict[str, Any]


class Truth(NamedTuple):
    status: str
    dispute_status: str | None
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    disputed_minor: int
    net_minor: int
    fee_minor: int | None
    declined_attempts: int


class Step(NamedTuple):
    """What Stripe tells of one change, and what is true after it."""

    bodies: tuple[bytes, ...]
    truth: Truth

    def __repr__(self) -> str:
        """Short, as a failing example shows many."""
        events = [json.loads(body) for body in self.bodies]
        told = ", ".join(f"{each['type']}@{each['created'] - FIRST_SECOND}" for each in events)
        return f"{told} -> {tuple(self.truth)}"


@cache
def _example(name: str) -> Object:
    return event_document(f"stripe/{name}")


class StripePayment:
    """One payment, and what is told of it: events of `told` (intent, charge, session, refund)."""

    def __init__(self, draw: st.DrawFn, told: frozenset[str], amount: int) -> None:
        self.draw, self.told, self.amount = draw, told, amount
        self.now = self.latest = FIRST_SECOND
        self.steps: list[Step] = []
        self._bodies: list[bytes] = []
        self._count = 0
        self.base, self.captured, self.left = "pending", 0, 0
        self.declined = 0
        self.refunds: dict[str, Object] = {}
        self.dispute: Object | None = None
        self.several = False  # captures
        self.fee = draw(st.sampled_from([None, 2]))  # of a Connect platform
        self.release = 0  # what amount_refunded counts of the authorisation
        common = {"amount": amount, "application_fee_amount": self.fee}
        self.intent = self._object("pi_succeeded", id="pi_1", latest_charge=None, **common)
        self.charge = self._object("charge_succeeded_no_pi", id="ch_1", payment_intent="pi_1", **common)
        self.session: Object = {"id": "cs_1", "object": "checkout.session", "mode": "payment"}
        self.session |= {"payment_intent": "pi_1", "amount_total": amount, "currency": "usd"}

    def _object(self, name: str, **changes: Any) -> Object:
        common = {"currency": "usd", "customer": None, "created": self.now}
        example: Object = copy.deepcopy(_example(name)["data"]["object"])
        return example | common | changes

    def after(self, least: int = 1) -> None:
        """Time goes on: the next step is at least so many seconds after all events."""
        self.now = self.latest + self.draw(st.integers(least, 3))

    def tell(self, teller: str, event_type: str, told: Object, before: Object | None = None) -> None:
        if teller not in self.told:
            return
        self._count += 1
        second = self.now + self.draw(st.integers(0, 1))
        self.latest = max(self.latest, second)
        data = {"object": told, **({"previous_attributes": before} if before else {})}
        envelope = _example("pi_succeeded") | {"created": second, "type": event_type, "data": data}
        self._bodies.append(json.dumps(envelope | {"id": f"evt_{self._count}"}).encode())

    def end_step(self) -> None:
        if self._bodies:
            self.steps.append(Step(tuple(self._bodies), self.truth))
        self._bodies = []

    @property
    def refunded(self) -> int:
        """What is pending counts where a charge tells it: amount_refunded has it from the beginning."""
        alive = {"succeeded", "pending"} if "charge" in self.told else {"succeeded"}
        return sum(each["amount"] for each in self.refunds.values() if each["status"] in alive)

    @property
    def given_back(self) -> int:
        """Refunds that are done or pending, whoever tells them."""
        alive = ("succeeded", "pending")
        return sum(each["amount"] for each in self.refunds.values() if each["status"] in alive)

    @property
    def truth(self) -> Truth:
        disputed, dispute_status = 0, None
        if self.dispute is not None:
            said = self.dispute["status"]
            won = said in ("won", "warning_closed")
            dispute_status = {
                "won": "dispute_won",
                "warning_closed": "dispute_won",
                "lost": "dispute_lost",
            }.get(said, "inquiry" if said.startswith("warning") else "disputed")
            disputed = 0 if won or said.startswith("warning") else self.dispute["amount"]
        status = self.base
        if self.captured and self.refunded:
            status = "refunded" if self.refunded >= self.captured else "partially_refunded"
        net = self.captured - self.refunded - disputed
        amounts = self.left, self.captured, self.refunded, disputed, net
        fee = self.fee if self.base == "succeeded" else None
        return Truth(status, dispute_status, *amounts, fee, self.declined)

    # What Stripe's objects say of the facts above.

    def tell_intent(self, event: str, status: str, **changes: Any) -> None:
        amounts = {"amount_received": self.captured, "amount_capturable": self.left}
        self.intent = {**self.intent, **amounts, "status": status, **changes}
        self.tell("intent", f"payment_intent.{event}", self.intent)

    def tell_charge(self, event: str, before: Object | None = None, **changes: Any) -> None:
        refunded = self.release + self.given_back
        self.charge = {
            **self.charge,
            "amount_captured": self.captured,
            "amount_refunded": refunded,
            **changes,
        }
        whole = self.captured if self.several else self.amount
        self.charge["refunded"] = bool(self.charge["captured"] and refunded >= whole)
        self.charge["payment_method_details"] = {
            "type": "card",
            "card": {"multicapture": {"status": "available" if self.several else "unavailable"}},
        }
        self.tell("charge", f"charge.{event}", self.charge, before)

    def tell_session(self, event: str, payment_status: str) -> None:
        self.session = {**self.session, "payment_status": payment_status}
        self.tell("session", f"checkout.session.{event}", self.session)

    # What happens.

    def create(self) -> None:
        self.tell_intent("created", "requires_payment_method")
        self.end_step()

    def decline(self, number: int) -> None:
        self.after(2)
        self.base = "failed"
        self.declined += 1
        error: Object = {"type": "invalid_request_error", "code": "payment_intent_payment_attempt_failed"}
        latest = self.intent["latest_charge"]
        if latest is None or "intent" not in self.told or self.draw(st.booleans()):
            latest = f"ch_failed_{number}"
            charge = self.charge
            self.tell_charge("failed", status="failed", captured=False, id=latest, paid=False)
            self.charge = charge
            error = {"type": "card_error", "code": "card_declined", "charge": latest}
        self.tell_intent(
            "payment_failed", "requires_payment_method", last_payment_error=error, latest_charge=latest
        )
        self.end_step()
        if self.draw(st.booleans()):
            self.after()
            self.base = "pending" if "intent" in self.told else "failed"
            self.tell_intent("requires_action", "requires_action")
            self.end_step()

    def give_up(self) -> None:
        self.after()
        self.base = "canceled"
        self.tell_intent("canceled", "canceled")
        if not self.captured:
            self.tell_session("expired", "unpaid")
        self.end_step()

    def pay(self) -> None:
        self.after()
        self.base, self.captured = "succeeded", self.amount
        self.tell_charge("succeeded", status="succeeded", captured=True)
        self.tell_intent("succeeded", "succeeded", latest_charge="ch_1")
        self.tell_session("completed", "paid")
        self.end_step()

    def pay_slowly(self, succeeds: bool) -> None:
        self.after()
        self.base = "pending"
        self.tell_charge("pending", status="pending", captured=True)
        self.tell_intent("processing", "processing", latest_charge="ch_1")
        self.tell_session("completed", "unpaid")
        self.end_step()
        self.after()
        if succeeds:
            self.base, self.captured = "succeeded", self.amount
            self.tell_charge("succeeded", status="succeeded")
            self.tell_intent("succeeded", "succeeded")
            self.tell_session("async_payment_succeeded", "paid")
        else:
            self.base = "failed"
            self.declined += 1
            self.tell_charge("failed", status="failed")
            error = {"type": "card_error", "code": "card_declined", "charge": "ch_1"}
            self.tell_intent("payment_failed", "requires_payment_method", last_payment_error=error)
            self.tell_session("async_payment_failed", "unpaid")
        self.end_step()

    def authorize(self) -> None:
        self.after()
        self.base, self.left = "authorized", self.amount
        self.tell_charge("succeeded", status="succeeded", captured=False)
        self.tell_intent("amount_capturable_updated", "requires_capture", latest_charge="ch_1")
        self.tell_session("completed", "unpaid")
        self.end_step()

    def let_go(self, expires: bool, told_as_refund: bool) -> None:
        """Nothing was captured, and nothing will be."""
        self.after()
        self.base, self.left, self.release = "canceled", 0, self.amount
        if told_as_refund:
            self.tell_release(self.amount, "expired_uncaptured_charge" if expires else None)
        self.tell_charge("expired" if expires else "refunded")
        self.tell_intent("canceled", "canceled")
        self.end_step()

    def tell_release(self, amount: int, reason: str | None = None) -> None:
        """No money leaves the balance by it."""
        refund = self._object("refund_created_pending", id="re_release", amount=amount, reason=reason)
        refund |= {"status": "succeeded", "payment_intent": "pi_1", "charge": "ch_1"}
        refund |= {"created": self.now + self.draw(st.integers(0, 2)), "balance_transaction": None}
        self.tell("refund", "refund.created", refund)

    def capture(self, amount: int, told_as_refund: bool = False) -> None:
        """Once for all: the rest, if any, is released."""
        self.after()
        self.base, self.captured, self.left = "succeeded", amount, 0
        self.release = max(0, self.amount - amount)
        if self.release and told_as_refund:
            self.tell_release(self.release)
        self.tell_charge("captured", captured=True)
        self.tell_intent("amount_capturable_updated", "succeeded")
        self.tell_intent("succeeded", "succeeded")
        self.end_step()

    def capture_a_part(self, amount: int) -> None:
        """More may be captured later."""
        self.after(0)
        self.several = True
        self.captured += amount
        self.left = self.amount - self.captured
        self.tell_charge("updated")
        self.tell_intent("amount_capturable_updated", "requires_capture")
        self.end_step()

    def capture_the_last(self, amount: int) -> None:
        self.after(0)
        self.several = True
        self.base, self.left = "succeeded", 0
        self.captured += amount
        self.tell_charge("updated", captured=True)
        self.tell_charge("captured", {"captured": False}, captured=True)
        self.tell_intent("amount_capturable_updated", "succeeded")
        self.tell_intent("succeeded", "succeeded")
        self.end_step()

    def cancel_the_rest(self, told_as_refund: bool) -> None:
        """Nothing more will be captured after the first part, or parts."""
        self.after()
        release, self.left = self.left, 0
        self.base = "succeeded" if self.captured else "canceled"
        if told_as_refund:
            self.tell_release(release)
        self.tell_intent("canceled", "canceled")
        self.end_step()

    def refund(self, amount: int, status: str) -> str:
        # Of one second nobody can tell which total knows of a failure.
        failed = any(each["status"] in ("failed", "canceled") for each in self.refunds.values())
        self.after(2 if failed else 0)
        name = f"re_{len(self.refunds) + 1}"
        refund = self._object("refund_created_pending", id=name, amount=amount, status=status)
        before = {"amount_refunded": self.charge.get("amount_refunded", 0)}
        self.refunds[name] = refund | {"payment_intent": "pi_1", "charge": "ch_1"}
        self.refunds[name]["balance_transaction"] = "txn_1" if status == "succeeded" else None
        if self.draw(st.booleans()):
            self.tell("refund", "refund.created", self.refunds[name])
            self.tell_charge("refunded", before)
        else:
            self.tell_charge("refunded", before)
            self.tell("refund", "refund.created", self.refunds[name])
        self.end_step()
        return name

    def settle(self, name: str, status: str) -> None:
        self.after(0)
        self.refunds[name] = {**self.refunds[name], "status": status}
        if status == "succeeded":
            self.refunds[name]["balance_transaction"] = "txn_1"
        self.tell("refund", "refund.failed" if status == "failed" else "refund.updated", self.refunds[name])
        self.tell("refund", "charge.refund.updated", self.refunds[name])
        self.end_step()

    def argue(self, status: str, *events: str, amount: int = 0) -> None:
        self.after()
        before = {"status": self.dispute["status"]} if self.dispute else None
        if self.dispute is None:
            self.dispute = self._object("dispute_created", id="du_1", amount=amount, charge="ch_1")
        self.dispute = {**self.dispute, "payment_intent": "pi_1", "status": status}
        for event in self.draw(st.permutations(events)):
            changed = before if event in ("updated", "closed") else None
            self.tell("dispute", f"charge.dispute.{event}", self.dispute, changed)
        self.end_step()
