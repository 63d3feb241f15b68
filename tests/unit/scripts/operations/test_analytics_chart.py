"""The chart in the terminal: bars in whole numbers, one scale for each currency and amount."""

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from payment_webhooks.analytics.counted_effects import Bucket, Tally
from payment_webhooks.analytics.query import analytics_query, answer
from scripts.command_line.main import main
from scripts.operations.analytics.chart import BAR_WIDTH, bar, chart
from tests.support.library.analytics_records import NOW

BUCKET = Bucket("2026-11-20T06", "stripe", "EUR", "succeeded")


def drawn(counters: dict[Bucket, Tally], group_by: str = "provider") -> str:
    document = answer(analytics_query("2026-11-20", "2026-11-21", group_by, NOW), counters)
    console = Console(file=io.StringIO(), width=80)
    console.print(chart(document))
    output: Any = console.file
    text: str = output.getvalue()
    return text


@given(st.integers(0, 10**37), st.integers(1, 10**37))
def test_a_bar_is_as_long_as_its_share(value: int, most: int) -> None:
    drawn_bar = bar(min(value, most), most)
    assert len(drawn_bar) <= BAR_WIDTH
    assert bool(drawn_bar) == (value > 0)
    assert len(drawn_bar) - 1 <= min(value, most) * BAR_WIDTH // most <= max(len(drawn_bar), 0)


def test_lengths_of_bars() -> None:
    assert bar(8, 8, width=2) == "██"
    assert bar(5, 8, width=2) == "█▎"
    assert bar(1, 10**9, width=2) == "▏"
    assert bar(0, 8) == bar(0, 0) == ""


def test_a_bar_of_what_was_lost_is_as_long_as_one_of_what_came() -> None:
    assert bar(-8, 8, width=2) == bar(8, 8, width=2)


COUNTERS = {
    BUCKET: Tally(3, captured_minor=30_000, fee_minor=90),
    BUCKET._replace(status="refunded"): Tally(1, captured_minor=1_000, refunded_minor=1_000),
    BUCKET._replace(currency="JPY", provider="square"): Tally(
        1, captured_minor=1_000_000, declined_attempts=2
    ),
}


def test_sums_have_a_column_for_each_currency() -> None:
    lines = drawn(COUNTERS).splitlines()
    assert lines[0] == "5 new payments from 2026-11-20T00:00:00Z, before 2026-11-21T00:00:00Z"
    assert [line.split() for line in lines[1 : lines.index("")]] == [
        ["EUR", "JPY"],
        ["payments", "4", "1"],
        ["declined", "attempts", "0", "2"],
        ["captured", "310.00", "1,000,000"],
        ["refunded", "10.00", "0"],
        ["disputed", "0.00", "0"],
        ["net", "300.00", "1,000,000"],
        ["fee", "0.90", "0"],
    ]


def test_the_largest_of_each_amount_has_the_whole_width() -> None:
    lines = drawn(COUNTERS).splitlines()
    assert [line.split()[:2] for line in lines if "█" * BAR_WIDTH in line] == [
        ["stripe", "4"],
        ["stripe", "310.00"],
        ["stripe", "10.00"],
        ["stripe", "300.00"],
        ["square", "1,000,000"],
    ]
    titles = [after for before, after in pairwise(lines) if not before]
    assert titles == ["payments", "captured EUR", "refunded EUR", "net EUR", "captured JPY"]


def test_every_line_fits_a_terminal_of_80_columns() -> None:
    many = {
        BUCKET._replace(currency=currency, status="partially_refunded"): Tally(-1, captured_minor=-(10**11))
        for currency in ("AUD", "CAD", "EUR", "JPY", "USD")
    }
    text = drawn(many, "hour,provider,currency,status")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "-1,000,000,000.00" in text
    assert "-100,000,000,000  █" in text


def test_nothing_to_draw_is_said() -> None:
    assert drawn({}).startswith("0 new payments")


def test_groups_without_a_value_are_drawn_as_such() -> None:
    text = drawn({BUCKET._replace(currency=None): Tally(2)}, "hour,currency")
    assert "2026-11-20T06Z  -" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--from", "yesterday"],
            "'--from': 'yesterday' is no time of the form YYYY-MM-DD or YYYY-MM-DDTHH.",
        ),
        (["--to", "2026-11-20T00:30"], "'--to': '2026-11-20T00:30' is no time"),
        (["--group-by", "customer"], "--group-by: any of"),
        (["--reconcile", "--group-by", "hour"], "--reconcile takes all hours"),
        (["--reconcile", "--from", "2026-11-20"], "--reconcile takes all hours"),
    ],
)
def test_wrong_usage_names_the_flag(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("analytics", ["--suffix", "dev", "--local", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_help_says_what_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("analytics", ["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "hour, day, provider, currency, status" in text
