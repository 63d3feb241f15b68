"""A queue that listens to a deployed system, as a team's own would: to a topic, or to every event of the bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from payment_webhooks import contract
from tests.support.system.deployed_system import DeployedSystem

BATCH: int = 10  # SQS: the most that one call receives


class Listener:
    """A queue `name` of its own, made empty. Its messages are those that came since it was subscribed."""

    def __init__(self, system: DeployedSystem, name: str) -> None:
        self._system = system
        self._sqs = system.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self._name, self._arn = name, answer["Attributes"]["QueueArn"]

    def subscribe_to_topic(self, topic_arn: str) -> Listener:
        self._let_in("sns.amazonaws.com", topic_arn)
        self._system.client("sns").subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=self._arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        return self

    def subscribe_to_bus(self, bus: str) -> Listener:
        """Every event "Payment Processed", by a rule of its own."""
        events = self._system.client("events")
        pattern = json.dumps({"source": [contract.EVENT_SOURCE]})
        rule = events.put_rule(Name=self._name, EventBusName=bus, EventPattern=pattern)["RuleArn"]
        self._let_in("events.amazonaws.com", rule)
        target = {"Id": "listener", "Arn": self._arn}
        events.put_targets(Rule=self._name, EventBusName=bus, Targets=[target])
        return self

    def receive(self, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """Up to ten messages, which are then gone from the queue."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=wait_seconds
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def drain(self) -> Iterator[dict[str, Any]]:
        """All that is there."""
        while found := self.receive():
            yield from found

    def _let_in(self, service: str, source_arn: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": self._arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
