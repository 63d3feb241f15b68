"""The processing queue: a batch of webhook keys in, the messages to deliver again out. Or the state machine: one
webhook in, its outcome out.
"""

from typing import Any

from payment_webhooks.bootstrap.payment_processor import queue_processor, workflow_processor
from payment_webhooks.contract import PROCESSOR_STOPS_AFTER_SECONDS


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    processor, deadline = queue_processor() if "Records" in event else workflow_processor()
    deadline.start_from(context, PROCESSOR_STOPS_AFTER_SECONDS)
    return processor.handle(event)
