"""What a person is shown before webhooks are decided about, and how fast they are written."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from scripts.operations.inbox.dialog import Dialog
from tests.support.scripts.stubs import stubbed

ITEM = {
    "timestamp": "2026-11-21T09:00:00.000000Z",
    "status": "failed",
    "status_reason": "unexpected_KeyError",
    "archive_shard": "2026-11-21#0",
    "fingerprint": "0" * 64,
    "endpoint": "internal",
    "provider": "internal",
    "received_at": "2026-11-21T09:00:00.000000Z",
    "payload": "no json",
    "payload_sha256": "0" * 64,
    "event_id": "1",
}


class Target:
    caller_arn = "arn:aws:iam::111111111111:user/ann"

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def client(self, _service: str) -> Any:
        return self._dynamodb

    def describe(self) -> str:
        return "account 111111111111"


@pytest.fixture
def dynamodb() -> tuple[Any, Stubber]:
    return stubbed("dynamodb")


def dialog(dynamodb: Any, pauses: list[float], dry_run: bool) -> Dialog:
    names: Any = type(
        "Names", (), dict.fromkeys(["inbox_table", "transactions_table", "payload_bucket"], "name")
    )
    environment: Any = type("Environment", (), {"target": Target(dynamodb), "names": names, "suffix": "dev"})
    return Dialog(environment, "replay", "reader mended", True, True, "OPS-1", dry_run, pauses.append)


def stored(number: int) -> dict[str, Any]:
    return {name: {"S": value} for name, value in (ITEM | {"webhookId": f"internal:{number}"}).items()}


@pytest.mark.parametrize("dry_run", [False, True])
def test_ten_of_many_are_shown_and_each_is_written_at_the_rate(
    dynamodb: tuple[Any, Stubber], capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    client, stub = dynamodb
    pauses: list[float] = []
    if not dry_run:  # else nothing is expected: a call fails the test
        stub.add_response("batch_get_item", {"Responses": {"name": [stored(each) for each in range(12)]}})
        for _ in range(12):
            stub.add_response("update_item", {})
    items = [ITEM | {"webhookId": f"internal:{number}"} for number in range(12)]
    dialog(client, pauses, dry_run).decide_all(items, "each is pending again", 12, 20)
    stub.assert_no_pending_responses()
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert lines[:2] == ["replay 12 failed webhooks: each is pending again", "  12 unexpected_KeyError"]
    assert [line.split()[-1] for line in lines if line.startswith("    ")] == [
        f"internal:{n}" for n in range(10)
    ]
    assert pauses == ([] if dry_run else [0.05] * 12)
    answer = json.loads(told.out)
    assert (answer["found"], answer["webhooks"]) == (12, {} if dry_run else {"replayed": 12})


@pytest.mark.parametrize("dry_run", [False, True])
def test_of_one_the_answer_says_whether_it_was_done(
    dynamodb: tuple[Any, Stubber], capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    client, stub = dynamodb
    for _ in range(2):  # of the item, and of its siblings for the preview
        stub.add_response("query", {"Items": [stored(1)]})
    if not dry_run:
        stub.add_response("update_item", {})
    dialog(client, [], dry_run).decide_one("internal:1", ["failed"], None)
    stub.assert_no_pending_responses()
    told = capsys.readouterr()
    assert "replay internal:1 (failed: unexpected_KeyError)" in told.err
    assert ("replayed; the processor gets it" in told.err) is not dry_run
    answer = json.loads(told.out)
    assert (answer["webhook_id"], answer["decision"], answer["done"]) == ("internal:1", "replay", not dry_run)
