import json
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.local_engine.pipe_delivery import Delivery, PipeSettings

ARN = "arn:aws:pipes:us-east-1:000000000000:pipe/pipe-processing-dev"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:state-machine-processing-dev"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue-processing-dev"
LETTERS = "arn:aws:sqs:us-east-1:000000000000:queue-pipe-dlq-dev"


def settings(
    target: str = QUEUE,
    filters: list[dict[str, str]] | None = None,
    invocation: str = "FIRE_AND_FORGET",
    **stream: Any,
) -> PipeSettings:
    properties = {
        "Source": "arn:aws:dynamodb:us-east-1:000000000000:table/inbox/stream/1",
        "Target": target,
        "RoleArn": "arn:aws:iam::000000000000:role/role-pipe",
        "SourceParameters": {
            "DynamoDBStreamParameters": stream,
            "FilterCriteria": {"Filters": filters or []},
        },
        "TargetParameters": {
            "InputTemplate": '{"id": "<$.dynamodb.Keys.id.S>"}',
            "StepFunctionStateMachineParameters": {"InvocationType": invocation},
        },
    }
    return PipeSettings.from_properties(ARN, properties)


def record(item_id: str, name: str = "INSERT", created: float = 1000.0) -> dict[str, Any]:
    change = {
        "Keys": {"id": {"S": item_id}},
        "SequenceNumber": f"1{item_id}",
        "ApproximateCreationDateTime": created,
    }
    return {"eventID": f"event-{item_id}", "eventName": name, "dynamodb": change}


def matches(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return record["eventName"] in pattern["eventName"]


class Targets:
    """Takes messages, except for the ids, the targets or the source that it is told to refuse."""

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)
        self.sent: list[tuple[str, Any]] = []

    def check_source(self) -> None:
        if "source" in self.refused:
            raise PermissionError("may not read the stream")

    def send(self, queue_arn: str, body: str) -> None:
        message = json.loads(body)
        if queue_arn in self.refused or message.get("id") in self.refused:
            raise PermissionError("may not send")
        self.sent.append((queue_arn, message))

    def start(self, machine_arn: str, execution_input: str) -> None:
        (message,) = json.loads(execution_input)
        if message.get("id") in self.refused:
            raise PermissionError("may not start")
        self.sent.append((machine_arn, [message]))


def test_only_what_matches_is_sent_and_in_order() -> None:
    targets = Targets()
    delivery = Delivery(settings(filters=[{"Pattern": '{"eventName": ["INSERT"]}'}]), targets, matches)
    batch = [record("1"), record("2", "MODIFY"), record("3")]
    assert delivery.deliver(batch, 1000)
    assert targets.sent == [(QUEUE, {"id": "1"}), (QUEUE, {"id": "3"})]


def test_a_held_batch_goes_on_where_it_stopped() -> None:
    targets = Targets("2")
    delivery = Delivery(settings(), targets, matches)
    batch = [record("1"), record("2"), record("3")]
    assert not delivery.deliver(batch, 1000)
    assert not delivery.deliver(batch, 1001)
    targets.refused.clear()
    assert delivery.deliver(batch, 1002)
    assert [message["id"] for _, message in targets.sent] == ["1", "2", "3"]


@pytest.mark.parametrize("refused", ["2", "source"])
def test_after_the_last_retry_the_place_goes_to_the_dead_letter_queue(refused: str) -> None:
    targets = Targets(refused)
    pipe = settings(MaximumRetryAttempts=2, DeadLetterConfig={"Arn": LETTERS})
    delivery = Delivery(pipe, targets, matches)
    assert [delivery.deliver([record("2")], 1000) for _ in range(3)] == [False, False, True]
    ((queue, letter),) = targets.sent
    assert queue == LETTERS
    assert letter["context"] == {"partnerResourceArn": ARN, "condition": "RetryAttemptsExhausted"}
    assert letter["DDBStreamBatchInfo"]["startSequenceNumber"] == "12"
    assert letter["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] == "1970-01-01T00:16:40.000Z"


def test_a_state_machine_gets_one_record_as_an_array_in_an_execution_of_its_own() -> None:
    targets = Targets()
    assert Delivery(settings(MACHINE), targets, matches).deliver([record("1"), record("2")], 1000)
    assert targets.sent == [(MACHINE, [{"id": "1"}]), (MACHINE, [{"id": "2"}])]


def test_an_execution_that_can_not_be_started_is_tried_again_and_given_up_like_a_message() -> None:
    targets = Targets("1")
    pipe = settings(MACHINE, MaximumRetryAttempts=1, DeadLetterConfig={"Arn": LETTERS})
    delivery = Delivery(pipe, targets, matches)
    assert [delivery.deliver([record("1"), record("2")], 1000) for _ in range(2)] == [False, True]
    (letter, started) = targets.sent
    assert (letter[0], letter[1]["DDBStreamBatchInfo"]["startSequenceNumber"]) == (LETTERS, "11")
    assert started == (MACHINE, [{"id": "2"}])


def test_each_record_has_its_own_retries() -> None:
    targets = Targets("1", "2")
    delivery = Delivery(settings(MaximumRetryAttempts=1, DeadLetterConfig={"Arn": LETTERS}), targets, matches)
    batch = [record("1"), record("2")]
    assert [delivery.deliver(batch, 1000) for _ in range(3)] == [False, False, True]
    assert len(targets.sent) == 2


def test_an_old_record_is_given_up_at_its_first_failure() -> None:
    targets = Targets("1")
    pipe = settings(MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": LETTERS})
    assert Delivery(pipe, targets, matches).deliver([record("1", created=1000)], 1061)
    assert targets.sent[0][1]["context"]["condition"] == "MaximumRecordAgeExceeded"


def test_without_a_dead_letter_queue_it_is_dropped() -> None:
    targets = Targets("1")
    assert Delivery(settings(MaximumRetryAttempts=0), targets, matches).deliver([record("1")], 1000)
    assert targets.sent == []


def test_without_a_limit_it_is_tried_for_ever() -> None:
    delivery = Delivery(settings(), Targets("1"), matches)
    assert not any(delivery.deliver([record("1")], 1000 + attempt) for attempt in range(100))


def test_a_dead_letter_that_can_not_be_sent_holds_the_record() -> None:
    targets = Targets("1", LETTERS)
    delivery = Delivery(settings(MaximumRetryAttempts=0, DeadLetterConfig={"Arn": LETTERS}), targets, matches)
    assert not delivery.deliver([record("1")], 1000)
    targets.refused.remove(LETTERS)
    assert delivery.deliver([record("1")], 1000)
    assert len(targets.sent) == 1


def test_what_aws_refuses_or_nobody_needs_is_refused() -> None:
    for wrong in (
        {"BatchSize": 11},
        {"target": QUEUE + ".fifo"},
        {"target": MACHINE, "BatchSize": 2},
        {"target": MACHINE, "invocation": "REQUEST_RESPONSE"},
        {"filters": [{"Pattern": "[]"}]},
        {"filters": [{"Pattern": "no json"}]},
    ):
        with pytest.raises(ValueError, match=r"."):
            settings(**wrong)
