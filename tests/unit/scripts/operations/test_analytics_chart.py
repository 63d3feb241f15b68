"""The chart in the terminal: bars in whole numbers, one scale for each currency and meaning."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from payment_webhooks.analytics.query import analytics_query, answer
from payment_webhooks.analytics.transitions import Bucket, Tally
from scripts.command_line.main import main
from scripts.operations.analytics.chart import BAR_WIDTH, bar, chart
from tests.support.library.analytics_records import NOW

BUCKET = Bucket("2026-11-20T06", "stripe", "EUR", "succeeded", "captured")


def drawn(counters: dict[Bucket, Tally], group_by: str = "provider") -> str:
    document = answer(analytics_query("2026-11-20", "2026-11-21", group_by, NOW), counters)
    console = Console(file=io.StringIO(), width=120)
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


def test_the_largest_of_each_currency_has_the_whole_width() -> None:
    text = drawn(
        {
            BUCKET: Tally(3, 300),
            BUCKET._replace(currency="JPY", provider="square"): Tally(1, 1_000_000, 1, 1_000_000),
        }
    )
    lines = text.splitlines()
    assert lines[0].startswith("4 transitions from 2026-11-20T00:00:00Z, before 2026-11-21T00:00:00Z")
    assert [line.split()[:2] for line in lines if "█" * BAR_WIDTH in line] == [
        ["stripe", "3"],
        ["stripe", "3.00"],
        ["square", "1,000,000"],
    ]
    assert "1 of them are not confirmed" in text


def test_nothing_to_draw_is_said() -> None:
    assert drawn({}).startswith("0 transitions")


def test_groups_without_a_value_are_drawn_as_such() -> None:
    text = drawn({BUCKET._replace(currency=None, meaning=None): Tally(2)}, "hour,currency")
    assert "2026-11-20T06Z  -" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "yesterday"], "--from: a whole hour"),
        (["--to", "2026-11-20T00:30:00Z"], "--to: a whole hour"),
        (["--group-by", "customer"], "--group-by: any of"),
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
    assert "hour, day, provider, currency, state, meaning" in text
