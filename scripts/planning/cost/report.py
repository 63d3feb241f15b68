"""The bill as JSON and as tables."""

from dataclasses import asdict, astuple
from typing import Any, Final

from scripts.command_line.streams import print_table
from scripts.planning.cost.bill import Bill, Line, PriceList, Span

SHOWN_SHARE: Final = 0.01  # of the whole; what costs less is told as one line


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
        "not_priced": [asdict(entry) for entry in bill.unpriced],
        "prices_not_confirmed_by_aws": prices.unconfirmed,
    }


def print_lines(bill: Bill, span: Span) -> None:
    """The lines of one span that are worth a look, dearest first, what the others come to, and the sum."""
    total = bill.total(span)
    large = [line for line in bill.of(span) if line.usd >= SHOWN_SHARE * total]
    rows = [
        [f"{line.resource} {line.item}".strip(), _quantity(line), f"{line.usd:,.3f}", line.note]
        for line in large
    ]
    left = len(bill.of(span)) - len(large)
    if left:
        rest = total - sum(line.usd for line in large)
        rows.append([f"{left} more", "", f"{rest:,.3f}", f"each under {SHOWN_SHARE:.0%}; --json has all"])
    rows.append(["in all", "", f"{total:,.2f}", ""])
    headings = ["item", "quantity", "USD", "note"]
    print_table(headings, rows, title=f"For {span.value}", numbers=("quantity", "USD"))


def print_services(bill: Bill) -> None:
    """Totals by service, in the order of their names."""
    totals = {span: bill.services(span) for span in Span}
    rows = [
        [name, *(f"{totals[span][name]:,.2f}" if name in totals[span] else "" for span in Span)]
        for name in sorted(set().union(*totals.values()))
    ]
    rows.append(["in all", *(f"{bill.total(span):,.2f}" for span in Span)])
    spans = [span.value for span in Span]
    print_table(["service", *spans], rows, title="US dollars", numbers=spans)


def print_unpriced(bill: Bill) -> None:
    print_table(["not priced", "type", "reason"], [astuple(entry) for entry in bill.unpriced])


def notes(prices: PriceList, region: str) -> str:
    """Date and region of the prices, a warning when `region` is another, and the prices that AWS does not confirm."""
    text = f"List prices of {prices.region}, {prices.dated}, without free tiers, taxes and discounts."
    if region != prices.region:
        text += f" The environment's region is {region}: its prices differ."
    return f"{text}\nNot confirmed by a page or price list of AWS's own: {', '.join(prices.unconfirmed)}."


def _quantity(line: Line) -> str:
    return f"{line.quantity:,.0f}" if line.quantity >= 100 else f"{line.quantity:,.3g}"


def _line_document(line: Line) -> dict[str, Any]:
    return {**asdict(line), "span": line.span.name.lower(), "usd": line.usd}
