"""What `replay` refuses before it asks AWS for anything, and what it says before it reads items."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.command_line.errors import Refused
from scripts.command_line.main import main
from scripts.operations.inbox.search import Filter
from scripts.operations.replay.command import found_by
from tests.support.scripts.stubs import stubbed

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


@pytest.mark.parametrize(("yes", "is_read"), [(False, False), (True, True)])
def test_items_that_no_index_tells_are_read_once_a_person_agreed_to_what_that_takes(
    yes: bool, is_read: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    dynamodb, stub = stubbed("dynamodb")
    entry = {"webhookId": {"S": "stripe:evt_1"}, "timestamp": {"S": "t"}}
    for number in range(10):
        stub.add_response("query", {"Items": [] if number else [entry]})
    stub.add_response("describe_table", {"Table": {"ItemCount": 1_000, "TableSizeBytes": 9_000_000}})
    item = {
        **entry,
        "event_type": {"S": "charge.refunded"},
        "processed_at": {"S": "2026-11-20T09:00:00.000000Z"},
    }
    if is_read:
        stub.add_response("batch_get_item", {"Responses": {"inbox": [item]}})
    target = SimpleNamespace(client=lambda _: dynamodb)
    environment: Any = SimpleNamespace(target=target, names=SimpleNamespace(inbox_table="inbox"))
    day, following = (datetime(2026, 11, number, tzinfo=UTC) for number in (20, 21))
    wanted = Filter("processed", event_type="charge.refunded", since=day, until=following)
    if is_read:
        (found,) = found_by(environment, wanted, yes)
        assert found["event_type"] == "charge.refunded"
    else:
        with pytest.raises(Refused, match="nothing was changed"):
            found_by(environment, wanted, yes)
    stub.assert_no_pending_responses()
    assert "1 webhook would be read, about 3 read units" in capsys.readouterr().err
