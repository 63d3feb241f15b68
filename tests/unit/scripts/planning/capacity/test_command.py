"""python scripts/capacity.py, from its arguments to what it prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.command_line.main import main
from scripts.planning.capacity.report import duration

FAST = (
    "--service-time audit_logger=5+0.1 --service-time payment_processor=5+1 --parameter AuditConcurrency=100"
)


def run_json(capsys: pytest.CaptureFixture[str], arguments: str) -> dict[str, Any]:
    assert main("capacity", [*arguments.split(), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def lowest(document: dict[str, Any]) -> tuple[str, str]:
    return document["limits"][0]["stage"], document["limits"][0]["name"]


def test_a_load_that_is_sustained(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, f"{FAST} --rate 20 --spike-factor 2")
    assert document["spike"] == {"per_second": 40, "seconds": 3600}
    assert document["drained_after_seconds"] == 0
    assert all(backlog["webhooks"] == 0 for backlog in document["backlogs"])
    rates = [limit["per_second"] for limit in document["limits"]]
    assert rates == sorted(rates)
    assert document["sustained_per_second"] == rates[0] > 40


def test_a_processor_that_is_too_small_has_the_backlog(capsys: pytest.CaptureFixture[str]) -> None:
    """2 x 10 in 1,005 ms: 19.9 a second. 100 a second for a minute leave 60 * 80.1 to do, at 9.9 a second."""
    document = run_json(
        capsys,
        f"{FAST} --service-time payment_processor=5+100 --parameter ProcessorConcurrency=2 "
        "--rate 10 --spike-minutes 1",
    )
    assert lowest(document) == ("payment_processor", "batches at once")
    capacity = 20 / 1.005
    (backlog,) = [entry for entry in document["backlogs"] if entry["webhooks"]]
    assert (backlog["stage"], backlog["waits_in"]) == ("payment_processor", "ProcessingQueue")
    assert backlog["webhooks"] == pytest.approx(60 * (100 - capacity))
    assert document["drained_after_seconds"] == pytest.approx(60 * (100 - capacity) / (capacity - 10))
    assert document["service_times"]["payment_processor"] == "5 + 100 each ms, given"
    assert document["service_times"]["webhook_receiver"] == "15 ms, measured locally"


def test_a_thousand_a_second_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """API and receiver are used to the full, with nothing to spare."""
    document = run_json(capsys, "--rate 1000 --spike-factor 1")
    assert document["sustained_per_second"] == 1000
    assert document["drained_after_seconds"] == 0


def test_ten_thousand_a_second_with_the_file_of_black_friday_and_a_quota_raised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = "--environment environments/black-friday.toml --rate 10000 --spike-factor 1"
    assert run_json(capsys, command)["sustained_per_second"] == pytest.approx(
        4000
    )  # of the inbox's 40,000 units
    document = run_json(capsys, f"{command} --table-write-units 100000")
    assert document["sustained_per_second"] == pytest.approx(10_000)


def test_a_time_that_never_ends_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "--rate 500 --service-time audit_logger=1000+1000")
    assert document["drained_after_seconds"] is None
    assert lowest(document) == ("audit_logger", "batches at once")


def test_the_tables_name_every_stage_and_say_which_times_are_assumed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main("capacity", ["--service-time", "audit_logger=1000+1000", "--shards", "2"]) == 0
    output = capsys.readouterr().out
    for stage in ("api", "webhook receiver", "inbox", "processing pipe", "audit logger", "payment processor"):
        assert output.count(f"\n│ {stage}: ") >= 2
    assert "audit_logger is the lowest" in output
    assert "The spike's backlog never drains" in output
    assert "Service times assumed: processing_pipe 20 ms." in output
    (locally,) = [line for line in output.splitlines() if line.startswith("Service times measured locally:")]
    assert "webhook_receiver 15 ms" in locally
    assert "audit_logger" not in locally
    assert "Service times given: audit_logger 1000 + 1000 each ms" in output
    assert "100 at once, 15 ms, measured locally" in output


def test_its_tables_fit_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert main("capacity", ["--rate", "10000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    tables = [line for line in lines if line.startswith("│")]
    assert max(map(len, tables)) <= 80
    assert not any(line.startswith("stage: ") for line in lines)


def test_the_summary_says_when_the_backlog_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    """The API lets 50 of 100 a second through for a minute: 3,000 wait, and 40 a second are to spare."""
    throttled = f"{FAST} --parameter ApiThrottleRate=50 --rate 10 --spike-minutes 1"
    assert main("capacity", throttled.split()) == 0
    output = capsys.readouterr().out
    assert "The spike's backlog is gone 1.2 min after it, at the earliest." in output
    assert main("capacity", [*throttled.split(), "--spike-factor", "2"]) == 0
    assert "Nothing has to wait in the spike." in capsys.readouterr().out


def test_an_environment_file_sets_parameters(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text("[parameters]\nApiThrottleRate = 3\n")
    document = run_json(capsys, f"--environment {file} --rate 1")
    assert lowest(document) == ("api", "throttle")
    assert document["backlogs"][0]["waits_in"] == "the sender"
    assert document["backlogs"][0]["webhooks"] == 7 * 3600
    document = run_json(capsys, f"--parameter ApiThrottleRate=4 --environment {file} --rate 1")
    assert document["backlogs"][0]["webhooks"] == 6 * 3600


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--parameter", "Nothing=1"], "there is no parameter 'Nothing'"),
        (["--environment", "none.toml"], "there is no environment file"),
        (["--service-time", "nobody=1"], "there is nothing named 'nobody'"),
        (["--body-bytes", "500000"], "payload bucket"),
    ],
)
def test_a_mistake_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main("capacity", arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "0"],
        ["--paypal-share", "2"],
        ["--spike-minutes", "inf"],
        ["--rate", "nan"],
        ["--shards", "0"],
        ["--shards", "-1"],
        ["--body-bytes", "0"],
    ],
)
def test_a_number_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main("capacity", arguments) == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 ms"), (0.25, "250.0 ms"), (2, "2.0 s"), (90, "1.5 min"), (7200, "2.0 h")],
)
def test_durations_are_told_in_a_fitting_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text
    assert duration(float("inf")) == "for ever"


@pytest.mark.parametrize("option", ["--rate 1e308", "--rate nan", "--body-bytes 99999999999", "--rate 0"])
def test_a_number_beyond_all_use_is_refused(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main("capacity", option.split()) == 2
    assert "Invalid value" in capsys.readouterr().err
