"""python scripts/capacity.py, from its arguments to what it prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.planning.capacity.command import main
from scripts.planning.capacity.report import duration

FAST = [
    *("--service-time", "audit_logger=5+0.1"),
    *("--service-time", "payment_processor=5+1"),
    *("--parameter", "AuditConcurrency=100"),
]


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_load_that_is_sustained(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, *FAST, "--rate", "20", "--spike-factor", "2")
    for name in ("steady", "spike"):
        assert document[name]["saturates_first"] is None
        assert document[name]["done_after_seconds"] == 0
    assert document["spike"]["peak_per_second"] == 40


def test_a_processor_that_is_too_small_saturates_first(capsys: pytest.CaptureFixture[str]) -> None:
    """2 x 10 in 1,005 ms: 19.9 a second. 100 a second for a minute leave 60 * 80.1 to do, at 9.9 a second."""
    document = run_json(
        capsys,
        *FAST,
        *("--service-time", "payment_processor=5+100", "--parameter", "ProcessorConcurrency=2"),
        *("--rate", "10", "--spike-minutes", "1"),
    )
    spike = document["spike"]
    assert spike["saturates_first"] == {"stage": "payment_processor", "limit": "batches at once"}
    capacity = 20 / 1.005
    backlog = 60 * (100 - capacity)
    (processor,) = [stage for stage in spike["stages"] if stage["name"] == "payment_processor"]
    assert processor["peak_backlog"] == pytest.approx(backlog)
    assert spike["done_after_seconds"] == pytest.approx(backlog / (capacity - 10))
    assert processor["service_time"] == "5 + 100 each ms, given"
    assert document["steady"]["saturates_first"] is None


def test_a_thousand_a_second_by_default_but_for_the_audit_trail(capsys: pytest.CaptureFixture[str]) -> None:
    """Its ten at once take 79 each; 13 keep up. The receiver is used to the full, with nothing to spare."""
    document = run_json(capsys, "--rate", "1000", "--spike-factor", "1")
    use = {stage["name"]: stage["use"] for stage in document["steady"]["stages"]}
    assert {name for name, used in use.items() if used > 1} == {"audit_logger"}
    assert use["webhook_receiver"] == pytest.approx(1)
    enough = run_json(capsys, "--rate", "1000", "--spike-factor", "1", "--parameter", "AuditConcurrency=13")
    assert enough["steady"]["saturates_first"] is None


def test_what_never_ends_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "--rate", "500", "--service-time", "audit_logger=1000+1000")
    assert document["steady"]["done_after_seconds"] is None
    assert document["steady"]["saturates_first"]["stage"] == "audit_logger"


def test_the_tables_name_every_stage_and_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--service-time", "audit_logger=1000+1000", "--shards", "2"]) == 0
    shown = capsys.readouterr().out
    stages = ("api", "webhook_receiver", "inbox", "processing_pipe", "audit_logger", "payment_processor")
    for stage in stages:
        assert shown.count(f"\n{stage} ") == 3
    assert "audit_logger saturates first" in shown
    assert "never drains" in shown
    assert "webhook_receiver 15 ms, assumed" in shown
    assert "audit_logger 1000 + 1000 each ms, given" in shown


def test_an_environment_file_sets_parameters(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text("[parameters]\nApiThrottleRate = 3\n")
    document = run_json(capsys, "--environment", str(file), "--rate", "1")
    assert document["spike"]["saturates_first"] == {"stage": "api", "limit": "throttle"}
    assert document["spike"]["refused"] > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--parameter", "Nothing=1"], "there is no parameter 'Nothing'"),
        (["--environment", "none.toml"], "there is no environment file"),
        (["--service-time", "nobody=1"], "there is nothing named 'nobody'"),
        (["--body-bytes", "500000"], "payload bucket"),
    ],
)
def test_a_mistake_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{told}" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "0"],
        ["--paypal-share", "2"],
        ["--spike-minutes", "inf"],
        ["--shards", "0"],
        ["--shards", "-1"],
        ["--body-bytes", "0"],
    ],
)
def test_a_number_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0"), (1e-9, "0.1 ms"), (0.25, "250.0 ms"), (2, "2.0 s"), (90, "1.5 min"), (7200, "2.0 h")],
)
def test_durations_are_told_in_a_fitting_unit(seconds: float, told: str) -> None:
    assert duration(seconds) == told
    assert duration(float("inf")) == "for ever"
