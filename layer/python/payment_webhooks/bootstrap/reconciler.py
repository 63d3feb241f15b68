"""Wires the reconciler from its environment variables, once for each container."""

import os
from collections.abc import Mapping
from functools import cache

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, SECRETS_MANAGER
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import fingerprint_key_of
from payment_webhooks.endpoints.endpoint import endpoints_of
from payment_webhooks.inbox.fetched import FetchedEvents
from payment_webhooks.inbox.payloads import BucketPayloads
from payment_webhooks.reconciling.reconciler import Reconciler

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


def make_reconciler(environment: Mapping[str, str]) -> tuple[Reconciler, Deadline]:
    """The reconciler, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    deadline = Deadline()
    secrets_manager = json_api(SECRETS_MANAGER, deadline, environment)

    def pause(attempts: int) -> None:
        deadline.pause(attempts, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    reconciler = Reconciler(
        endpoints=endpoints_of(environment, secrets_manager),
        fingerprint_key=fingerprint_key_of(environment, secrets_manager),
        inbox=FetchedEvents(
            json_api(DYNAMODB, deadline, environment), environment[contract.ENV_INBOX_TABLE], pause
        ),
        payloads=BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline),
        deadline=deadline,
    )
    return reconciler, deadline


reconciler = cache(lambda: make_reconciler(os.environ))


def is_on() -> bool:
    """Whether the schedule's runs look at anything; what a person asks is done all the same."""
    return os.environ[contract.ENV_RECONCILE] == "true"
