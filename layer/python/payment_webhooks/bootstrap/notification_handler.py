"""Wires the notification handler from its environment variables, once for each container."""

import os
import time
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import sns_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB
from payment_webhooks.deadline import Deadline
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.notifications.markers import NotificationMarkers
from payment_webhooks.notifications.notifier import Notifier
from payment_webhooks.notifications.topic import Topic


def make_notifier(environment: Mapping[str, str]) -> tuple[Notifier, Deadline]:
    """The notifier, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, environment)
    ledger = LedgerReader(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE])
    markers = NotificationMarkers(dynamodb, environment[contract.ENV_NOTIFICATIONS_TABLE], time.time)
    topic = Topic(sns_client, environment[contract.ENV_NOTIFICATIONS_TOPIC], deadline)
    return Notifier(ledger, markers, topic.send), deadline


notifier = cache(lambda: make_notifier(os.environ))
