"""One stored webhook becomes one row and at most one event, however often it is tried and wherever it
stops.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.processing.messages import PermanentFailure
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER, Receiving, event

EVENTS = Path(__file__).parents[3] / "events"
TIMEOUT = Unavailable("dynamodb_timeout")


def provider_event(name: str) -> bytes:
    return (EVENTS / name).read_bytes()


def live() -> Processing:
    return Processing(Receiving(mode="live"))


def test_a_webhook_becomes_a_row_a_state_and_an_event_and_is_then_processed() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    done = processing.process(keys)
    assert (done.status, done.published, done.repeated) == ("processed", True, False)
    (row,) = processing.rows()
    assert row["transaction_id"] == {"S": "internal:t-1"}
    assert row["timestamp"] == {"S": "event#ev-1"}
    assert row["confirmed"] == {"BOOL": True}
    (head,) = processing.heads()
    assert head["version"] == row["version"] == {"N": "1"}
    assert [told.row.status for told in processing.published] == ["succeeded"]
    item = processing.item(keys)
    assert (item["status"], item["attempts"], item["transaction_id"]) == ("processed", "1", "internal:t-1")
    assert not item.keys() & {"pending_shard", "pending_since"}


def test_another_delivery_of_the_message_changes_nothing() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.process(keys)
    before = processing.dynamodb.items("inbox"), processing.dynamodb.items("ledger")
    again = processing.process(keys)
    assert (again.status, again.repeated, again.published) == ("processed", True, False)
    assert (processing.dynamodb.items("inbox"), processing.dynamodb.items("ledger")) == before
    assert len(processing.published) == 1


def test_two_events_that_say_the_same_publish_once() -> None:
    processing = Processing()
    first = processing.store("internal", event(id="ev-1"))
    second = processing.store("internal", event(id="ev-2", created_at="2025-10-09T06:07:41Z"))
    assert processing.process(first).published is True
    assert processing.process(second).published is False
    assert len(processing.rows()) == 2
    assert [told.row.event_id for told in processing.published] == ["ev-1"]


def test_two_events_of_one_transaction_in_the_same_second_are_two_rows() -> None:
    processing = Processing()
    for event_id, status in (("ev-1", "pending"), ("ev-2", "succeeded")):
        processing.process(processing.store("internal", event(id=event_id, status=status)))
    assert [row["status"]["S"] for row in processing.rows()] == ["pending", "succeeded"]


@pytest.mark.parametrize("call", range(1, 5))
@pytest.mark.parametrize("after_effect", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("told_by_another", [False, True])
def test_killed_at_any_step_it_loses_nothing_and_doubles_nothing(
    call: int, after_effect: bool, told_by_another: bool
) -> None:
    processing = Processing()
    if told_by_another:
        processing.process(processing.store("internal", event(id="ev-0")))
    keys = processing.store("internal", event())
    processing.dynamodb.fail(len(processing.dynamodb.calls) + call, TIMEOUT, after_effect)
    try:
        processing.process(keys)
    except Unavailable:
        processing.process(keys)
    processing.dynamodb.heal()
    item = processing.item(keys)
    assert item["status"] == "processed"
    assert "pending_since" not in item
    own = [row for row in processing.rows() if row["event_id"]["S"] == "ev-1"]
    assert len(own) == 1
    assert len([row for row in processing.rows() if "effect" in row]) == 1
    # at least once, and only of the event that changed the payment
    owners = {told.row.event_id for told in processing.published}
    assert owners == ({"ev-0"} if told_by_another else {"ev-1"})


def test_what_was_not_published_is_published_by_the_retry() -> None:
    processing = Processing(publish_error=Unavailable("events_throttled"))
    keys = processing.store("internal", event())
    with pytest.raises(Unavailable):
        processing.process(keys)
    assert processing.item(keys)["status"] == "received"
    processing.publish_error = None
    assert processing.process(keys).published is True
    assert len(processing.rows()) == len(processing.published) == 1


def test_throttling_is_transient() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    details = {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "ThrottlingError"}]}
    processing.dynamodb.fail(
        len(processing.dynamodb.calls) + 3, ServiceError("dynamodb", TRANSACTION_CANCELED, 400, details)
    )
    with pytest.raises(Unavailable):
        processing.process(keys)
    assert processing.item(keys)["status"] == "received"
    assert processing.process(keys).status == "processed"


def test_a_thin_event_is_ignored_with_a_warning_and_a_reason_of_its_own() -> None:
    processing = Processing()
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "v1.customer.created", "livemode": False}
    thin |= {"created": "2025-10-09T06:07:40.123Z", "related_object": {"id": "cus_1", "type": "customer"}}
    keys = processing.store("stripe", json.dumps(thin).encode())
    processing.deliver(keys)
    (line,) = [line for line in processing.lines if line["message"] == "webhook processing"]
    assert (line["outcome"], line["reason"], line["level"]) == ("ignored", "thin_event", "WARNING")
    assert line["event_type"] == "v1.customer.created"
    assert processing.item(keys)["status_reason"] == "thin_event"


def test_an_unknown_type_is_ignored_and_kept() -> None:
    processing = Processing()
    keys = processing.store("stripe", event("stripe"))
    done = processing.process(keys)
    assert (done.status, done.reason) == ("ignored", "type")
    assert processing.item(keys)["status_reason"] == "type"
    assert not processing.rows()


def test_a_known_type_that_can_not_be_understood_is_quarantined() -> None:
    processing = Processing()
    keys = processing.store("internal", event(amount_minor="ten"))
    done = processing.process(keys)
    assert done.status == processing.item(keys)["status"] == "quarantined"
    assert done.reason
    assert not processing.rows()


def test_a_paypal_event_is_a_row_that_is_not_confirmed() -> None:
    processing = Processing()
    processing.process(processing.store("paypal", provider_event("paypal/capture_refunded.json")))
    (row,) = processing.rows()
    assert row["confirmed"] == {"BOOL": False}
    assert [told.row.confirmed for told in processing.published] == [False]


def test_a_long_body_is_read_from_its_object() -> None:
    processing = Processing()
    keys = processing.store("internal", event(note="a" * 350_000))
    processing.receiving.payloads.down = True
    with pytest.raises(Unavailable):
        processing.process(keys)
    processing.receiving.payloads.down = False
    assert processing.process(keys).status == "processed"


def test_an_object_that_was_changed_is_not_applied() -> None:
    processing = Processing()
    keys = processing.store("internal", event(note="a" * 350_000))
    (name,) = processing.receiving.payloads.objects
    processing.receiving.payloads.objects[name] = event(amount_minor=1)
    done = processing.process(keys)
    assert (done.status, done.reason) == ("quarantined", "payload_altered")
    assert not processing.rows()


@pytest.mark.parametrize("name", ["payload", "payload_sha256"])
def test_a_body_in_its_item_that_was_changed_is_not_applied(name: str) -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.receiving.dynamodb.set(INBOX, keys, name, {"S": event(amount_minor=1).decode()})
    done = processing.process(keys)
    assert (done.status, done.reason) == ("quarantined", "payload_altered")
    assert not processing.rows()


def test_a_webhook_that_does_not_exist_is_a_permanent_failure() -> None:
    with pytest.raises(PermanentFailure, match="webhook_not_found"):
        Processing().process(InboxKeys("internal:none", "2025-10-09T06:07:40.000000Z"))


def test_a_failed_webhook_that_is_redriven_is_processed() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.progress.give_up(keys, "unexpected_KeyError")
    assert processing.process(keys).status == "processed"
    item = processing.item(keys)
    assert "status_reason" not in item
    assert item["last_error"] == "unexpected_KeyError"
    assert item["attempts"] == "2"


@pytest.mark.parametrize(
    "entry", json.loads((EVENTS / "index.json").read_text()), ids=lambda entry: str(entry["file"])
)
def test_every_provider_event_ends_as_its_expected_view_says(entry: dict[str, Any]) -> None:
    body = provider_event(entry["file"])
    expected = entry["expected"]
    endpoint = entry["file"].partition("/")[0]
    processing = live() if expected["livemode"] else Processing()
    done = processing.process(processing.store(endpoint, body))
    if expected["status"] == "ignored":
        assert (done.status, done.reason) == ("ignored", "type")
        assert not processing.dynamodb.items("ledger")
    else:
        assert done.status == "processed"
        (row,) = processing.rows()
        found = LedgerReader(processing.dynamodb, LEDGER).read(f"{endpoint}:{expected['transaction_id']}")
        assert found.rows == (from_item(row),)
        assert row["confirmed"] == {"BOOL": endpoint != "paypal"}
        assert ("effect" in row, len(processing.published)) == (True, 1)
