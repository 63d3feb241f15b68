"""The mode changes there and back while webhooks come, and each of them counts exactly once."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from payment_webhooks import contract
from scripts.local_engine.state import EngineState
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.listener import Listener
from tests.support.system.stored_counts import count_stored
from tests.support.system.system import System, body_of, wait_for

PAUSE_SECONDS = 0.15  # between webhooks
BEFORE_AND_AFTER_SECONDS = 2.0
PER_MODE = 5


@contextmanager
def webhooks(system: System) -> Iterator[list[dict[str, Any]]]:
    """Webhooks that come without a break; those that were answered 200, as they come."""
    accepted: list[dict[str, Any]] = []
    over = threading.Event()
    secret = system.secret("internal")

    def send() -> None:
        while not over.is_set():
            event = in_house_event()
            system.deliver("internal", body_of(event), secret)
            accepted.append(event)
            over.wait(PAUSE_SECONDS)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield accepted
    finally:
        over.set()
        sender.join()


def switch(system: System, mode: str, accepted: list[dict[str, Any]]) -> int:
    """How many webhooks had been accepted when the mode was `mode`."""
    done = system.deploy("--parameter", f"ProcessingMode={mode}", "--allow", "iam,replace")
    assert done.exit_code == 0, done.text
    there = len(accepted)
    wait_for(lambda: len(accepted), lambda now: now >= there + PER_MODE)
    time.sleep(BEFORE_AND_AFTER_SECONDS)
    return there


def started(system: System) -> int:
    """Executions so far."""
    listed = system.client("stepfunctions").list_executions(
        stateMachineArn=system.names.processing_workflow_arn
    )
    return len(listed["executions"])


def test_a_change_of_mode_under_load_loses_and_doubles_nothing(engine: EngineState) -> None:
    system = System(engine, "switch")
    done = system.deploy()
    assert done.exit_code == 0, done.text
    key = f"whsec_{secrets.token_hex(16)}"
    assert system.secrets("internal", "set", "--mode", "live", key=key).exit_code == 0
    listener = Listener(system, "switch-listener").subscribe_to_bus(system.names.event_bus)

    with webhooks(system) as accepted:
        wait_for(lambda: len(accepted), lambda now: now >= PER_MODE)
        switch(system, "workflow", accepted)
        by_machine = started(system)
        switch(system, "queue", accepted)

    assert by_machine >= PER_MODE
    sent = len(accepted)
    wait_for(lambda: count_stored(system).inbox, lambda found: found == {contract.STATUS_PROCESSED: sent})
    stored = count_stored(system)
    assert (stored.ledger_rows, stored.transitions, stored.states) == (sent, sent, {"succeeded": sent})
    assert stored.captured_minor == {"EUR": sum(int(event["amount_minor"]) for event in accepted)}
    told: list[dict[str, Any]] = []

    def look() -> int:
        told.extend(listener.drain())
        return len({each["detail"]["dedupe_id"] for each in told})

    wait_for(look, lambda found: found >= sent)
    assert Counter(each["detail"]["event_id"] for each in told) == Counter(event["id"] for event in accepted)
