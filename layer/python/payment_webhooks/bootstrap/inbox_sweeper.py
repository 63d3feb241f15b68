"""Wires the inbox sweeper from its environment variables, once for each container."""

import os
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, SQS
from payment_webhooks.deadline import Deadline
from payment_webhooks.inbox.pending_index import PendingIndex
from payment_webhooks.processing.messages import ProcessingQueue
from payment_webhooks.processing.sweeper import Sweeper


def make_sweeper(environment: Mapping[str, str]) -> tuple[Sweeper, Deadline]:
    """The sweeper, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, environment)
    sqs = json_api(SQS, deadline, environment)
    index = PendingIndex(dynamodb, environment[contract.ENV_INBOX_TABLE])
    queue = ProcessingQueue(sqs, environment[contract.ENV_PROCESSING_QUEUE_URL])
    return Sweeper(index, queue, deadline), deadline


sweeper = cache(lambda: make_sweeper(os.environ))
