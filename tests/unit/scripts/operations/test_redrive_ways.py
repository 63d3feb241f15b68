"""What each dead letter is about, why it is there, and what is sent for it: in the forms of who writes it."""

import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.contract import PENDING_SINCE
from scripts.operations.redrive.command import source_at
from scripts.operations.redrive.letters import Letter, Way, letter_of, reason_of
from scripts.operations.redrive.ways import source_of
from stacks.names import Names
from tests.support.library.analytics_records import record

NAMES = Names("dev", "123456789012", "eu-west-1")
ANALYTICS = "lambda-analytics-processor-dev"
EVENT = {
    "source": "payment.processor",
    "detail-type": "Payment Processed",
    "time": "2026-11-21T09:00:00Z",
    "detail": {"transaction_id": "stripe:pi_1", "summary": "1.00 EUR was captured."},
}


class Recorder:
    """A client of any service: keeps what it is asked, and answers by the operation's name."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = {"get_queue_url": {"QueueUrl": "url"}, "send_message_batch": {}, **answers}
        self.exceptions = type("Exceptions", (), {"ResourceAlreadyExistsException": KeyError})

    def __getattr__(self, operation: str) -> Any:
        def call(*_: str, **parameters: Any) -> Any:
            self.asked.append((operation, parameters))
            found = self._answers.get(operation, {})
            return found(**parameters) if callable(found) else found

        return call

    def calls(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.asked if name == operation]


def message(body: Any, **attributes: str) -> dict[str, Any]:
    return {
        "MessageId": "m-1",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": {"SentTimestamp": "1763716200000"},
        "MessageAttributes": {name: {"StringValue": text} for name, text in attributes.items()},
    }


def way_of(queue: str, client: Recorder) -> Way[Any]:
    found: Any = source_of(queue, NAMES, lambda _: client)
    way: Way[Any] = found._way
    return way


def letter(queue: str, found: dict[str, Any]) -> tuple[str, str, str]:
    read = letter_of(found, way_of(queue, Recorder()))
    return read.subject, read.reason, read.stays


def deliver(queue: str, client: Recorder, *messages: dict[str, Any]) -> list[bool]:
    way = way_of(queue, client)
    return [*way.deliver([way.read(each)[1] for each in messages])]


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"reason": "webhook_missing"}, "webhook_missing"),
        ({"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "arn:1 is not allowed"}, "NO_PERMISSIONS"),
        ({"ERROR_MESSAGE": "not\nallowed\x1b[2J"}, r"not\nallowed\x1b[2J"),
        ({}, ""),
    ],
)
def test_why_a_message_is_a_dead_letter(attributes: dict[str, str], text: str) -> None:
    assert reason_of(message("{}", **attributes)) == text


class TestOfNotifications:
    def test_an_event_and_what_a_person_asked_for_are_sent_as_they_are(self) -> None:
        client = Recorder()
        told = message({"transaction_id": "stripe:pi_1", "event_id": "evt_1"})
        asked = message(
            {"transaction_id": "stripe:pi_2", "notification_type": "manual_notification", "request_id": "r"}
        )
        assert letter("notification-dlq", told) == ("stripe:pi_1", "received too often", "")
        assert deliver("notification-dlq", client, told, asked) == [True, True]
        [sent] = client.calls("send_message_batch")
        assert [entry["MessageBody"] for entry in sent["Entries"]] == [told["Body"], asked["Body"]]
        assert {"QueueName": "queue-notification-dev"} in client.calls("get_queue_url")

    def test_what_no_handler_could_read_stays(self) -> None:
        assert letter("notification-dlq", message("{}"))[2] == "can't be read"


class TestOfEvents:
    RULE = "arn:aws:events:eu-west-1:123456789012:rule/bus-payment-events-dev/rule-1"

    def deliver(self, target: str, input_path: str | None) -> tuple[Recorder, list[bool]]:
        path = {"InputPath": input_path} if input_path else {}
        client = Recorder(list_targets_by_rule={"Targets": [{"Id": "1", "Arn": target, **path}]})
        found = message(EVENT, RULE_ARN=self.RULE, TARGET_ARN=target, ERROR_CODE="NO_PERMISSIONS")
        assert letter("events-dlq", found) == ("stripe:pi_1", "NO_PERMISSIONS", "")
        return client, deliver("events-dlq", client, found)

    @pytest.mark.fact("O9008")
    def test_the_topic_gets_the_sentence_as_its_rule_has_it(self) -> None:
        client, done = self.deliver("arn:aws:sns:eu-west-1:123456789012:topic-1", "$.detail.summary")
        assert done == [True]
        [published] = client.calls("publish")
        assert published["Message"] == '"1.00 EUR was captured."'
        asked = {"Rule": "rule-1", "EventBusName": "bus-payment-events-dev"}
        assert client.calls("list_targets_by_rule") == [asked]
        assert client.calls("put_events") == []

    def test_the_notification_queue_gets_the_detail(self) -> None:
        client, done = self.deliver("arn:aws:sqs:eu-west-1:123456789012:queue-notification-dev", "$.detail")
        assert done == [True]
        [sent] = client.calls("send_message_batch")
        assert json.loads(sent["Entries"][0]["MessageBody"]) == EVENT["detail"]
        assert client.calls("get_queue_url")[-1] == {"QueueName": "queue-notification-dev"}

    def test_the_log_gets_the_whole_event_at_its_time(self) -> None:
        client, done = self.deliver("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/a:*", None)
        assert done == [True]
        [put] = client.calls("put_log_events")
        assert put["logGroupName"] == "/aws/events/a"
        [line] = put["logEvents"]
        assert json.loads(line["message"]) == EVENT
        assert line["timestamp"] == datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp() * 1000

    def test_a_part_that_the_event_has_not_is_not_delivered(self) -> None:
        client, done = self.deliver("arn:aws:sns:eu-west-1:123456789012:topic-1", "$.detail.reason")
        assert (done, client.calls("publish")) == ([False], [])

    @pytest.mark.parametrize(
        ("field", "value"),
        [(each, None) for each in (*EVENT, "transaction_id")] + [("time", "yesterday"), ("detail", "text")],
    )
    def test_an_event_without_what_it_is_sent_again_with_stays(self, field: str, value: str | None) -> None:
        found = {name: each for name, each in EVENT.items() if name != field}
        if value is not None:
            found[field] = value
        if field == "transaction_id":
            found["detail"] = {}
        assert letter("events-dlq", message(found))[2] == "can't be read"

    def test_a_target_that_the_rule_has_no_longer_gets_nothing(self) -> None:
        client = Recorder(list_targets_by_rule={"Targets": []})
        found = message(EVENT, RULE_ARN=self.RULE, TARGET_ARN="arn:aws:sns:eu-west-1:123456789012:t")
        assert deliver("events-dlq", client, found) == [False]

    @pytest.mark.parametrize(("refused", "done"), [(0, True), (1, False)])
    def test_what_no_rule_has_had_goes_to_the_bus(self, refused: int, done: bool) -> None:
        client = Recorder(put_events={"FailedEntryCount": refused})
        assert deliver("events-dlq", client, message(EVENT, ERROR_CODE="KMS")) == [done]
        [entry] = client.calls("put_events")[0]["Entries"]
        assert json.loads(entry["Detail"]) == EVENT["detail"]
        assert entry["EventBusName"] == "bus-payment-events-dev"
        assert entry["Time"] == datetime(
            2026, 11, 21, 9, tzinfo=UTC
        )  # when it was, not when it is sent again


class TestOfSchedules:
    ARN = "arn:aws:lambda:eu-west-1:123456789012:function:lambda-inbox-sweeper-dev"

    def test_each_function_runs_once_for_all_its_letters(self) -> None:
        client = Recorder()
        could_not_begin = message("{}", TARGET_ARN=self.ARN, ERROR_CODE="AWS.Lambda.TooManyRequests")
        run = {"functionArn": f"{self.ARN}:$LATEST", "condition": "RetriesExhausted"}
        failed = message({"requestContext": run, "responsePayload": {"errorType": "MemoryError"}})
        name = "lambda-inbox-sweeper-dev"
        assert letter("schedules-dlq", could_not_begin) == (name, "AWS.Lambda.TooManyRequests", "")
        assert letter("schedules-dlq", failed) == (name, "MemoryError", "")
        assert deliver("schedules-dlq", client, could_not_begin, failed) == [True, True]
        assert client.calls("invoke") == [{"FunctionName": name, "InvocationType": "Event", "Payload": b"{}"}]

    def test_it_runs_once_however_many_tens_there_are(self) -> None:
        client = Recorder()
        way = way_of("schedules-dlq", client)
        told = [way.deliver(names) for names in (["a", "a"], ["a", "b"], ["b"])]
        assert told == [[True, True], [True, True], [True]]
        assert [each["FunctionName"] for each in client.calls("invoke")] == ["a", "b"]


class TestOfThePipe:
    FOUND = message(
        {
            "context": {"condition": "RetryAttemptsExhausted"},
            "DDBStreamBatchInfo": {
                "shardId": "shardId-1",
                "batchSize": 10,
                "approximateArrivalOfLastRecord": "2026-11-21T09:00:00Z",
            },
        }
    )

    @pytest.mark.fact("O9006")
    @pytest.mark.parametrize(
        ("oldest", "done"),
        [
            (None, True),
            ("2026-11-21T09:00:06.000000Z", True),
            ("2026-11-21T09:00:00.900000Z", False),  # of the same second, maybe of this batch
            ("2026-11-21T08:59:00.000000Z", False),
        ],
    )
    def test_it_is_done_with_once_nothing_of_then_is_pending(self, oldest: str | None, done: bool) -> None:
        items = [] if oldest is None else [item_of({PENDING_SINCE: oldest})]
        assert letter("pipe-dlq", self.FOUND) == ("10 of shardId-1", "RetryAttemptsExhausted", "")
        assert deliver("pipe-dlq", Recorder(query={"Items": items}), self.FOUND) == [done]


class TestOfStreams:
    """As Lambda writes them: "Retain discarded records for a DynamoDB event source", destinations of S3."""

    def bucket(self, key: str, content: Any, **answers: Any) -> Recorder:
        text = content if isinstance(content, str) else json.dumps(content)
        item = {"Key": key, "LastModified": datetime(2026, 11, 21, tzinfo=UTC)}
        pages = Recorder(paginate=[{"Contents": [item]}])
        invoked = {"Payload": io.BytesIO(b'{"batchItemFailures": []}')}
        return Recorder(
            get_paginator=lambda **_: pages,
            get_object=lambda **_: {"Body": io.BytesIO(text.encode())},
            **{"invoke": invoked, **answers},
        )

    def batch(self, function: str, payload: Any) -> dict[str, Any]:
        arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{function}"
        run = {"functionArn": arn, "condition": "RetryAttemptsExhausted"}
        return {"requestContext": run, "version": "1.0", "payload": payload}

    def letters(self, client: Recorder) -> list[Letter]:
        return [*source_of("failed-batches", NAMES, lambda _: client).letters()]

    def move(self, client: Recorder, key: str) -> list[tuple[int, int]]:
        return [*source_of("failed-batches", NAMES, lambda _: client).move([key], lambda _: None)]

    def test_the_function_is_started_by_the_client_that_starts_it_once(self) -> None:
        others = self.bucket("x", self.batch("lambda-audit-logger-dev", {"Records": []}))
        once = Recorder(invoke=others.invoke())
        target = SimpleNamespace(client=lambda _: others, function_client=lambda: once)
        environment: Any = SimpleNamespace(target=target, names=NAMES, suffix="dev")
        source = source_at(environment, "failed-batches")
        assert [*source.move(["aws/lambda/1/x"], lambda _: None)] == [(1, 0)]
        assert len(once.calls("invoke")) == 1

    @pytest.mark.parametrize("payload", ['{"Records": [{"eventID": "1"}]}', {"Records": [{"eventID": "1"}]}])
    def test_the_function_is_called_with_the_records_and_the_object_deleted(self, payload: Any) -> None:
        client = self.bucket("aws/lambda/1/s/2026/11/21/x", self.batch("lambda-audit-logger-dev", payload))
        [found] = self.letters(client)
        assert (found.subject, found.reason, found.stays) == (
            "lambda-audit-logger-dev",
            "RetryAttemptsExhausted",
            "",
        )
        assert self.move(client, found.ident) == [(1, 0)]
        [called] = client.calls("invoke")
        assert called["FunctionName"] == "lambda-audit-logger-dev"
        assert json.loads(called["Payload"]) == {"Records": [{"eventID": "1"}]}
        assert [each["Key"] for each in client.calls("delete_object")] == ["aws/lambda/1/s/2026/11/21/x"]

    @pytest.mark.parametrize(
        "answer",
        [
            {"Payload": io.BytesIO(b'{"batchItemFailures": [{"itemIdentifier": "7"}]}')},
            {"Payload": io.BytesIO(b'{"errorType": "MemoryError"}'), "FunctionError": "Unhandled"},
        ],
    )
    def test_what_fails_again_stays(self, answer: Any) -> None:
        client = self.bucket("aws/x", self.batch(ANALYTICS, '{"Records": []}'), invoke=answer)
        assert self.move(client, "aws/x") == [(0, 1)]
        assert client.calls("delete_object") == []

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", {"requestContext": {}}, "of another function", "of no records"]
    )
    def test_what_is_no_batch_of_ours_stays(self, content: Any) -> None:
        named = {
            "of another function": self.batch("lambda-other", '{"Records": []}'),
            "of no records": self.batch(ANALYTICS, "{}"),
        }
        client = self.bucket("aws/x", named.get(content, content) if isinstance(content, str) else content)
        assert [each.stays for each in self.letters(client)] == ["can't be read"]
        assert self.move(client, "aws/x") == [(0, 1)]
        assert client.calls("invoke") == client.calls("delete_object") == []

    @pytest.mark.parametrize(("marker", "done"), [({"Item": {}}, (1, 0)), ({}, (0, 1))])
    def test_an_effect_that_could_not_be_read_stays_until_its_marker_is_there(
        self, marker: Any, done: tuple[int, int]
    ) -> None:
        key = "unreadable/analytics-processor/1.json"
        client = self.bucket(key, {"Records": [record()]}, get_item=marker)
        assert [each.reason for each in self.letters(client)] == ["effect can't be read"]
        assert self.move(client, key) == [done]
        assert len(client.calls("invoke")) == 1
        assert len(client.calls("delete_object")) == done[0]
        [asked] = client.calls("get_item")
        assert asked["TableName"] == "table-analytics-dev"

    def test_an_effect_that_this_program_can_t_read_either_stays(self) -> None:
        key = "unreadable/analytics-processor/1.json"
        client = self.bucket(key, {"Records": [{"eventName": "INSERT"}]}, get_item={"Item": {}})
        assert self.move(client, key) == [(0, 1)]
        assert client.calls("delete_object") == []
