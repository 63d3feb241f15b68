"""A webhook that is processed and comes to the processor again, as a person replays it or its provider sends it again
when the inbox has it no more: nothing changes.
"""

import copy
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit.erasure import erasure_of
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import Result
from tests.support.library.events import changed
from tests.support.library.notifying import MARKERS, Notifying
from tests.support.library.processing import Processing
from tests.support.library.receiving import LEDGER, event


def processed(endpoint: str, body: bytes) -> tuple[Processing, InboxKeys]:
    processing = Processing()
    keys = processing.store(endpoint, body)
    assert processing.process(keys).status == "processed"
    return processing, keys


def replay(processing: Processing, keys: InboxKeys, decided_from: str = "processed") -> None:
    """As scripts/replay.py does it, an hour later."""
    processing.receiving.now += 3_600
    changes = {
        contract.DECISION: contract.DECISION_ACCEPT,
        contract.DECIDED_FROM: decided_from,
        contract.STATUS: contract.STATUS_RECEIVED,
    }
    for name, value in changes.items():
        processing.dynamodb.set("inbox", (keys.webhook_id, keys.timestamp), name, {"S": value})


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("stripe", changed("stripe/pi_succeeded", {"livemode": False})),
        ("paypal", event("paypal")),
        ("internal", event()),
    ],
    ids=["stripe", "paypal", "internal"],
)
def test_what_succeeded_changes_no_row_and_is_told_to_nobody(endpoint: str, body: bytes) -> None:
    processing, keys = processed(endpoint, body)
    before, told = copy.deepcopy(processing.dynamodb.items(LEDGER)), [*processing.published]
    assert len(told) == 1
    replay(processing, keys)
    again = processing.process(keys)
    assert (again.status, again.published, again.repeated) == ("processed", False, False)
    assert processing.dynamodb.items(LEDGER) == before
    assert processing.published == told
    assert processing.item(keys)["status"] == "processed"


def test_an_erased_webhook_is_replayed_as_any_other_and_its_lost_row_is_the_same() -> None:
    processing, keys = processed("internal", event(name="Ada"))
    rows = processing.rows()
    item = next(each for each in processing.dynamodb.items("inbox") if "payload" in each)
    for name, value in (erasure_of(item, "arn", "2026-11-21T09:30:00.000000Z", "OPS-1") or {}).items():
        processing.dynamodb.set("inbox", (keys.webhook_id, keys.timestamp), name, value)
    assert processing.item(keys)["payload"].endswith('"name": ""}')
    for each in processing.dynamodb.items(LEDGER):
        processing.dynamodb.remove(LEDGER, each)
    replay(processing, keys)
    assert processing.process(keys).status == "processed"
    (row,) = processing.rows()
    assert row == {**rows[0], **{name: row[name] for name in ("recorded_at", "effect")}}  # an hour later


def test_a_row_that_was_lost_since_is_written_anew_and_told() -> None:
    processing, keys = processed("internal", event())
    for item in processing.dynamodb.items(LEDGER):
        processing.dynamodb.remove(LEDGER, item)
    replay(processing, keys)
    assert processing.process(keys).published is True
    assert len(processing.rows()) == 1
    assert len(processing.published) == 2


@pytest.mark.parametrize("status", ["failed", "quarantined"])
def test_what_was_written_but_not_told_is_told_though_a_worker_died_in_between(status: str) -> None:
    """Its item never said that it was processed, though it may say when it was quarantined."""
    processing = Processing()
    keys = processing.store("internal", event())
    processing.publish_error = RuntimeError("the worker dies")
    with pytest.raises(RuntimeError):
        processing.process(keys)
    processing.publish_error = None
    processing.progress.finish(keys, Result(status, "reader_changed"))
    replay(processing, keys, status)
    assert processing.process(keys).published is True


def test_an_accepted_conflict_that_is_replayed_still_counts_by_itself() -> None:
    processing = Processing()
    bodies: list[Any] = [event(created_at=f"2025-10-09T0{hour}:00:00Z", amount_minor=hour) for hour in (7, 8)]
    first, conflict = (processing.store("internal", body) for body in bodies)
    assert processing.process(first).status == "processed"
    assert processing.process(conflict).status == "conflict"
    for _ in range(2):  # accepted, then replayed
        replay(processing, conflict, "conflict")
        assert processing.process(conflict).status == "processed"
    assert len(processing.rows()) == 2
    assert len(processing.published) == 2


def told_and_forgotten(days: float, with_marker: bool) -> tuple[Notifying, dict[str, Any]]:
    """A payment that was told, and so many days later its webhook's item is gone; the message that told of it."""
    notifying = Notifying()
    message = notifying.apply("internal", event())
    assert notifying.deliver(message)
    tables = [(notifying.processing.dynamodb, "inbox"), (notifying.markers_table, MARKERS)]
    for dynamodb, table in tables[: 1 + with_marker]:
        for item in dynamodb.items(table):
            dynamodb.remove(table, item)
    notifying.now += days * 86_400
    notifying.receiving.now += days * 86_400
    return notifying, message


@pytest.mark.parametrize(("days", "with_marker"), [(1.1, False), (46, False), (61, True), (179, True)])
def test_what_is_sent_again_when_the_inbox_has_forgotten_it_is_told_to_nobody(
    days: float, with_marker: bool
) -> None:
    notifying, message = told_and_forgotten(days, with_marker)
    before = copy.deepcopy(notifying.processing.dynamodb.items(LEDGER))
    keys = notifying.processing.store("internal", event())
    again = notifying.processing.process(keys)
    assert (again.status, again.published) == ("processed", False)
    assert notifying.details == [message]
    assert notifying.processing.dynamodb.items(LEDGER) == before


def test_what_is_taken_from_the_inbox_by_hand_and_sent_again_within_a_day_is_told_to_the_bus_alone() -> None:
    """Whether the worker that wrote the row lived to tell it, nothing says any more."""
    notifying, message = told_and_forgotten(days=0.5, with_marker=False)
    again = notifying.apply("internal", event())
    assert notifying.details == [message, again]
    assert again["dedupe_id"] == message["dedupe_id"]
    assert notifying.deliver(again)
    assert notifying.types == ["payment_confirmation"]
