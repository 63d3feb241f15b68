"""The notification queue: a batch of messages in, the messages to deliver again out."""

from typing import Any

from payment_webhooks.bootstrap import webhook_receiver as bootstrap

# Kept for the answer itself, and so that a call that is cut off is still told from one that was never made.
RESERVED_SECONDS = 0.5


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    notifier, deadline = bootstrap.notifier()
    deadline.start(context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    return notifier.handle(event)
