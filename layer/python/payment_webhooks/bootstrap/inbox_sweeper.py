"""Wires the inbox sweeper from its environment variables, once for each container."""

import os
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.clients import DYNAMODB_ATTEMPTS, SQS_ATTEMPTS, json_api
from payment_webhooks.aws.json_client import DYNAMODB, SQS
from payment_webhooks.deadline import Deadline
from payment_webhooks.inbox.pending_index import PendingIndex
from payment_webhooks.processing.messages import ProcessingQueue
from payment_webhooks.processing.sweeper import Sweeper


@cache
def sweeper() -> tuple[Sweeper, Deadline]:
    """The sweeper, and the deadline that each invocation starts."""
    return make_sweeper(os.environ)


def make_sweeper(environment: Mapping[str, str]) -> tuple[Sweeper, Deadline]:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, DYNAMODB_ATTEMPTS, environment)
    sqs = json_api(SQS, deadline, SQS_ATTEMPTS, environment)
    index = PendingIndex(dynamodb, environment[contract.ENV_INBOX_TABLE])
    queue = ProcessingQueue(sqs, environment[contract.ENV_PROCESSING_QUEUE_URL])
    return Sweeper(index, queue, deadline), deadline
