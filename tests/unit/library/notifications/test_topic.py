"""What the topic gets of a notification, and when it is not asked at all."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from payment_webhooks.aws.botocore_clients import BOTOCORE_ATTEMPTS
from payment_webhooks.deadline import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.notifications.content import Notification
from payment_webhooks.notifications.topic import LEAST_SECONDS_LEFT, Topic
from tests.support.library.notifying import Notifying
from tests.support.library.receiving import event

ARN = "arn:aws:sns:us-east-1:123456789012:topic-notifications-test"
# The attributes that docs/events.md tells subscribers to filter by.
FILTERED_BY = {
    "notification_type": "payment_confirmation",
    "state": "succeeded",
    "provider": "internal",
    "endpoint": "internal",
    "currency": "EUR",
    "confirmed": "true",
    "high_value": "false",
}


class Client:
    def __init__(self, failure: Exception | None = None) -> None:
        self.calls: list[dict[str, Any]] = []
        self._failure = failure

    def publish(self, **parameters: Any) -> dict[str, str]:
        self.calls.append(parameters)
        if self._failure:
            raise self._failure
        return {"MessageId": "m-1"}


def topic(client: Any, seconds_left: float = 29.5) -> Topic:
    deadline = Deadline(lambda: 0.0)
    deadline.start(seconds_left)
    return Topic(lambda: client, ARN, deadline)


def confirmation() -> Notification:
    notifying = Notifying()
    notifying.deliver(notifying.apply("internal", event(currency="EUR")))
    return notifying.told[0]


def test_a_message_has_the_attributes_that_subscribers_filter_by() -> None:
    client, notification = Client(), confirmation()
    assert topic(client).send(notification) == "m-1"
    (call,) = client.calls
    sent = {name: value["StringValue"] for name, value in call["MessageAttributes"].items()}
    assert {value["DataType"] for value in call["MessageAttributes"].values()} == {"String"}
    assert sent.pop("dedupe_id") == json.loads(notification.body)["dedupe_id"]
    assert sent == FILTERED_BY
    assert (call["TopicArn"], call["MessageStructure"]) == (ARN, "json")


def test_people_get_a_sentence_by_mail_and_all_others_json() -> None:
    client, notification = Client(), confirmation()
    topic(client).send(notification)
    (call,) = client.calls
    by_protocol = json.loads(call["Message"])
    assert by_protocol.keys() == {"default", "email"}
    assert json.loads(by_protocol["default"])["notification_type"] == "payment_confirmation"
    assert by_protocol["email"] == notification.text
    assert by_protocol["email"].endswith("EUR.")
    assert call["Subject"] == "Payment confirmation: internal"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ClientError({"Error": {"Code": "KMSThrottling"}}, "Publish"), "sns_KMSThrottling"),
        (ReadTimeoutError(endpoint_url="https://sns.example.com"), "sns_ReadTimeoutError"),
    ],
)
def test_what_the_topic_refuses_is_tried_again(failure: Exception, reason: str) -> None:
    with pytest.raises(Unavailable) as raised:
        topic(Client(failure)).send(confirmation())
    assert raised.value.reason == reason


def test_nothing_is_published_that_could_not_be_marked_in_time() -> None:
    client = Client()
    with pytest.raises(Unavailable) as raised:
        topic(client, LEAST_SECONDS_LEFT - 0.1).send(confirmation())
    assert raised.value.reason == "deadline_exceeded"
    assert client.calls == []
    topic(client, LEAST_SECONDS_LEFT).send(confirmation())
    assert len(client.calls) == 1


def test_the_time_kept_is_that_of_all_attempts_and_of_the_mark() -> None:
    longest = BOTOCORE_ATTEMPTS * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS)
    assert longest + READ_TIMEOUT_SECONDS < LEAST_SECONDS_LEFT
