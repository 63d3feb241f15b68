"""The bill as JSON and as tables."""

from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from scripts.planning.cost.bill import Bill, Line, Span
from scripts.planning.cost.prices import PriceList


def document(bill: Bill, prices: PriceList, per_month: float) -> dict[str, Any]:
    """Every line with its price, source and date; amounts in US dollars."""
    return {
        "currency": "USD",
        "region": prices.region,
        "prices_dated": prices.dated.isoformat(),
        "webhooks_per_month": per_month,
        "totals": {span.name.lower(): bill.total(span) for span in Span},
        "services": {span.name.lower(): bill.services(span) for span in Span},
        "lines": [_line_document(line) for span in Span for line in bill.of(span)],
        "not_priced": [
            {"resource": entry.resource, "type": entry.type, "reason": entry.reason}
            for entry in bill.unpriced
        ],
        "prices_not_confirmed_by_aws": prices.unconfirmed,
    }


def lines_table(bill: Bill, span: Span) -> Table:
    """The lines of one span, dearest first, with their sum."""
    table = _table("resource", "item", title=f"For {span.value}")
    for heading in ("quantity", "USD"):
        table.add_column(heading, justify="right")
    table.add_column("price", overflow="fold")
    table.add_column("note", overflow="fold")
    for line in bill.of(span):
        usd = f"{line.price.usd:.10f}".rstrip("0").rstrip(".")
        price = f"{usd} / {line.price.per:,.0f} {line.price.unit}"
        table.add_row(line.resource, line.item, _quantity(line), f"{line.usd:,.3f}", price, line.note)
    table.add_section()
    table.add_row("", "in all", "", Text(f"{bill.total(span):,.2f}", style="bold"))
    return table


def services_table(bill: Bill) -> Table:
    """Totals by service."""
    table = _table("service", title="US dollars")
    for span in Span:
        table.add_column(span.value, justify="right")
    totals = {span: bill.services(span) for span in Span}
    names = sorted(set().union(*totals.values()), key=lambda name: -_highest(totals, name))
    for name in names:
        table.add_row(name, *(f"{totals[span][name]:,.2f}" if name in totals[span] else "" for span in Span))
    table.add_row("in all", *(f"{bill.total(span):,.2f}" for span in Span), style="bold")
    return table


def unpriced_table(bill: Bill) -> Table:
    table = _table("not priced", "type")
    table.add_column("reason", overflow="fold")
    for entry in bill.unpriced:
        table.add_row(entry.resource, entry.type, entry.reason)
    return table


def notes(prices: PriceList, region: str) -> Text:
    """Date and region of the prices, a warning when `region` is another, and the prices that AWS does not confirm."""
    text = f"List prices of {prices.region}, {prices.dated}, without free tiers, taxes and discounts."
    if region != prices.region:
        text += f" The environment's region is {region}: its prices differ."
    return Text(
        f"{text}\nNot confirmed by a page or price list of AWS's own: {', '.join(prices.unconfirmed)}."
    )


def _highest(totals: dict[Span, dict[str, float]], name: str) -> float:
    return max(services.get(name, 0.0) for services in totals.values())


def _table(*headings: str, title: str | None = None) -> Table:
    return Table(*headings, title=title, title_style="bold", title_justify="left", box=None, pad_edge=False)


def _quantity(line: Line) -> str:
    return f"{line.quantity:,.0f}" if line.quantity >= 100 else f"{line.quantity:,.3g}"


def _line_document(line: Line) -> dict[str, Any]:
    return {
        "resource": line.resource,
        "item": line.item,
        "span": line.span.name.lower(),
        "quantity": line.quantity,
        "usd": line.usd,
        "note": line.note,
        "price": {**asdict(line.price), "seen": line.price.seen.isoformat()},
    }
