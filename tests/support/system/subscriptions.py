"""Queues that subscribe to a topic of a deployed system, as a team's own would, and what they were told."""

import json
from typing import Any

from scripts.acceptance.checks_of_operations import make_topic_queue
from tests.support.system.system import System, wait_for


class Subscription:
    """`filter_policy` by message attributes, as SNS has it; None for everything."""

    def __init__(
        self, system: System, topic_arn: str, name: str, filter_policy: dict[str, Any] | None = None
    ) -> None:
        self._sqs = system.client("sqs")
        self._url, arn = make_topic_queue(self._sqs, name, topic_arn)
        attributes = {"RawMessageDelivery": "true"}
        if filter_policy is not None:
            attributes["FilterPolicy"] = json.dumps(filter_policy)
        system.client("sns").subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        self._messages: list[dict[str, Any]] = []

    def messages(self, transaction_id: str) -> list[dict[str, Any]]:
        """What has come of this transaction so far: the body, and the attributes as texts under `attributes`. A body
        that is a sentence, as people get it, is `sentence`.
        """
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            attributes = message.get("MessageAttributes", {})
            texts = {name: value["StringValue"] for name, value in attributes.items()}
            body = json.loads(message["Body"])
            told = {"sentence": body} if isinstance(body, str) else body
            self._messages.append({**told, "attributes": texts})
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [
            each
            for each in self._messages
            if transaction_id == each.get("transaction_id") or transaction_id in each.get("sentence", "")
        ]

    def wait_for(self, transaction_id: str, count: int = 1) -> list[dict[str, Any]]:
        return wait_for(lambda: self.messages(transaction_id), lambda found: len(found) >= count)
