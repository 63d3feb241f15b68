"""A message of the notification queue becomes what subscribers are told: once, and never lost."""

import json
from pathlib import Path

import pytest

from payment_webhooks.errors import Unavailable
from payment_webhooks.notifications.markers import LEASE_SECONDS
from tests.support.library.notifying import Notifying
from tests.support.library.processing import record
from tests.support.library.receiving import event

EVENTS = Path(__file__).parents[3] / "events"
TIMEOUT = Unavailable("sns_ReadTimeoutError")
MANUAL = {"notification_type": "manual_notification", "transaction_id": "internal:t-1", "request_id": "r-1"}


def test_a_payment_is_told_with_the_state_that_the_ledger_has_now() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    refund = event(
        id="ev-2",
        type="refund",
        object_id="r-1",
        status="succeeded",
        amount_minor=100,
        created_at="2025-10-09T07:00:00Z",
    )
    notifying.apply("internal", refund)
    assert notifying.deliver(message)
    (told,) = notifying.told
    body = json.loads(told.body)
    assert told.attributes["notification_type"] == body["notification_type"] == "payment_confirmation"
    told_event = body["event"]
    assert (told_event["state"], told_event["amount_minor"], told_event["amount"]) == (
        "succeeded",
        1099,
        "10.99",
    )
    assert told_event["changes"]["captured_minor"] == [None, 1099]
    assert body["payment"]["status"] == "partially_refunded"
    assert body["payment"]["refunded_minor"] == 100
    assert notifying.lines[-1]["outcome"] == "notified"


def test_a_long_payment_is_told_as_lists_show_it() -> None:
    notifying = Notifying()
    notifying.apply("internal", event(amount_minor=10_000))
    for number in range(25):
        names = {"id": f"ev-{number}r", "object_id": f"r-{number}"}
        message = notifying.apply(
            "internal", event(type="refund", status="succeeded", amount_minor=10, **names)
        )
    assert notifying.deliver(message)
    payment = json.loads(notifying.told[-1].body)["payment"]
    assert (len(payment["objects"]), payment["refunded_minor"]) == (20, 250)


def test_another_delivery_tells_nothing_again() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    assert [notifying.deliver(message) for _ in range(3)] == [True] * 3
    assert notifying.types == ["payment_confirmation"]
    marker = notifying.marker()
    assert (marker["state"], marker["message_id"]) == ("published", "sns-1")
    assert "lease_until" not in marker
    assert (notifying.lines[-1]["published"], notifying.lines[-1]["repeated"]) == (0, 1)


def test_high_value_is_told_beside_the_confirmation() -> None:
    notifying = Notifying()
    assert notifying.deliver(notifying.apply("internal", event(amount_minor=1_000_001)))
    assert notifying.types == ["high_value_alert", "payment_confirmation"]
    assert len({told.attributes["dedupe_id"] for told in notifying.told}) == 2


@pytest.mark.parametrize("taken", [False, True], ids=["not taken", "answer lost"])
def test_a_failed_publication_is_tried_again_at_once(taken: bool) -> None:
    notifying = Notifying(failures=[(TIMEOUT, taken)])
    message = notifying.apply("internal", event())
    assert not notifying.deliver(message)
    notifying.now += 1
    assert notifying.deliver(message)
    # Whether the topic had it nobody can know: it is told again, with the same id.
    assert len(notifying.told) == 1 + taken
    assert len({told.attributes["dedupe_id"] for told in notifying.told}) == 1


def test_a_second_type_that_failed_does_not_repeat_the_first() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event(amount_minor=1_000_001))
    notifying.markers_table.fail(3, Unavailable("dynamodb_timeout"))  # the claim of the confirmation
    assert not notifying.deliver(message)
    assert notifying.deliver(message)
    assert notifying.types == ["high_value_alert", "payment_confirmation"]


def test_one_that_crashed_while_publishing_is_done_by_the_next_after_its_lease() -> None:
    notifying = Notifying(failures=[(TIMEOUT, False)])
    message = notifying.apply("internal", event())
    notifying.markers_table.fail(2, Unavailable("dynamodb_timeout"))  # nor is the claim given back
    assert not notifying.deliver(message)
    assert not notifying.deliver(message)
    assert notifying.lines[-1]["reason"] == "notification_in_progress"
    notifying.now += LEASE_SECONDS
    assert not notifying.deliver(message)
    notifying.now += 1
    assert notifying.deliver(message)
    assert notifying.types == ["payment_confirmation"]


