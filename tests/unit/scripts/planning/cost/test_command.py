"""python scripts/cost.py, from its arguments to what it prints."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.main import main
from scripts.command_line.project_paths import ENVIRONMENTS, ROOT


def test_the_tables_show_the_lines_what_is_not_priced_and_how_sure_the_prices_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main("cost", []) == 0
    shown = capsys.readouterr().out
    assert "For a million webhooks" in shown
    assert "For a month, however many webhooks" in shown
    assert "each under 1%; --json has all" in shown
    assert shown.count("metrics watched") < 10 < shown.count("/")
    assert "only what fails goes there" in shown
    assert "Not confirmed by a page or price list of AWS's own: cloudwatch.alarm_metric," in shown


def test_another_region_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "there.toml"
    file.write_text('region = "eu-west-1"\n')
    assert main("cost", ["--environment", str(file)]) == 0
    assert "The environment's region is eu-west-1: its prices differ." in capsys.readouterr().out


def test_a_mistake_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("cost", ["--parameter", "ReceiverMemory=1"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ReceiverMemory=1: less than 128" in captured.err


@pytest.mark.parametrize(
    "arguments", [["--per-month", "0"], ["--duplicate-share", "1"], ["--paypal-share", "-1"]]
)
def test_a_number_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main("cost", arguments) == 2
    assert arguments[0] in capsys.readouterr().err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main("cost", [*arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_page_of_regions_has_the_commands_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Within a twentieth, so that an alarm more does not make it wrong."""
    document = run_json(capsys, "--environment", str(ENVIRONMENTS / "prod.toml"))
    month, total = document["services"]["month"], document["totals"]
    writes = [each for each in document["lines"] if each["price"]["name"] == "dynamodb.write_unit"]
    page = (ROOT / "docs/regions.md").read_text("utf-8")
    told = [
        *re.findall(r"about (\d+) of (\d+) USD are writes", page)[0],
        *re.findall(r"as these are (\d+) million writes", page),
        *re.findall(r"first region's (\d+) USD: .+ \((\d+) USD\) and alarms \((\d+) USD\)", page)[0],
    ]
    assert [float(each) for each in told] == pytest.approx(
        [
            sum(each["usd"] for each in writes),
            total["webhooks"],
            sum(each["quantity"] for each in writes) / 1_000_000,
            total["month"],
            month["network"],
            month["cloudwatch"],
        ],
        rel=0.05,
    )


def test_the_command_gives_every_line_with_its_price(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "--service-time", "webhook_receiver=100", "--per-month", "5000000")
    for span, total in document["totals"].items():
        lines = [entry for entry in document["lines"] if entry["span"] == span]
        assert sum(entry["usd"] for entry in lines) == pytest.approx(total)
        assert sum(document["services"][span].values()) == pytest.approx(total)
    (seconds,) = [
        entry
        for entry in document["lines"]
        if (entry["resource"], entry["item"]) == ("compute/WebhookReceiver", "GB-seconds")
    ]
    assert seconds["note"] == "512 MB for 100 ms, given"
    assert seconds["price"]["seen"]
    assert document["webhooks_per_month"] == 5_000_000
    assert document["not_priced"]


@pytest.mark.parametrize(("mode", "usd"), [("queue", "2.21"), ("workflow", "2.37")])
def test_the_page_of_the_canary_says_what_it_costs_a_month(
    capsys: pytest.CaptureFixture[str], mode: str, usd: str
) -> None:
    given = ["--parameter", f"ProcessingMode={mode}", "--parameter"]
    on, off = (
        run_json(capsys, *given, f"SendCanary={sends}")["totals"]["month"] for sends in ("true", "false")
    )
    assert f"{on - off:.2f}" == usd
    page = (Path(__file__).parents[5] / "docs" / "canary.md").read_text(encoding="utf-8")
    assert f"| {mode} | {usd} |" in page


def test_without_it_nothing_of_the_canary_costs(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_json(capsys)["lines"]
    assert not [line for line in lines if "canary" in line["resource"].lower()]
