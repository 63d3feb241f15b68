"""Messages reach each dead-letter queue; `health` and the queue's alarm tell it; once the cause is mended, inbox,
ledger, events, notifications and audit equal what was sent.

Too long for every run: `tox run -e faults`. The engine measures no queues, so the depth is put as SQS's metric; its bus
has no dead letters, so the event is put as EventBridge would.
"""

import json
import secrets
from collections import Counter
from typing import Any

import pytest

from scripts.local_engine.state import EngineState
from stacks.function_catalogue import INBOX_SWEEPER
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.listener import Listener
from tests.support.system.missing_rights import without_right
from tests.support.system.passing_time import let_an_hour_pass
from tests.support.system.stored_counts import count_stored
from tests.support.system.system import System, body_of, processed, wait_for

LONG_NOTE = "a line of an order\n" * 32_000


class Life:
    """A deployment, what was sent to it, and what it told others."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.sqs = system.client("sqs")
        self.bus = Listener(system, "letters-events").subscribe_to_bus(system.outputs["EventBusName"])
        topic = system.outputs["NotificationsTopicArn"]
        self._topic = Listener(system, "letters-told").subscribe_to_topic(topic)
        self.sent: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._told: Counter[str] = Counter()

    def send(self, **fields: Any) -> str:
        """A payment; its webhook's id."""
        event = {**in_house_event(), "transaction_id": f"order-{secrets.token_hex(8)}", **fields}
        assert self.system.send("internal", body_of(event)).status_code == 200
        self.sent.append(f"internal:{event['transaction_id']}")
        return f"internal:{event['id']}"

    def url(self, queue: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=f"queue-{queue}-{self.system.suffix}")["QueueUrl"])

    def depth(self, queue: str) -> int:
        name = "ApproximateNumberOfMessages"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=[name])
        return int(answer["Attributes"][name])

    def is_told(self, queue: str, letters: int) -> None:
        """By `health` and by the queue's alarm."""
        wait_for(lambda: self.depth(queue), lambda found: found == letters)
        self._measure(queue)
        told = self._problems()
        assert any(each.startswith(f"dead letters: {queue} {letters}") for each in told), told
        assert any(each.startswith(f"alarm: {queue}: ") for each in told), told

    def _problems(self) -> list[str]:
        done = self.system.run("health.py", "--suffix", self.system.suffix, "--local", "--json")
        found = json.loads(done.stdout)["findings"]
        return [f"{each['subject']}: {each['text']}" for each in found if each["level"] == "problem"]

    def _measure(self, queue: str) -> None:
        metric = {
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": f"queue-{queue}-{self.system.suffix}"}],
            "Value": float(self.depth(queue)),
        }
        cloudwatch, alarm = self.system.client("cloudwatch"), f"alarm-{queue}-{self.system.suffix}"

        def measured() -> str:
            cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[metric])
            return str(cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"])

        wait_for(measured, lambda found: found == "ALARM")

    def move(self, queue: str, source: str) -> None:
        """All dead letters, as a redrive does."""
        for message in self.sqs.receive_message(QueueUrl=self.url(queue), MaxNumberOfMessages=10)["Messages"]:
            self.sqs.send_message(QueueUrl=self.url(source), MessageBody=message["Body"])
            self.sqs.delete_message(QueueUrl=self.url(queue), ReceiptHandle=message["ReceiptHandle"])

    def heard(self, transaction_id: str = "") -> list[dict[str, Any]]:
        """The events of the bus that tell of the payment."""
        self.events += self.bus.drain()
        return [each for each in self.events if each["detail"]["transaction_id"] == transaction_id]

    def is_the_truth(self, queue: str) -> None:
        """Nothing is left in the queue; all that was ever sent is there, once."""
        count = len(self.sent)

        def found() -> tuple[dict[str, int], int, int, dict[str, int], set[str], Counter[str], bool]:
            self.heard()
            self._told += Counter(each["transaction_id"] for each in self._topic.drain())
            stored = count_stored(self.system)
            heard = {each["detail"]["transaction_id"] for each in self.events}
            is_audited = stored.audit_records >= 2 * count
            return (
                stored.inbox,
                stored.ledger_rows,
                stored.effects,
                stored.states,
                heard,
                self._told,
                is_audited,
            )

        truth = (
            {"processed": count},
            count,
            count,
            {"succeeded": count},
            {*self.sent},
            Counter(self.sent),
            True,
        )
        wait_for(found, lambda each: each == truth)
        assert self.depth(queue) == 0
        # It ends by itself after five minutes without a letter, which this does not wait for.
        cloudwatch, alarm = self.system.client("cloudwatch"), f"alarm-{queue}-{self.system.suffix}"
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="none are left")
        assert not any(each.startswith(("dead letters: ", f"alarm: {queue}: ")) for each in self._problems())


