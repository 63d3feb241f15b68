"""Webhooks that never came are found at a stand-in for Square's API, and take the way of all others."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from payment_webhooks import contract
from stacks.function_catalogue import RECONCILER
from tests.support.provider_apis.balance_lists import Books
from tests.support.provider_apis.event_lists import SECRET, EventLists, listed_event
from tests.support.provider_apis.server import serving
from tests.support.system.system import System, body_of, processed

MADE_SECONDS_AGO = 1800
LARGE = "x" * 360_000  # its body goes to the payload bucket


@pytest.fixture(scope="module")
def books() -> Books:
    return Books(page_size=50)


@pytest.fixture(scope="module")
def square(system: System, books: Books) -> Iterator[EventLists]:
    with listed_by_square(system, books) as lists:
        yield lists


@contextmanager
def listed_by_square(system: System, books: Books) -> Iterator[EventLists]:
    """What Square's stand-in lists, as the system asks it."""
    lists = EventLists()
    with serving(books.routes() | lists.routes()) as server, NamedTemporaryFile("w") as key:
        key.write(SECRET)
        key.flush()
        api = ("--api-client-id", "reader", "--api-client-secret-file", key.name, "--api-url", server.url)
        done = system.secrets("square", "configure", *api)
        assert done.exit_code == 0, done.text
        yield lists


def made(square: EventLists, **changes: Any) -> dict[str, Any]:
    """A payment of its own, made at the provider."""
    event = listed_event(
        "square/payment_updated_completed", f"ev-{uuid.uuid4().hex}", time.time() - MADE_SECONDS_AGO
    )
    event["data"]["id"] = event["data"]["object"]["payment"]["id"] = uuid.uuid4().hex
    square.square.append(event | changes)
    return event | changes


def reconcile(system: System, *arguments: str, since: str = "") -> tuple[int, dict[str, Any]]:
    since = since or f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    done = system.run(
        "reconcile.py",
        *("--suffix", system.suffix, "--local", "--provider", "square", "--from", since, "--json"),
        *arguments,
    )
    assert done.exit_code in (0, 1), done.text
    (found,) = json.loads(done.stdout)["endpoints"]
    return done.exit_code, found


def scheduled_run(system: System) -> dict[str, Any]:
    """The line that it wrote about Square."""
    answer = system.client("lambda").invoke(
        FunctionName=system.names.function(RECONCILER.folder), Payload=b"{}", LogType="Tail"
    )
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "FunctionError" not in answer, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (found,) = [each for each in lines if each.get("endpoint") == "square" and "missed" in each]
    line: dict[str, Any] = found
    return line


def test_what_never_came_is_found_fed_and_applied_once(system: System, square: EventLists) -> None:
    came = [made(square), made(square, padding=LARGE)]
    for event in came:
        assert system.send("square", body_of(event)).body["status"] == "accepted"
    missed = [made(square), made(square, padding=LARGE), made(square)]
    names = {f"square:{event['event_id']}" for event in missed}

    code, found = reconcile(system, "--dry-run")
    assert (code, found["listed"], found["missed"], found["fed"]) == (1, 5, 3, 0)
    assert set(found["webhook_ids"]) == names
    code, found = reconcile(system)
    assert (code, found["listed"], found["missed"], found["fed"], found["conflicts"]) == (0, 5, 3, 3, 0)
    code, found = reconcile(system)
    assert (code, found["listed"], found["missed"], found["fed"]) == (0, 5, 0, 0)

    for name in names:
        trace = system.wait_for_trace(name, processed)
        assert [row.confirmed for row in trace.ledger] == [True]
        (item,) = trace.inbox
        assert item[contract.SOURCE] == "reconciled"
    for event in missed:  # the provider brings it after all
        assert system.send("square", body_of(event)).body["status"] == "duplicate"
    line = scheduled_run(system)
    assert (line["outcome"], line["listed"], line["missed"]) == ("complete", 5, 0)


def test_the_ledgers_money_of_a_day_is_compared_with_the_providers_books(
    system: System, square: EventLists, books: Books
) -> None:
    event = made(square)
    assert system.send("square", body_of(event)).body["status"] == "accepted"
    trace = system.wait_for_trace(f"square:{event['event_id']}", processed)
    payment, (row,) = event["data"]["object"]["payment"], trace.ledger
    day = row.occurred_at[:10]

    def found() -> list[tuple[int, int, str]]:
        code, answer = reconcile(system, "--money", since=day)
        assert code == (1 if answer["differences"] else 0)
        return [
            (each["ledger_minor"], each["provider_minor"], each["cause"])
            for each in answer["differences"]
            if each["transaction_id"] == f"square:{payment['id']}"
        ]

    assert found() == [(payment["total_money"]["amount"], 0, "not_at_provider")]
    booked = {**payment, "location_id": "L1", "created_at": row.occurred_at, "card_details": {}}
    books.square_payments.append(booked)
    assert found() == []
    booked["total_money"] = {**payment["total_money"], "amount": 1}
    assert [each[1:] for each in found()] == [(1, "amounts_differ")]
