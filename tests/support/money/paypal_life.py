"""The life of one sale at PayPal, as PayPal tells it: events in its own order, and the truth after each.

Sources: payments_payment_v2.json, checkout_orders_v2.json and customer_disputes_v1.json of
paypal-rest-api-specifications (resources and their statuses), https://developer.paypal.com/api/rest/webhooks/event-names
(what is told), paypal/Checkout-NodeJS-SDK issue 31 (a capture's status while a claim is open). Where these say
nothing, a life is drawn either way: whether and when a claim's loss comes as a refund, too, whether a refund tells the
total, and how many seconds lie between two events.
"""

from typing import Any, Final

from hypothesis import strategies as st

from tests.support.money import paypal_bodies as paypal
from tests.support.money.paypal_truth import Capture, Told, Truth

FEATURES: Final = (
    "order",
    "authorization",
    "reauthorization",
    "void",
    "partial_capture",
    "several_captures",
    "pending",
    "denied",
    "refunds",
    "pending_refunds",
    "failed_refunds",
    "inquiry",
    "claim",
    "settled",
    "won",
    "reversal",
    "appeal",
    "claim_over_several",
    "told_while_open",
    "refunds_after_claims",
)
CLAIMS: Final = frozenset({"inquiry", "claim", "settled", "won", "reversal", "appeal", "claim_over_several"})
_CLAIMS: Final = ("disputed", "inquiry", "dispute_lost", "dispute_won")
_STATUSES: Final = {"pending": "PENDING", "succeeded": "COMPLETED", "failed": "DECLINED"}
OVERLAP: Final = "refund_dispute_overlap"