@pytest.fixture(scope="module")
def life(engine: EngineState) -> Life:
    system = System(engine, "letters")
    done = system.deploy()
    assert done.exit_code == 0, done.text
    key = f"whsec_{secrets.token_hex(16)}"
    assert system.secrets("internal", "set", "--mode", "live", key=key).exit_code == 0
    return Life(system)


def test_the_pipe_without_its_right(life: Life) -> None:
    with without_right(life.system, "pipe-processing", "sqs:SendMessage"):
        for _ in range(2):
            life.send()
        life.is_told("pipe-dlq", 2)
    let_an_hour_pass(life.system)
    life.sqs.purge_queue(QueueUrl=life.url("pipe-dlq"))
    life.is_the_truth("pipe-dlq")


def test_a_webhook_whose_body_is_gone_and_a_message_that_is_none(life: Life) -> None:
    s3, bucket = life.system.client("s3"), life.system.outputs["PayloadBucketName"]
    with without_right(life.system, "pipe-processing", "sqs:SendMessage"):
        webhook_id = life.send(note=LONG_NOTE)
        (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
        body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        s3.delete_object(Bucket=bucket, Key=found["Key"])
        wait_for(lambda: life.depth("pipe-dlq"), bool)
        life.sqs.purge_queue(QueueUrl=life.url("pipe-dlq"))
    let_an_hour_pass(life.system)
    life.sqs.send_message(QueueUrl=life.url("processing"), MessageBody="{}")
    life.is_told("processing-dlq", 2)
    s3.put_object(Bucket=bucket, Key=found["Key"], Body=body)
    there = ("--suffix", life.system.suffix, "--local", "--yes")
    accepted = life.system.run(
        "inbox.py", "accept", *there, webhook_id, "--status", "failed", "--note", "it is back"
    )
    assert accepted.exit_code == 0, accepted.text
    life.sqs.purge_queue(QueueUrl=life.url("processing-dlq"))
    life.is_the_truth("processing-dlq")


def test_notifications_without_the_right_to_publish(life: Life) -> None:
    """200 receives take ten hours; here it is two, at once."""
    url = life.url("notification")
    before = life.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    soon = {**json.loads(before["RedrivePolicy"]), "maxReceiveCount": 2}
    quick = {"RedrivePolicy": json.dumps(soon), "VisibilityTimeout": "1"}
    life.sqs.set_queue_attributes(QueueUrl=url, Attributes=quick)
    with without_right(life.system, "notification-handler", "sns:Publish"):
        for _ in range(2):
            life.send()
        life.is_told("notification-dlq", 2)
    life.sqs.set_queue_attributes(QueueUrl=url, Attributes={**before, "VisibilityTimeout": "185"})
    life.move("notification-dlq", "notification")
    life.is_the_truth("notification-dlq")


def test_a_scheduled_run_that_fails_each_time(life: Life) -> None:
    function = life.system.names.function(INBOX_SWEEPER.folder)
    with without_right(life.system, "pipe-processing", "sqs:SendMessage"):
        life.send()
        wait_for(lambda: life.depth("pipe-dlq"), bool)
    with without_right(life.system, "inbox-sweeper", "dynamodb:Query"):
        life.system.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        wait_for(lambda: life.depth("schedules-dlq"), bool)
        life.sqs.purge_queue(QueueUrl=life.url("pipe-dlq"))
        life.is_told("schedules-dlq", 1)
    let_an_hour_pass(life.system)  # the next run does its work, too
    life.sqs.purge_queue(QueueUrl=life.url("schedules-dlq"))
    life.is_the_truth("schedules-dlq")


def test_an_event_that_a_rule_could_not_deliver(life: Life) -> None:
    events, bus = life.system.client("events"), life.system.outputs["EventBusName"]
    rule = {"Rule": f"rule-notification-{life.system.suffix}", "EventBusName": bus}
    targets = events.list_targets_by_rule(**rule)["Targets"]
    events.remove_targets(**rule, Ids=[each["Id"] for each in targets])
    life.system.wait_for_trace(life.send(), processed)
    (event,) = wait_for(lambda: life.heard(life.sent[-1]), bool)
    why: Any = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    url = life.url("events-dlq")
    life.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event), MessageAttributes=why)
    life.is_told("events-dlq", 1)
    events.put_targets(**rule, Targets=targets)
    (letter,) = life.sqs.receive_message(QueueUrl=url)["Messages"]
    detail = json.loads(letter["Body"])["detail"]
    life.sqs.send_message(QueueUrl=life.url("notification"), MessageBody=json.dumps(detail))
    life.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    life.is_the_truth("events-dlq")
