"""A round of the deployed canary, and what must hold of it in both modes of processing."""

import base64
import json
from typing import Any

from payment_webhooks import contract
from stacks.function_catalogue import CANARY
from tests.support.system.system import System


def run_canary(system: System) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer of one round, and its line of the log."""
    answer = system.client("lambda").invoke(
        FunctionName=system.names.function(CANARY.folder), Payload=b"{}", LogType="Tail"
    )
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "FunctionError" not in answer, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each["message"] == "canary round"]
    return json.loads(answer["Payload"].read()), line


def check_round(system: System) -> None:
    """One round goes the whole way, and the ledger has nothing of it."""
    answer, line = run_canary(system)
    assert answer["reason"] is None, line
    assert 0 < line[contract.METRIC_CANARY_ACCEPTED] < line[contract.METRIC_CANARY_JUDGED] < 30
    assert answer["judged"] == line[contract.METRIC_CANARY_JUDGED]
    assert line["environment"] == system.suffix
    found = system.trace(answer["webhookId"])
    assert found.inbox_statuses == ("ignored",)
    (item,) = found.inbox
    assert (item["provider"], item[contract.STATUS_REASON]) == ("canary", "type")
    assert found.ledger == ()
    ledger = system.client("dynamodb").scan(TableName=system.names.transactions_table)["Items"]
    assert not [each for each in ledger if each[contract.TRANSACTION_ID]["S"].startswith("canary")]
