"""What `replay` refuses before it asks AWS for anything."""

import pytest

from scripts.command_line.main import main

ONE = ["replay", "--suffix", "dev", "--ticket", "OPS-1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a webhook's id, or --status"),
        (["stripe:evt_1", "--status", "failed"], "give a webhook's id, or --status"),
        (["stripe:evt_1", "--type", "charge.refunded"], "give a webhook's id, or --status"),
        (["--endpoint", "stripe"], "give a webhook's id, or --status"),
        (["stripe:evt_1", "--provider", "stripe"], "give a webhook's id, or --status"),
        (["--status", "failed", "--endpoint", "stripe", "--provider", "stripe"], "not both"),
        (["--status", "processed"], "needs --from"),
        (["--status", "processed", "--from", "2026-11-20", "--reason", "mode"], "has no --reason"),
        (["--status", "failed", "--from", "2026-11-20", "--to", "2026-11-01"], "--from is after --to"),
        (["--status", "failed", "--from", "2026-11-20", "--to", "2026-11-19"], "--from is after --to"),
        (["--status", "failed", "--yes"], "--count"),
        (["--status", "ignored"], "ignored"),
        (["--status", "received"], "received"),
        (["--status", "discarded"], "discarded"),
    ],
)
def test_what_can_t_be_meant_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("", [*ONE, *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("ticket", ["", "two words", "a" * 65, "4242424242424242", "T-4242-4242-4242-4242"])
def test_a_ticket_is_short_and_holds_no_card_number(ticket: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("", ["replay", "--suffix", "dev", "--ticket", ticket, "stripe:evt_1"]) == 2
    assert "4242" not in capsys.readouterr().err
