"""What is true of a sale at PayPal, as far as it was told."""

from typing import NamedTuple

from tests.support.money import paypal_bodies as paypal


class Truth(NamedTuple):
    """Of the payment. flags: those that may stand; while one does, the amounts need a person."""

    status: str
    dispute_status: str | None = None
    authorized_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    held_minor: int = 0
    net_minor: int = 0
    declined_attempts: int = 0
    flags: frozenset[str] = frozenset()


class Told(NamedTuple):
    body: bytes
    truth: Truth

    def __repr__(self) -> str:
        return f"{paypal.summary(self.body)} -> {tuple(self.truth)}"


class Capture:
    """What is true of one capture, as far as it was told."""

    def __init__(self, amount: int, created: int, final: bool) -> None:
        self.amount, self.created, self.final = amount, created, final
        self.status = "pending"
        self.refunds: dict[str, int] = {}  # those that are done, by their ids
        self.lost = 0  # what the claim has taken, as it says
        self.beside = 0  # what refunds tell of the same loss
        self.held = 0
        self.claim: str | None = None
        self.flags: frozenset[str] = frozenset()

    @property
    def is_done(self) -> bool:
        return self.status == "succeeded"

    @property
    def left(self) -> int:
        return self.amount - sum(self.refunds.values()) - max(0, self.lost - self.beside)

    @property
    def truth(self) -> Truth:
        if self.status != "succeeded":
            return Truth(self.status, declined_attempts=int(self.status == "failed"))
        refunded = sum(self.refunds.values())
        disputed = max(0, self.lost - self.beside)
        held = max(0, self.held - self.beside)
        net = self.amount - refunded - disputed
        return Truth(self.status, self.claim, 0, self.amount, refunded, disputed, held, net, flags=self.flags)
