"""The processing queue: a batch of webhook keys in, the messages to deliver again out. Or the state machine: one
webhook in, its outcome out.
"""

from typing import Any

from payment_webhooks.bootstrap import webhook_receiver as bootstrap

# Kept for the answer itself, and so that a call that is cut off is still told from one that was never made.
RESERVED_SECONDS = 0.5


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _from_queue(event, context) if "Records" in event else _from_workflow(event, context)


def _from_queue(event: dict[str, Any], context: Any) -> dict[str, Any]:
    queue_processor, deadline = bootstrap.processing_queue()
    deadline.start(context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    return queue_processor.handle(event)


def _from_workflow(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from payment_webhooks.bootstrap.payment_processor import processing_workflow

    workflow_processor, deadline = processing_workflow()
    deadline.start(context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    return workflow_processor.handle(event)
