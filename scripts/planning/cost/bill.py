"""A bill: lines with a quantity and a price, and a list of what could not be priced."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scripts.planning.cost.prices import Price


class Span(StrEnum):
    """The period, or the number of webhooks, that a line is for."""

    WEBHOOKS = "a million webhooks"
    MONTH = "a month, however many webhooks"
    STORAGE = "each month that a million webhooks are stored"


@dataclass(frozen=True)
class Line:
    """resource: "nested stack/logical id". item: the thing that `quantity` counts. note: where the quantity is from."""

    resource: str
    item: str
    quantity: float
    price: Price
    span: Span = Span.WEBHOOKS
    note: str = ""

    @property
    def usd(self) -> float:
        return self.price.of(self.quantity)


@dataclass(frozen=True)
class Unpriced:
    """Something that costs, or may cost, without a figure; and the reason."""

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


def make_bill(entries: Iterable[Line | Unpriced]) -> Bill:
    """Lines with a quantity of zero are left out."""
    entries = list(entries)
    lines = tuple(entry for entry in entries if isinstance(entry, Line) and entry.quantity > 0)
    return Bill(lines, tuple(entry for entry in entries if isinstance(entry, Unpriced)))
