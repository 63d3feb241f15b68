"""The answer about payments as text, 80 columns wide: sums by currency, then bars by group.

Bars are worked out in whole numbers, as sums of money may have more digits than a float.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payment_webhooks.analytics.query import AMOUNTS
from payment_webhooks.money import amount_text
from scripts.command_line.counted import counted

LINE_WIDTH: Final = 80
BAR_WIDTH: Final = 32
_SHORTEST_BAR: Final = 4
_COUNTS: Final = ("payments", "declined_attempts")
# The tables of sums have those that are always there, and of the others what is not 0.
_ALWAYS: Final = frozenset({"payments", "captured_minor", "refunded_minor", "disputed_minor", "net_minor"})
_DRAWN: Final = ("captured_minor", "refunded_minor", "disputed_minor", "net_minor")
_CURRENCIES_IN_A_TABLE: Final = 3
_GAP: Final = 2  # between two columns of rich
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_WHOLE: Final = "█"

Row = tuple[list[str], int, str]


def chart(answer: Mapping[str, Any]) -> RenderableType:
    """`answer` as payment_webhooks.analytics.query makes it."""
    names, groups = answer["group_by"], answer["groups"]
    heading = f"{counted(answer['payments'], 'new payment')} from {answer['from']}, before {answer['to']}"
    if not groups:
        return Text(heading)
    parts: list[RenderableType] = [Text(heading, style="bold"), *_tables_of_sums(groups)]
    counts = [(_labels(names, each), each["payments"], f"{each['payments']:,}") for each in groups]
    parts += [Text("\npayments", style="bold"), _bars(names, counts)]
    for title, rows in _blocks(names, groups):
        parts += [
            Text(f"\n{title}", style="bold"),
            _bars([each for each in names if each != "currency"], rows),
        ]
    return Group(*parts)


def bar(value: int, most: int, width: int = BAR_WIDTH) -> str:
    """As long a part of `width` as `value` is of `most`, whatever its sign; at least a sliver for what is not 0."""
    if not value or most <= 0:
        return ""
    whole, eighths = divmod(max(1, abs(value) * width * 8 // most), 8)
    return _WHOLE * whole + (_EIGHTHS[eighths] if eighths else "")


def _tables_of_sums(groups: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """All groups together; a column for each currency."""
    sums: dict[str, Counter[str]] = {}
    for each in (each for group in groups for each in group["sums"]):
        of_currency = sums.setdefault(each["currency"] or "", Counter())
        of_currency.update({name: each[name] for name in (*_COUNTS, *AMOUNTS)})
    currencies = sorted(sums)
    for start in range(0, len(currencies), _CURRENCIES_IN_A_TABLE):
        shown = currencies[start : start + _CURRENCIES_IN_A_TABLE]
        table = Table(box=None, pad_edge=False)
        table.add_column("", no_wrap=True)
        for currency in shown:
            table.add_column(currency or "-", justify="right", no_wrap=True)
        for name in (*_COUNTS, *AMOUNTS):
            values = [(sums[currency][name], currency) for currency in shown]
            if name in _ALWAYS or any(value for value, _ in values):
                cells = [f"{value:,}" if name in _COUNTS else _amount(value, each) for value, each in values]
                table.add_row(Text(title_of(name)), *map(Text, cells))
        yield table


def _blocks(names: Sequence[str], groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Row]]]:
    """By currency and amount: each has a scale of its own, as no two can be compared."""
    found: dict[tuple[str, str], list[Row]] = {}
    kept = [each for each in names if each != "currency"]
    for group in groups:
        for each in (each for each in group["sums"] if each["currency"]):
            for name in _DRAWN:
                row = _labels(kept, group), each[name], _amount(each[name], each["currency"])
                found.setdefault((each["currency"], name), []).append(row)
    for (currency, name), rows in sorted(
        found.items(), key=lambda item: (item[0][0], _DRAWN.index(item[0][1]))
    ):
        is_captured = name == "net_minor" and rows == found[currency, "captured_minor"]
        if any(value for _, value, _ in rows) and not is_captured:
            yield f"{title_of(name)} {currency}", rows


def _bars(names: Sequence[str], rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    lines = [[*names, ""], *([*labels, shown] for labels, _, shown in rows)]
    used = sum(max(map(len, column)) + _GAP for column in zip(*lines, strict=True))
    width = max(_SHORTEST_BAR, min(BAR_WIDTH, LINE_WIDTH - used))
    most = max((abs(value) for _, value, _ in rows), default=0)
    for labels, value, shown in rows:
        style = "cyan" if value > 0 else "red"
        table.add_row(*map(Text, labels), Text(shown), Text(bar(value, most, width), style=style))
    return table


def _labels(names: Sequence[str], group: Mapping[str, Any]) -> list[str]:
    return [str(group[name] or "-").replace(":00:00Z", "Z") for name in names]


def title_of(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _amount(minor: int, currency: str) -> str:
    """Without the currency, which the title names."""
    return amount_text(minor, currency or None).removesuffix(f" {currency}")
