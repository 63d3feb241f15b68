"""Joins the parts of the processor as the state machine calls it; see bootstrap.py."""

import os
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.bootstrap.webhook_receiver import make_processor
from payment_webhooks.deadline import Deadline
from payment_webhooks.processing.from_workflow import WorkflowProcessor
from payment_webhooks.processing.messages import DeadLetters


@cache
def processing_workflow() -> tuple[WorkflowProcessor, Deadline]:
    """The processor as the state machine calls it, and the deadline that each invocation starts."""
    return make_processing_workflow(os.environ)


def make_processing_workflow(environment: Mapping[str, str]) -> tuple[WorkflowProcessor, Deadline]:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    processor, inbox, sqs = make_processor(environment, deadline)
    dead_letters = DeadLetters(sqs, environment[contract.ENV_PROCESSING_DLQ_URL])
    return WorkflowProcessor(processor.process, inbox, dead_letters), deadline
