"""The price list, and how a bill adds up."""

from datetime import date

import pytest

from scripts.planning.cost.bill import Line, Price, PriceList, Span, Unpriced, make_bill, read_prices


def test_every_price_is_dated_and_has_a_source() -> None:
    prices = read_prices()
    assert prices.region == "us-east-1"
    assert all(price.seen <= prices.dated for price in prices.prices.values())
    assert all(price.page.startswith("https://aws.amazon.com/") for price in prices.prices.values())
    assert all(price.source and price.confirmed in ("aws", "others") for price in prices.prices.values())
    assert all(price.usd > 0 and price.per > 0 for price in prices.prices.values())
    assert "sqs.request" in prices.unconfirmed
    assert "lambda.request" not in prices.unconfirmed


def test_a_bill_adds_up() -> None:
    price = Price("a.b", 2.0, 10, "x", "p", "s", date(2026, 1, 1), "aws")
    other = Price("c.d", 1.0, 1, "x", "p", "s", date(2026, 1, 1), "others")
    bill = make_bill(
        [
            Line("r", "few", 5, price),
            Line("r", "many", 50, price),
            Line("r", "none", 0, price),
            Line("r", "monthly", 3, other, Span.MONTH),
            Unpriced("u", "T", "why"),
        ]
    )
    assert [entry.item for entry in bill.of(Span.WEBHOOKS)] == ["many", "few"]
    assert bill.total(Span.WEBHOOKS) == pytest.approx(11)
    assert bill.services(Span.MONTH) == {"c": 3.0}
    assert bill.unpriced == (Unpriced("u", "T", "why"),)
    assert PriceList("r", date(2026, 1, 1), {"c.d": other}).unconfirmed == ["c.d"]
