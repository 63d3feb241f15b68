"""The price list: prices.toml, read and checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("prices.toml")
CONFIRMED_BY: Final = ("aws", "others")


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


def read_prices(file: Path = FILE) -> PriceList:
    """Raises KeyError, TypeError or ValueError for a file that is not of its form: it is ours."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    region, dated, free_types = (document.pop(name) for name in ("region", "dated", "free_types"))
    prices = {
        f"{service}.{item}": _price(f"{service}.{item}", entry)
        for service, items in document.items()
        for item, entry in items.items()
    }
    return PriceList(region, dated, prices, frozenset(free_types))


def _price(name: str, entry: Mapping[str, Any]) -> Price:
    price = Price(name, **entry)
    if price.usd <= 0 or price.per <= 0:
        raise ValueError(f"{name} costs nothing, or is for nothing")
    if price.confirmed not in CONFIRMED_BY:
        raise ValueError(f"{name}: confirmed is one of {', '.join(CONFIRMED_BY)}")
    return price
