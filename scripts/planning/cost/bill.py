"""What a bill is made of: lines with a quantity and a price, and what could not be priced."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scripts.planning.cost.prices import Price


class Span(StrEnum):
    """What a line is for."""

    WEBHOOKS = "a million webhooks"
    MONTH = "a month, however many webhooks"
    KEPT = "each month that a million webhooks are kept"


@dataclass(frozen=True)
class Line:
    """`resource` is told as layer/logical id, `what` says what the quantity counts, `how` where it comes from."""

    resource: str
    what: str
    quantity: float
    price: Price
    span: Span = Span.WEBHOOKS
    how: str = ""

    @property
    def usd(self) -> float:
        return self.price.of(self.quantity)


@dataclass(frozen=True)
class Unpriced:
    """Something that costs, or may cost, and why there is no figure."""

    resource: str
    type: str
    reason: str


@dataclass(frozen=True)
class Bill:
    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]

    def of(self, span: Span) -> list[Line]:
        """Dearest first."""
        return sorted((line for line in self.lines if line.span is span), key=lambda line: -line.usd)

    def total(self, span: Span) -> float:
        return sum(line.usd for line in self.of(span))

    def services(self, span: Span) -> dict[str, float]:
        """Totals by service, dearest first."""
        totals: dict[str, float] = {}
        for line in self.of(span):
            service = line.price.name.split(".")[0]
            totals[service] = totals.get(service, 0.0) + line.usd
        return dict(sorted(totals.items(), key=lambda pair: -pair[1]))


def make_bill(found: Iterable[Line | Unpriced]) -> Bill:
    """Lines of nothing are left out."""
    everything = list(found)
    lines = tuple(each for each in everything if isinstance(each, Line) and each.quantity > 0)
    return Bill(lines, tuple(each for each in everything if isinstance(each, Unpriced)))