def test_what_is_out_but_could_not_be_marked_is_not_told_again_for_that_alone() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    notifying.markers_table.fail(2, Unavailable("dynamodb_timeout"))
    assert notifying.deliver(message)
    assert [line["message"] for line in notifying.lines] == [
        "notification published but not marked",
        "notification",
    ]
    assert notifying.types == ["payment_confirmation"]


def test_the_answer_to_a_claim_may_be_lost() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    notifying.markers_table.fail(1, Unavailable("dynamodb_timeout"), after_effect=True)
    assert not notifying.deliver(message)
    notifying.now += LEASE_SECONDS + 1
    assert notifying.deliver(message)
    assert notifying.types == ["payment_confirmation"]


def test_a_person_asks_once_for_each_request() -> None:
    notifying = Notifying()
    notifying.apply("internal", event())
    for request_id in ("r-1", "r-1", "r-2"):
        assert notifying.deliver({**MANUAL, "request_id": request_id})
    assert notifying.types == ["manual_notification"] * 2
    assert json.loads(notifying.told[0].body)["event"] is None
    assert notifying.told[0].attributes["state"] == "succeeded"


def test_an_unconfirmed_capture_is_told_to_nobody_even_if_a_rule_let_it_through() -> None:
    notifying = Notifying()
    body = (EVENTS / "paypal/capture_completed_jpy.json").read_bytes()
    message = notifying.apply("paypal", body)
    assert message["confirmed"] is False
    assert notifying.deliver({**message, "confirmed": True, "high_value": True})
    assert notifying.told == []
    assert notifying.lines[-1]["outcome"] == "nothing_to_tell"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "message_malformed"),
        ("[]", "message_malformed"),
        ('{"transaction_id": 5, "event_id": "ev-1"}', "message_malformed"),
        ('{"transaction_id": "internal:t-1"}', "message_malformed"),
        ('{"transaction_id": "internal:t-1", "event_id": ""}', "message_malformed"),
        ('{"transaction_id": "internal:t-1", "notification_type": "payment_failed"}', "message_malformed"),
        (
            '{"transaction_id": "internal:t-1", "notification_type": "manual_notification"}',
            "message_malformed",
        ),
        ('{"transaction_id": "internal:none", "event_id": "ev-1"}', "transaction_unknown"),
        ('{"transaction_id": "internal:t-1", "event_id": "ev-2"}', "event_unknown"),
    ],
)
def test_a_message_that_no_attempt_can_help_is_left_to_the_dead_letter_queue(
    message: str, reason: str
) -> None:
    notifying = Notifying()
    notifying.apply("internal", event())
    assert not notifying.deliver(message)
    assert (notifying.lines[-1]["outcome"], notifying.lines[-1]["reason"]) == ("refused", reason)
    assert not notifying.told
    assert not notifying.markers_table.calls


def test_an_event_that_changed_nothing_is_not_told_even_if_somebody_asks() -> None:
    notifying = Notifying()
    notifying.apply("internal", event())
    notifying.apply("internal", event(id="ev-2"))
    assert not notifying.deliver({"transaction_id": "internal:t-1", "event_id": "ev-2"})
    assert notifying.lines[-1]["reason"] == "event_unknown"


def test_high_value_is_that_of_the_ledger_whatever_the_message_says() -> None:
    notifying = Notifying()
    assert notifying.deliver({**notifying.apply("internal", event()), "high_value": True})
    assert notifying.types == ["payment_confirmation"]


def test_one_bad_message_does_not_hold_up_the_batch() -> None:
    notifying = Notifying()
    good = json.dumps(notifying.apply("internal", event()))
    records = [record("m-1", "{"), record("m-2", good)]
    answer = notifying.notifier.handle({"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert notifying.types == ["payment_confirmation"]


def test_an_outage_of_the_ledger_is_tried_again() -> None:
    notifying = Notifying()
    message = notifying.apply("internal", event())
    notifying.processing.dynamodb.fail_next(Unavailable("dynamodb_timeout"))
    assert not notifying.deliver(message)
    assert notifying.lines[-1]["outcome"] == "retried"
    assert notifying.deliver(message)


def test_a_log_line_tells_no_amount_and_no_customer() -> None:
    notifying = Notifying()
    notifying.deliver(notifying.apply("internal", event()))
    assert set(notifying.lines[-1]) <= {
        "level", "message", "message_id", "receive_count", "duration_ms", "transaction_id", "event_id",
        "trace_id",
        "outcome", "published", "repeated",
    }  # fmt: skip
