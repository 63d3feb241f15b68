"""A bill: lines with a quantity and a price of prices.toml, and a list of what could not be priced."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

PRICES_FILE: Final = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Price:
    """`usd` for `per` units. name: service and unit, such as "sqs.request". confirmed: "aws" or "others", by whom the
    price is stated.
    """

    name: str
    usd: float
    per: float
    unit: str
    page: str
    source: str
    seen: date
    confirmed: str

    def of(self, quantity: float) -> float:
        """US dollars for so many units."""
        return quantity * self.usd / self.per


@dataclass(frozen=True)
class PriceList:
    """Prices of one region, as of one day, and the types of resources that cost nothing."""

    region: str
    dated: date
    prices: Mapping[str, Price]
    free_types: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Price:
        return self.prices[name]

    @property
    def unconfirmed(self) -> list[str]:
        """Names of the prices that no page or price list of AWS's own was found to state."""
        return sorted(name for name, price in self.prices.items() if price.confirmed != "aws")


def read_prices() -> PriceList:
    document = tomllib.loads(PRICES_FILE.read_text(encoding="utf-8"))
    region, dated, free_types = (document.pop(name) for name in ("region", "dated", "free_types"))
    prices = {
        f"{service}.{item}": Price(f"{service}.{item}", **entry)
        for service, items in document.items()
        for item, entry in items.items()
    }
    return PriceList(region, dated, prices, frozenset(free_types))


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
