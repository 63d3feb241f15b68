"""Publishes notifications to the SNS topic."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.notifications.content import Notification

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Of one publication with its second attempt, some six seconds at most, and of the marker's update that follows it: an
# invocation that ended between the two would leave a message that is published again.
LEAST_SECONDS_LEFT = 9.0


class Topic:
    """The notifications topic, through botocore: SNS has no JSON protocol. `client` makes or gives it; `deadline` is
    that of the invocation.
    """

    def __init__(self, client: "Callable[[], BaseClient]", arn: str, deadline: Deadline) -> None:
        self._client = client
        self._arn = arn
        self._deadline = deadline

    def send(self, notification: Notification) -> str:
        """Raises Unavailable when the topic refuses or does not answer; then it may have the message or not. With too
        little time left it is not asked.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if self._deadline.remaining_seconds() < LEAST_SECONDS_LEFT:
            raise Unavailable("deadline_exceeded")
        attributes = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in notification.attributes.items()
        }
        client: Any = self._client()
        try:
            answer = client.publish(
                TopicArn=self._arn,
                Subject=notification.subject,
                # By protocol (API reference, Publish): people read a sentence, all else gets JSON.
                Message=json.dumps({"default": notification.body, "email": notification.text}),
                MessageStructure="json",
                MessageAttributes=attributes,
            )
        except ClientError as error:
            raise Unavailable(f"sns_{error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise Unavailable(f"sns_{type(error).__name__}") from error
        return str(answer["MessageId"])
