"""The notification queue: a batch of messages in, the messages to deliver again out."""

from typing import Any

from payment_webhooks.bootstrap.notification_handler import notifier


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    batch_notifier, deadline = notifier()
    deadline.start_from(context)
    return batch_notifier.handle(event)
