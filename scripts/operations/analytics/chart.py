"""The answer about transitions as text with bars: counts first, then each currency and meaning by itself.

Bars are worked out in whole numbers, as sums of money may have more digits than a float.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payment_webhooks.money import amount_text

BAR_WIDTH: Final = 32
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_WHOLE: Final = "█"


def chart(answer: Mapping[str, Any]) -> RenderableType:
    """`answer` as payment_webhooks.analytics_query makes it."""
    names, groups = answer["group_by"], answer["groups"]
    heading = f"{answer['transitions']:,} transitions from {answer['from']}, before {answer['to']}"
    if not groups:
        return Text(heading)
    counts = [(_labels(names, each), each["transitions"], f"{each['transitions']:,}") for each in groups]
    parts: list[RenderableType] = [Text(heading, style="bold"), _table(names, "transitions", counts)]
    for title, rows in _sums(names, groups):
        parts += [Text(f"\n{title}", style="bold"), _table(names, "sum", rows)]
    unconfirmed = sum(each["unconfirmed"] for each in groups)
    if unconfirmed:
        parts.append(
            Text(f"\n{unconfirmed:,} of them are not confirmed: their signature is no MAC (PayPal).")
        )
    parts.append(Text("Sums are of transitions, not balances: see docs/analytics.md."))
    return Group(*parts)


def bar(value: int, most: int, width: int = BAR_WIDTH) -> str:
    """As long a part of `width` as `value` is of `most`; at least a sliver for what is not 0."""
    if value <= 0 or most <= 0:
        return ""
    whole, eighths = divmod(max(1, value * width * 8 // most), 8)
    return _WHOLE * whole + (_EIGHTHS[eighths] if eighths else "")


Row = tuple[list[str], int, str]


def _sums(names: Sequence[str], groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Row]]]:
    """By currency and meaning: each has a scale of its own, as no two can be compared."""
    kinds = sorted(
        {(each["currency"], each["meaning"]) for group in groups for each in group["sums"] if each["amount"]}
    )
    for currency, meaning in kinds:
        rows = [
            (_labels(names, group), each["amount_minor"], amount_text(each["amount_minor"], currency))
            for group in groups
            for each in group["sums"]
            if (each["currency"], each["meaning"]) == (currency, meaning)
        ]
        yield f"{currency} {meaning}", rows


def _table(names: Sequence[str], measure: str, rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=True)
    table.add_column(measure, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max((value for _, value, _ in rows), default=0)
    for labels, value, shown in rows:
        table.add_row(*map(Text, labels), Text(shown), Text(bar(value, most), style="cyan"))
    return table


def _labels(names: Sequence[str], group: Mapping[str, Any]) -> list[str]:
    return [str(group[name] or "-").replace(":00:00Z", "Z") for name in names]
