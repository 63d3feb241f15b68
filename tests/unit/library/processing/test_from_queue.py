"""A batch from SQS: what is deleted, what comes again and when, and what goes to the dead-letter queue and
why.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.from_queue import retry_delay_seconds
from payment_webhooks.processing.messages import PermanentFailure, parse_keys
from tests.support.library.processing import SETTINGS, Processing, record
from tests.support.library.receiving import Receiving, event

MALFORMED = [
    "",
    "not JSON",
    "[]",
    "{}",
    '{"webhookId":"internal:ev-1"}',
    '{"webhookId":"internal:ev-1","timestamp":1}',
    '{"webhookId":"","timestamp":"t"}',
    json.dumps({"webhookId": "a" * 1025, "timestamp": "t"}),
    json.dumps({"webhookId": "é", "timestamp": "t"}),
    "[" * 100_000,
]

BUG = ValueError("4242424242424242")


def dead_letters(processing: Processing) -> list[tuple[str, str]]:
    """(body, reason) of each message that was sent to the dead-letter queue."""
    assert all(message["QueueUrl"] == SETTINGS.dead_letter_url for message in processing.queues.sent)
    return [
        (message["MessageBody"], message["MessageAttributes"]["reason"]["StringValue"])
        for message in processing.queues.sent
    ]


def test_a_message_names_its_webhook() -> None:
    assert parse_keys('{"webhookId":"stripe:evt_1","timestamp":"t"}') == InboxKeys("stripe:evt_1", "t")


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: body[:30])
def test_a_message_that_is_not_of_its_form_goes_to_the_dead_letters_at_once(body: str) -> None:
    with pytest.raises(PermanentFailure):
        parse_keys(body)
    processing = Processing()
    assert processing.deliver(body) is True
    assert dead_letters(processing) == [(body, "message_malformed")]


def test_a_webhook_that_does_not_exist_goes_to_the_dead_letters_at_once() -> None:
    processing = Processing()
    assert processing.deliver(InboxKeys("internal:none", "t")) is True
    assert [reason for _, reason in dead_letters(processing)] == ["webhook_not_found"]
    assert not processing.receiving.inbox()


def test_a_processed_webhook_is_deleted_from_the_queue_and_logged_once() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    assert processing.deliver(keys) is True
    (line,) = processing.lines
    assert (line["level"], line["outcome"], line["webhook_id"]) == ("INFO", "processed", "internal:ev-1")
    assert line["trace_id"] == "Root=1-2-3"
    assert line["transaction_id"] == "internal:t-1"
    assert not processing.queues.sent


@pytest.mark.parametrize(
    ("changes", "outcome", "levels"),
    [({}, "processed", ["INFO", "INFO"]), ({"amount_minor": "ten"}, "quarantined", ["WARNING", "INFO"])],
)
def test_what_needs_a_person_is_said_once(changes: dict[str, Any], outcome: str, levels: list[str]) -> None:
    processing = Processing()
    keys = processing.store("internal", event(**changes))
    assert [processing.deliver(keys), processing.deliver(keys)] == [True, True]
    assert [line["level"] for line in processing.lines] == levels
    assert [line["outcome"] for line in processing.lines] == [outcome, outcome]
    assert [line["repeated"] for line in processing.lines] == [False, True]
    assert [line["published"] for line in processing.lines] == [outcome == "processed", False]


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (BUG, "4", "unexpected_ValueError"),
        (ServiceError("dynamodb", "ValidationException", 400, {}), "4", "dynamodb_ValidationException"),
        (Unavailable("events_throttled"), "0", "events_throttled"),
        (ServiceError("dynamodb", "AccessDeniedException", 400, {}), "0", "dynamodb_AccessDeniedException"),
    ],
)
def test_a_failure_comes_again_later_and_counts_unless_it_passes(
    error: Exception, attempts: str, reason: str
) -> None:
    processing = Processing(publish_error=error)
    keys = processing.store("internal", event())
    for receive_count in (1, 2, 3, 4):
        assert processing.deliver(keys, receive_count) is False
    assert processing.queues.delays == [2, 4, 8, 16]
    item = processing.item(keys)
    assert (item["status"], item["attempts"], item["last_error"]) == ("received", attempts, reason)
    assert "pending_since" in item
    assert not processing.queues.sent
    assert {line["outcome"] for line in processing.lines} == {"retried"}


@pytest.mark.parametrize(
    ("receive_count", "jitter", "seconds"),
    [
        (1, 1.0, 2),
        (2, 1.0, 4),
        (4, 1.0, 16),
        (4, 0.5, 8),
        (4, 0.01, 1),  # full jitter: down to the shortest that is a delay
        (1, 0.0, 1),
        (9, 1.0, 59),  # less than after a crash
        (500, 1.0, 59),
    ],
)
def test_the_delay_doubles_with_full_jitter_and_is_shorter_than_after_a_crash(
    receive_count: int, jitter: float, seconds: int
) -> None:
    assert retry_delay_seconds(receive_count, jitter) == seconds


def test_the_last_attempt_ends_in_the_dead_letters_with_its_reason() -> None:
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event())
    assert processing.deliver_five_times(keys) is True
    assert dead_letters(processing) == [
        (json.dumps({"webhookId": keys.webhook_id, "timestamp": keys.timestamp}), "unexpected_ValueError")
    ]
    item = processing.item(keys)
    assert (item["status"], item["status_reason"]) == ("failed", "unexpected_ValueError")
    assert not item.keys() & {"pending_shard", "pending_since", "dead_letter_due"}
    assert item["attempts"] == "5"
    *_, line = processing.lines
    assert (line["level"], line["outcome"]) == ("ERROR", "dead_lettered")


def test_a_webhook_is_given_up_once_however_often_it_comes_again() -> None:
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event())
    for _ in range(6):
        assert processing.deliver_five_times(keys) is True
    assert len(dead_letters(processing)) == 1


@pytest.mark.parametrize("reason", ["deadline_exceeded", "dynamodb_timeout", "events_ThrottlingException"])
def test_what_lacks_time_or_capacity_is_tried_until_it_succeeds(reason: str) -> None:
    """After the last receive the message is deleted; the sweeper sends another, as long as the row is pending."""
    processing = Processing(publish_error=Unavailable(reason))
    keys = processing.store("internal", event())
    for _ in range(20):
        assert processing.deliver_five_times(keys) is True
        assert processing.lines[-1]["outcome"] == "left_pending"
    item = processing.item(keys)
    assert (item["status"], item["attempts"]) == ("received", "0")
    assert "pending_since" in item
    processing.publish_error = None
    assert processing.deliver(keys) is True
    assert processing.item(keys)["status"] == "processed"
    assert not processing.queues.sent


def test_a_webhook_that_kills_its_workers_is_given_up_before_it_kills_a_seventh() -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    processing = Processing(publisher=kill)
    keys = processing.store("internal", event())
    for receive_count in (1, 2, 3, 4, 5, 6):
        with pytest.raises(Killed):
            processing.deliver(keys, receive_count)
    assert processing.deliver(keys, 7) is True
    assert [reason for _, reason in dead_letters(processing)] == ["attempts_unended"]
    assert processing.item(keys)["status"] == "failed"


def test_an_attempt_that_ends_is_told_from_those_that_did_not() -> None:
    processing = Processing(publish_error=Unavailable("events_throttled"))
    keys = processing.store("internal", event())
    for _ in range(3):
        processing.deliver_five_times(keys)
    assert processing.item(keys)["status"] == "received"


def test_an_attempt_that_takes_all_the_time_is_one_that_ended() -> None:
    """With calls that the deadline ends, as all are: what comes after it is told all the same."""
    receiving = Receiving()

    def in_time(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        processing.deadline.limit(2)
        return receiving.dynamodb(operation, parameters)

    def slow(*_: object) -> None:
        receiving.now += 45
        processing.deadline.limit(2)

    processing = Processing(receiving, publisher=slow, api=in_time)
    keys = processing.store("internal", event())
    for receive_count in range(1, 20):
        processing.deadline.start(45)
        processing.deliver(keys, receive_count)
        assert processing.lines[-1]["reason"] == "deadline_exceeded"
        assert processing.deadline.remaining_seconds() <= 10
    assert processing.item(keys)["status"] == "received"


def test_an_error_that_nobody_expected_is_named_by_its_type_only() -> None:
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event())
    assert processing.deliver_five_times(keys) is True
    assert processing.item(keys)["last_error"] == "unexpected_ValueError"
    assert [reason for _, reason in dead_letters(processing)] == ["unexpected_ValueError"]
    assert "4242" not in repr((processing.lines, processing.queues.sent, processing.receiving.inbox()))


@pytest.mark.parametrize("body", ["not JSON", InboxKeys("internal:none", "t")])
def test_what_can_not_be_sent_to_the_dead_letters_is_left_to_sqs(body: InboxKeys | str) -> None:
    processing = Processing()
    processing.queues.down = True
    assert processing.deliver(body) is False
    *_, line = processing.lines
    assert line["outcome"] == "dead_lettering_failed"


def test_when_sqs_is_down_at_the_last_attempt_the_dead_letter_follows_when_it_is_back() -> None:
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event())
    processing.queues.down = True
    assert processing.deliver_five_times(keys) is False
    assert processing.lines[-1]["outcome"] == "dead_lettering_failed"
    assert processing.item(keys)["status"] == "failed"
    processing.queues.down = False
    assert processing.deliver(keys, 6) is True
    assert [reason for _, reason in dead_letters(processing)] == ["unexpected_ValueError"]


def test_a_delay_that_can_not_be_set_is_no_failure_of_its_own() -> None:
    processing = Processing(publish_error=Unavailable("events_throttled"))
    keys = processing.store("internal", event())
    processing.queues.down = True
    assert processing.deliver(keys) is False
    assert [line["message"] for line in processing.lines] == [
        "visibility not shortened",
        "retry not delayed",
        "webhook processing",
    ]


def test_when_the_table_is_out_nothing_else_is_lost() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    for call in range(len(processing.dynamodb.calls) + 1, len(processing.dynamodb.calls) + 9):
        processing.dynamodb.fail(call, Unavailable("dynamodb_timeout"))
    assert processing.deliver(keys) is False
    assert processing.deliver(keys, SETTINGS.max_receive_count) is True
    assert dead_letters(processing) == []
    unrecorded = [line for line in processing.lines if line["message"] == "webhook progress not recorded"]
    assert [line["webhook_id"] for line in unrecorded] == [keys.webhook_id] * 2
    processing.dynamodb.heal()
    assert processing.item(keys)["status"] == "received"  # still pending: found by its age
    assert processing.deliver(keys) is True
    assert processing.item(keys)["status"] == "processed"


def test_one_bad_message_does_not_hold_up_the_others() -> None:
    processing = Processing()
    good = [processing.store("internal", event(id=f"ev-{number}")) for number in range(3)]
    bodies: list[Any] = [good[0], "not JSON", good[1], InboxKeys("internal:none", "t"), good[2]]
    processing.queues.down = True
    answer = processing.queue.handle(
        {"Records": [record(f"m-{index}", body) for index, body in enumerate(bodies)]}
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-3"}]}
    assert [processing.item(keys)["status"] for keys in good] == ["processed"] * 3
    assert [line["message"] for line in processing.lines[1:]] == ["webhook processing"] * 5


def test_no_message_and_no_line_holds_anything_of_the_payload() -> None:
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event(note="a word of the buyer"))
    processing.deliver_five_times(keys)
    assert "buyer" not in repr((processing.queues.sent, processing.lines))


def batch(bodies: list[InboxKeys], receive_counts: list[int]) -> dict[str, Any]:
    """Messages m-0, m-1 and so on."""
    pairs = enumerate(zip(bodies, receive_counts, strict=True))
    return {"Records": [record(f"m-{number}", body, count) for number, (body, count) in pairs]}


def failures(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_batch_is_hidden_for_a_minute_and_not_for_the_queues_own_time() -> None:
    processing = Processing()
    keys = [processing.store("internal", event(id=f"ev-{number}")) for number in range(2)]
    processing.queue.handle(batch(keys, [1, 1]))
    assert processing.queues.shortened == [{"handle-m-0": 60, "handle-m-1": 60}]


def test_a_batch_whose_visibility_is_not_shortened_is_processed_all_the_same() -> None:
    processing = Processing()
    keys = [processing.store("internal", event(id=f"ev-{number}")) for number in range(2)]
    processing.queues.refused = [{"Id": "1", "Code": "ReceiptHandleIsInvalid"}]
    assert processing.deliver(keys[0]) is True
    processing.queues.down = True
    assert processing.deliver(keys[1]) is True
    said = [line for line in processing.lines if line["message"] == "visibility not shortened"]
    assert [(line["level"], line["messages"], line["reason"]) for line in said] == [
        ("WARNING", 1, "sqs_refused"),
        ("WARNING", 1, "sqs_timeout"),
    ]


@pytest.mark.parametrize(
    ("running_seconds", "put_off"), [(0, []), (25, []), (25.1, ["m-0", "m-1"]), (45, ["m-0", "m-1"])]
)
def test_near_its_end_it_begins_no_webhook_and_counts_no_attempt(
    running_seconds: float, put_off: list[str]
) -> None:
    processing = Processing()
    keys = [processing.store("internal", event(id=f"ev-{number}")) for number in range(2)]
    processing.deadline.start(45)
    processing.receiving.now += running_seconds
    assert failures(processing.queue.handle(batch(keys, [5, 4]))) == put_off
    told = [line["message_id"] for line in processing.lines if line["message"] == "webhook put off"]
    attempts = [line["message_id"] for line in processing.lines if line["message"] == "webhook processing"]
    assert (told, attempts) == (put_off, [] if put_off else ["m-0", "m-1"])
    for each in keys:
        item = processing.item(each)
        assert (item["status"], item["attempts"]) == (("received", "0") if put_off else ("processed", "1"))
    assert not processing.queues.delays  # visible again when the minute is over
    assert not processing.queues.sent


def test_it_stops_in_the_midst_of_a_batch_and_what_was_received_most_often_comes_first() -> None:
    processing = Processing()
    names = [{"id": f"ev-{number}", "transaction_id": f"t-{number}"} for number in range(3)]
    keys = [processing.store("internal", event(**name)) for name in names]

    def publish(*_: object) -> None:
        processing.receiving.now += 15

    processing = Processing(receiving=processing.receiving, publisher=publish)
    processing.deadline.start(45)
    assert failures(processing.queue.handle(batch(keys, [1, 1, 2]))) == ["m-1"]
    assert [processing.item(each)["status"] for each in keys] == ["processed", "received", "processed"]


@pytest.mark.parametrize(
    ("attempts", "outcome", "status"), [(4, "dead_lettered", "failed"), (3, "left_pending", "received")]
)
def test_a_webhook_is_given_up_after_five_attempts_and_not_after_five_receives(
    attempts: int, outcome: str, status: str
) -> None:
    """One that was put off is deleted at its last receive, and the sweeper brings it again."""
    processing = Processing(publish_error=BUG)
    keys = processing.store("internal", event())
    for receive_count in range(1, attempts + 1):
        processing.deliver(keys, receive_count)
    assert processing.deliver(keys, 5) is True
    assert processing.lines[-1]["outcome"] == outcome
    assert processing.item(keys)["status"] == status
    assert len(dead_letters(processing)) == (status == "failed")