class PayPalLife:
    """One sale. Every method is something that happens to it, and tells PayPal's events of it."""

    def __init__(self, draw: st.DrawFn, features: frozenset[str]) -> None:
        self.draw, self.features = draw, features
        self.told: list[Told] = []
        self.now = 0
        self.total = draw(st.integers(2, 9)) * 100
        self.captures: dict[str, Capture] = {}
        self.order_status: str | None = None
        self.authorizations: dict[str, tuple[int, int]] = {}  # amount, and when it was made
        self.left = 0  # to capture of what was authorized
        self.base: str | None = None  # what is true of the authorizations when nothing is left
        self.names = draw(st.booleans())  # where its resources come from in `related_ids`, else in links

    def has(self, *features: str) -> bool:
        """Whether one of them is asked for, and chosen."""
        return bool(self.features & set(features)) and self.draw(st.booleans())

    def later(self, least: int = 0) -> int:
        self.now += max(least, self.draw(st.sampled_from([0, 1, 7, 3600])))
        return self.now

    def tell(self, event_type: str, resource: dict[str, Any]) -> None:
        kind = event_type.split(".")[1].lower()
        body = paypal.event(len(self.told), event_type, kind, resource, self.now)
        self.told.append(Told(body, self.truth))

    @property
    def truth(self) -> Truth:
        each = [capture.truth for capture in self.captures.values()]
        numbers = {
            name: sum(getattr(truth, name) for truth in each)
            for name in Truth._fields
            if name.endswith(("_minor", "_attempts"))
        }
        claims = {truth.dispute_status for truth in each}
        return Truth(
            **numbers
            | {
                "status": self.status({truth.status for truth in each}, numbers),
                "dispute_status": next((claim for claim in _CLAIMS if claim in claims), None),
                "authorized_minor": self.left,
                "flags": frozenset[str]().union(*(truth.flags for truth in each)),
            }
        )

    @property
    def captured_minor(self) -> int:
        return sum(each.amount for each in self.captures.values() if each.is_done)

    def status(self, captures: set[str], numbers: dict[str, int]) -> str:
        captured, refunded = numbers["captured_minor"], numbers["refunded_minor"]
        if captured:
            return (
                "succeeded" if not refunded else "partially_refunded" if refunded < captured else "refunded"
            )
        if self.left:
            return "authorized"
        told = [status for status in ("pending", "failed") if status in captures]
        if self.base == "canceled" and told == ["failed"]:
            return "canceled"
        return next(iter([*told, *filter(None, [self.base, self.order_status])]))

    def origin(self, authorization: str | None) -> paypal.Object:
        """What tells that a resource is of the order, or of an authorization."""
        if self.names:
            return paypal.named("ORDER", authorization)
        path = f"payments/authorizations/{authorization}" if authorization else "checkout/orders/ORDER"
        return {"supplementary_data": {}} | paypal.linked(path)

    # -- orders and authorizations

    def order(self, status: str, event_type: str, **payments: list[paypal.Object]) -> None:
        sole = len(payments.get("captures", [])) == 1 and event_type == "COMPLETED"
        if not sole:  # one that names its only capture is told as that
            self.order_status = {"APPROVED": "pending", "COMPLETED": "closed", "VOIDED": "canceled"}[status]
        resource = paypal.order("ORDER", status, self.total, 0, **payments)
        self.tell(f"CHECKOUT.ORDER.{event_type}", resource)

    def authorize(self, identity: str, amount: int) -> None:
        """Another one renews that before it."""
        self.authorizations[identity] = amount, self.now
        self.left = amount
        self.tell_authorization(identity, "CREATED")

    def void(self, identity: str, ends: bool = True) -> None:
        if ends:
            self.left, self.base = 0, "canceled"
        self.tell_authorization(identity, "VOIDED", "VOIDED")

    def tell_authorization(self, identity: str, status: str, event_type: str = "CREATED") -> None:
        amount, created = self.authorizations[identity]
        resource = paypal.authorization(identity, status, amount, created, self.now, **self.origin(None))
        self.tell(f"PAYMENT.AUTHORIZATION.{event_type}", resource)

    # -- captures

    def capture(self, identity: str, amount: int, final: bool = True) -> None:
        capture = self.captures[identity] = Capture(amount, self.later(), final)
        before, self.left = self.left, 0 if final else max(0, self.left - amount)
        if self.has("pending"):
            self.tell_capture(identity, "PENDING")
            self.later()
        if self.has("denied"):
            capture.status = "failed"
            self.left = before
            self.tell_capture(identity, "DENIED", self.draw(st.sampled_from(["DECLINED", "FAILED"])))
            return
        capture.status = "succeeded"
        self.tell_capture(identity, "COMPLETED")

    def tell_capture(self, identity: str, event_type: str, status: str | None = None) -> None:
        self.tell(f"PAYMENT.CAPTURE.{event_type}", self.shown(identity, status or event_type))

    def shown(self, identity: str, status: str) -> paypal.Object:
        capture = self.captures[identity]
        changes = self.origin(max(self.authorizations, default=None)) | {"final_capture": capture.final}
        return paypal.capture(identity, status, capture.amount, capture.created, self.now, **changes)

    # -- refunds

    def refund(self, identity: str) -> None:
        capture = self.captures[identity]
        amount = self.draw(st.sampled_from([capture.left, (capture.left + 1) // 2, 1]))
        if not capture.left:
            return
        name, created = f"R-{len(self.told)}", self.later(1)
        if self.has("pending_refunds"):
            self.tell_refund(name, identity, amount, created, "REFUND.PENDING", "PENDING")
            self.later()
        done = "failed_refunds" not in self.features or self.draw(st.booleans())
        if done:
            capture.refunds[name] = amount
            self.tell_refund(name, identity, amount, created, "CAPTURE.REFUNDED", "COMPLETED")
            self.later()
        if not done or self.has("failed_refunds"):
            capture.refunds.pop(name, None)
            self.tell_refund(name, identity, amount, created, "REFUND.FAILED", "FAILED")

    def tell_refund(
        self, name: str, identity: str, amount: int, created: int, event_type: str, status: str
    ) -> None:
        resource = paypal.refund(name, identity, status, amount, created, self.now)
        if status == "COMPLETED" and self.draw(st.booleans()):
            total = sum(self.captures[identity].refunds.values())
            resource["seller_payable_breakdown"] = {"total_refunded_amount": paypal.money(total)}
        self.tell(f"PAYMENT.{event_type}", resource)

    # -- claims

    def claim(self, over: list[str]) -> None:
        """A claim from its beginning to its end, over the whole of several captures, or over some of one."""
        amounts = {name: self.captures[name].left for name in over}
        if len(over) == 1:
            left = amounts[over[0]]
            amounts[over[0]] = self.draw(st.sampled_from([left, (left + 1) // 2]))
        if not any(amounts.values()):
            return
        told = self.open_claim(amounts)
        if self.has("told_while_open"):
            self.later()
            self.tell_capture(over[0], "COMPLETED", "PARTIALLY_REFUNDED")
        part = "settled" in self.features and len(over) == 1
        loss = {name: (each + 1) // 2 if part else each for name, each in amounts.items()}
        was_reversed, won = self.has("reversal"), self.has("won")
        if was_reversed:
            self.reverse(loss)
        self.resolve(told, loss, won, was_reversed)
        if not won:
            self.after_loss(told, loss, was_reversed)

    def open_claim(self, amounts: dict[str, int]) -> paypal.Object:
        created = self.later(1)
        gross = {name: self.captures[name].amount for name in amounts}
        stage = "INQUIRY" if self.has("inquiry") else "CHARGEBACK"
        told = paypal.dispute("PP-1", gross, stage, sum(amounts.values()), created, self.now)
        self.hold("inquiry" if stage == "INQUIRY" else "disputed", amounts)
        self.tell("CUSTOMER.DISPUTE.CREATED", told)
        if stage == "INQUIRY" and self.draw(st.booleans()):
            told |= {"dispute_life_cycle_stage": "CHARGEBACK", "update_time": paypal.instant(self.later())}
            self.hold("disputed", amounts)
            self.tell("CUSTOMER.DISPUTE.UPDATED", told)
        return told

    def after_loss(self, told: paypal.Object, loss: dict[str, int], was_reversed: bool) -> None:
        if not was_reversed and self.draw(st.booleans()):
            self.reverse(loss)
            was_reversed = True
        if self.has("appeal"):
            changes = {
                "dispute_life_cycle_stage": self.draw(st.sampled_from(["PRE_ARBITRATION", "CHARGEBACK"])),
                "update_time": paypal.instant(self.later(1)),
            }
            for name in loss:
                self.captures[name].claim = "disputed"
            self.tell("CUSTOMER.DISPUTE.UPDATED", told | changes)
            self.resolve(told | changes, loss, self.draw(st.booleans()), was_reversed)

    def hold(self, status: str, amounts: dict[str, int]) -> None:
        for name, amount in amounts.items():
            self.captures[name].held, self.captures[name].claim = amount, status

    def reverse(self, loss: dict[str, int]) -> None:
        """PayPal takes the money of the claim; some tell it as the merchant's refund."""
        event_type = self.draw(st.sampled_from(["CAPTURE.REVERSED", "CAPTURE.REFUNDED"]))
        late = event_type == "CAPTURE.REVERSED" and self.draw(st.booleans())  # by days
        for name, amount in loss.items():
            refund, created = f"V-{name}", self.later(2 * 86_400 if late else 0)
            self.captures[name].refunds[refund] = amount
            self.captures[name].beside += amount
            self.tell_refund(refund, name, amount, created, event_type, "COMPLETED")

    def resolve(self, told: paypal.Object, loss: dict[str, int], won: bool, was_reversed: bool) -> None:
        self.later(1)
        total = sum(loss.values())
        for name, amount in loss.items():
            capture = self.captures[name]
            capture.held, capture.claim = 0, "dispute_won" if won else "dispute_lost"
            capture.lost = 0 if won else amount
            # Whether PayPal puts back what it had reversed is in no webhook.
            capture.flags = frozenset({OVERLAP}) if won and was_reversed else frozenset()
        if won:
            outcome, refunded = self.draw(
                st.sampled_from(
                    [
                        ("RESOLVED_SELLER_FAVOUR", 0),
                        ("RESOLVED_SELLER_FAVOUR", None),
                        ("CANCELED_BY_BUYER", None),
                        ("DENIED", 0),
                        ("RESOLVED_WITH_PAYOUT", total),
                    ]
                )
            )
        else:
            outcome = self.draw(st.sampled_from(["RESOLVED_BUYER_FAVOUR", "ACCEPTED"]))
            refunded = total
        self.tell("CUSTOMER.DISPUTE.RESOLVED", paypal.resolved(told, outcome, refunded, self.now))


@st.composite
def paypal_lives(draw: st.DrawFn, features: frozenset[str]) -> list[Told]:
    """The events of one sale in PayPal's own order; `features` are what may happen to it."""
    life = PayPalLife(draw, features)
    if not _authorize(life):
        return life.told
    rest = life.total - life.captured_minor
    part = rest // 2 if life.has("partial_capture", "several_captures", "claim_over_several") else rest
    several = part < rest and life.has("several_captures", "claim_over_several")
    life.capture("C-1", part, final=not several and draw(st.booleans()))
    if several:
        life.capture("C-2", rest - part, final=draw(st.booleans()))
    _done(life)
    taken = [name for name, each in life.captures.items() if each.is_done]
    if len(taken) > 1 and life.has("claim_over_several"):
        life.claim(taken)
        return life.told
    for name in taken * (3 if {"refunds", "pending_refunds", "failed_refunds"} & features else 0):
        if draw(st.booleans()):
            life.refund(name)
    if taken and CLAIMS & features:
        claimed = draw(st.sampled_from(taken))
        life.claim([claimed])
        if life.has("refunds_after_claims") and not life.captures[claimed].flags:
            life.later(2 * 86_400)
            life.refund(claimed)
    return life.told


def _done(life: PayPalLife) -> None:
    """The order, and an authorization whose event is rendered again, after the captures."""
    if life.has("order"):
        life.later()
        captures = [life.shown(name, _STATUSES[each.status]) for name, each in life.captures.items()]
        life.order("COMPLETED", "COMPLETED", captures=captures)
    if life.captured_minor and life.authorizations and life.has("authorization"):
        life.later(1)
        latest = max(life.authorizations)
        amount, created = life.authorizations[latest]
        taken = [each.amount for each in life.captures.values() if each.is_done and each.created >= created]
        if taken:
            life.tell_authorization(latest, "CAPTURED" if sum(taken) == amount else "PARTIALLY_CAPTURED")


def _authorize(life: PayPalLife) -> bool:
    """The sale until it may be captured; whether it comes to that."""
    if life.has("order"):
        life.order("APPROVED", "APPROVED")
        if life.has("void") and life.has("void"):
            life.later(1)
            life.order("VOIDED", "VOIDED")
            return False
    if life.features & {"authorization", "reauthorization", "void"}:
        life.later()
        life.authorize("A-1", life.total)
        original = "A-1"
        if life.has("reauthorization"):
            original = _renew(life)
        if life.has("void") and life.has("void"):
            life.later(3601)
            life.void(original)
            if original != max(life.authorizations) and life.draw(st.booleans()):
                life.void("A-2")
            return False
    return True


def _renew(life: PayPalLife) -> str:
    """The authorization that is voided where all of it is: the original, unless it ended with its renewal."""
    if life.has("several_captures"):
        life.capture("C-0", 100, final=False)
    life.later(3 * 86_400 + 1)
    most = life.total * 115 // 100 - life.captured_minor
    life.authorize("A-2", life.draw(st.sampled_from([life.total - life.captured_minor, most])))
    if not life.draw(st.booleans()):
        return "A-1"
    life.later()
    life.void("A-1", ends=False)
    return "A-2"
