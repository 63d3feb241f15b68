"""Takes each statement away from its role on the local engine, and sees that a call which needs it is denied.

Too long for every run: `tox run -e privilege`. That a statement is needed at all is shown in every run, on the recorded
calls (tests/templates/compute/test_least_privilege.py).
"""

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest

from payment_webhooks import contract
from scripts.local_engine.recorded_calls import read_calls
from scripts.operations.transactions.client import key_in_path
from stacks.evaluation.iam_decisions import Statement, matches, values
from stacks.function_catalogue import (
    ANALYTICS_PROCESSOR,
    AUDIT_DIGEST,
    CANARY,
    INBOX_SWEEPER,
    TRANSACTION_ARCHIVER,
)
from tests.integration.system.test_analytics import stream_records
from tests.integration.system.test_archive import INBOX_AGE_DAYS, append, begin, old_rows, old_webhook
from tests.integration.system.test_audit_digest import told_late
from tests.integration.system.test_inbox_sweeper import lost
from tests.integration.system.test_reconciliation import LARGE, listed_by_square, made, reconcile
from tests.integration.system.test_webhooks import EVENTS, in_house_event
from tests.support.library.transactions import client_of, paid
from tests.support.provider_apis.balance_lists import Books
from tests.support.provider_apis.event_lists import EventLists
from tests.support.system.missing_rights import Taken, allowing, without
from tests.support.system.role_calls import any_key, in_system, read_recording
from tests.support.system.system import System, body_of

LATEST_SECONDS: Final = 75.0  # a container keeps a secret for a minute
PAUSE_SECONDS: Final = 1.0
# One of each for all of a scenario's runs, as a container keeps its address with the secret.
STAND_INS: Final = contextlib.ExitStack()
LONG_NOTE: Final = "a line of an order\n" * 32_000


def send(system: System) -> None:
    for more in ({}, {"note": LONG_NOTE}):
        system.send("internal", body_of({**in_house_event(), **more}))


def process(system: System) -> None:
    """With an event that PayPal would be asked about, and a message that is none."""
    send(system)
    event = json.loads((EVENTS / "paypal" / "capture_completed_published.json").read_bytes())
    system.send("paypal", body_of({**event, "id": f"WH-{secrets.token_hex(8)}"}))
    system.client("sqs").send_message(QueueUrl=system.outputs["ProcessingQueueUrl"], MessageBody="{}")


def tamper(system: System) -> None:
    """A row that goes: the audit logger looks whether a summary has it. And a change that is told late."""
    send(system)
    told_late(system)
    dynamodb, table = system.client("dynamodb"), system.names.transactions_table
    for item in dynamodb.scan(TableName=table)["Items"][:1]:
        dynamodb.delete_item(
            TableName=table, Key={name: item[name] for name in ("transaction_id", "timestamp")}
        )


def sweep(system: System) -> None:
    lost(system, in_house_event())
    invoke(system, INBOX_SWEEPER.folder)


def archive(system: System) -> None:
    old_webhook(system)
    append(system, old_rows(f"old-{secrets.token_hex(4)}"))
    begin(system)
    begin(system, contract.ARCHIVE_WEBHOOKS, INBOX_AGE_DAYS)
    invoke(system, TRANSACTION_ARCHIVER.folder)


def read(system: System) -> None:
    """And ask for a notification."""
    client = client_of(system)
    path = f"/transactions/{key_in_path('internal:order-1')}"
    client.get(path)
    client.get("/transactions", {"status": "succeeded"})
    client.get("/analytics")
    client.call("POST", f"/transactions/{key_in_path(paid(system))}/notify", body=b"{}")


def count(system: System) -> None:
    """With a change that can't be read."""
    send(system)
    records = [each for each in stream_records(system) if "effect" in each["dynamodb"].get("NewImage", {})]
    records[-1]["dynamodb"]["NewImage"]["effect"] = {"S": f"never-{secrets.token_hex(4)}"}
    invoke(system, ANALYTICS_PROCESSOR.folder, {"Records": records[-1:]})


def digest(system: System) -> None:
    invoke(system, AUDIT_DIGEST.folder)


def miss(system: System) -> None:
    """A webhook that came, whose body is compared, and one that never did."""
    square = _square(system)
    system.send("square", body_of(made(square, padding=LARGE)))
    made(square, padding=LARGE)
    reconcile(system)


@cache
def _square(system: System) -> EventLists:
    return STAND_INS.enter_context(listed_by_square(system, Books()))


def invoke(system: System, folder: str, event: Any = None) -> None:
    system.client("lambda").invoke(
        FunctionName=system.names.function(folder), Payload=json.dumps(event or {})
    )


SCENARIOS: Final[Mapping[str, Callable[[System], None]]] = {
    "analytics-processor": count,
    "audit-digest": digest,
    "audit-logger": tamper,
    "canary": lambda system: invoke(system, CANARY.folder),
    "inbox-sweeper": sweep,
    "notification-handler": read,
    "payment-processor": process,
    "pipe-processing": send,
    "reconciler": miss,
    "transaction-api": read,
    "transaction-archiver": archive,
    "webhook-receiver": send,
}


def _enforced(system: System, purpose: str) -> Iterator[Taken]:
    """The statements that a recorded call needs."""
    recorded = [
        (call.action, in_system(call, system.suffix, system.target.account_id, system.region))
        for call in read_recording()
        if call.role == purpose
    ]
    for taken in allowing(system, purpose):
        if any(_is_about(taken.statement, *call) for call in recorded):
            yield taken


def _is_about(statement: Statement, action: str, resource: str) -> bool:
    return action in values(statement["Action"]) and any(
        matches(any_key(str(one)), resource) for one in values(statement["Resource"])
    )


def _denied(system: System, purpose: str, statement: Statement) -> set[str]:
    """The calls that the engine has denied to the role, of those that the statement allows."""
    return {
        f"{call.action} on {call.resource}"
        for call in read_calls(system.engine.folder)
        if not call.allowed
        and call.role == system.names.role(purpose)
        and _is_about(statement, call.action, call.resource)
    }


def _denied_without(system: System, purpose: str, taken: Taken) -> set[str]:
    """What is denied while the scenario runs without the statement; some of the scenario fails, as it should."""
    before = _denied(system, purpose, taken.statement)

    def look() -> set[str]:
        with contextlib.suppress(Exception):
            SCENARIOS[purpose](system)
        return _denied(system, purpose, taken.statement) - before

    with without(system, taken):
        deadline = time.monotonic() + LATEST_SECONDS
        while not (found := look()) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
    return found


@pytest.fixture(scope="module", autouse=True)
def stand_ins() -> Iterator[None]:
    with STAND_INS:
        yield


@pytest.fixture(scope="module", autouse=True)
def canary_sends(system: System) -> None:
    done = system.deploy("--parameter", "SendCanary=true", "--allow", "iam")
    assert done.exit_code == 0, done.text


@pytest.mark.parametrize("purpose", SCENARIOS)
def test_without_a_statement_what_needs_it_is_denied(system: System, purpose: str) -> None:
    enforced = list(_enforced(system, purpose))
    assert enforced
    seen = {taken.number: _denied_without(system, purpose, taken) for taken in enforced}
    print(purpose, {number: sorted(calls)[:2] for number, calls in seen.items()}, flush=True)
    assert [taken.statement for taken in enforced if not seen[taken.number]] == []
