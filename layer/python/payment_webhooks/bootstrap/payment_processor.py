"""Wires the payment processor from its environment variables, once for each container: as SQS calls it, and as the
state machine does.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import s3_client
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, EVENTS, SECRETS_MANAGER, SQS, SSM, Api, CallLimits
from payment_webhooks.deadline import Deadline
from payment_webhooks.domain.effect import IsHighValue
from payment_webhooks.endpoints.endpoint import Endpoint, endpoints_of
from payment_webhooks.inbox.payloads import BucketPayloads
from payment_webhooks.inbox.progress import InboxProgress
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.processing.from_queue import QueueProcessor, QueueSettings
from payment_webhooks.processing.messages import DeadLetters
from payment_webhooks.processing.processor import Confirm, Processor
from payment_webhooks.publishing.configuration import Configuration
from payment_webhooks.publishing.live_configuration import LiveConfiguration
from payment_webhooks.publishing.publisher import EventPublisher
from payment_webhooks.telemetry.logs import trace_id
from payment_webhooks.timestamps import utc_timestamp

# Others who write to the same payment are done within some milliseconds.
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.5

# Of the other processing mode, and of events that are confirmed: the rest starts without them.
if TYPE_CHECKING:
    from payment_webhooks.processing.from_workflow import WorkflowProcessor
    from payment_webhooks.providers.confirmation import Confirmation


def make_queue_processor(environment: Mapping[str, str]) -> tuple[QueueProcessor, Deadline]:
    """The processor as SQS calls it, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    deadline = Deadline()
    processor, inbox, sqs = _make_processor(environment, deadline)
    settings = QueueSettings(
        queue_url=environment[contract.ENV_PROCESSING_QUEUE_URL],
        dead_letter_url=environment[contract.ENV_PROCESSING_DLQ_URL],
        max_receive_count=int(environment[contract.ENV_MAX_RECEIVE_COUNT]),
    )
    return QueueProcessor(processor.process, inbox, sqs, settings, deadline), deadline


queue_processor = cache(lambda: make_queue_processor(os.environ))


def make_workflow_processor(environment: Mapping[str, str]) -> "tuple[WorkflowProcessor, Deadline]":
    """The processor as the state machine calls it, and the deadline that each invocation starts.

    Raises KeyError for a missing setting. Connects to nothing yet.
    """
    from payment_webhooks.processing.from_workflow import WorkflowProcessor

    deadline = Deadline()
    processor, inbox, sqs = _make_processor(environment, deadline)
    dead_letters = DeadLetters(sqs, environment[contract.ENV_PROCESSING_DLQ_URL])
    return WorkflowProcessor(processor.process, inbox, dead_letters), deadline


workflow_processor = cache(lambda: make_workflow_processor(os.environ))


def _make_processor(
    environment: Mapping[str, str], deadline: Deadline
) -> tuple[Processor, InboxProgress, Api]:
    """The processor, its side of the inbox, and SQS."""
    dynamodb = json_api(DYNAMODB, deadline, environment)
    secrets_manager = json_api(SECRETS_MANAGER, deadline, environment)
    inbox = InboxProgress(dynamodb, environment[contract.ENV_INBOX_TABLE], _now)
    configuration = LiveConfiguration(
        json_api(SSM, deadline, environment), environment[contract.ENV_CONFIG_PARAMETER]
    ).get
    processor = Processor(
        inbox=inbox,
        ledger=make_ledger(
            dynamodb,
            environment[contract.ENV_TRANSACTIONS_TABLE],
            deadline,
            lambda minor, currency: configuration().is_high_value(minor, currency),
        ),
        payloads=BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline),
        publish=_make_publisher(environment, deadline, configuration),
        confirm=_confirm_with(endpoints_of(environment, secrets_manager)),
    )
    return processor, inbox, json_api(SQS, deadline, environment)


def make_ledger(dynamodb: Api, table: str, deadline: Deadline, is_high_value: IsHighValue) -> LedgerWriter:
    """The ledger, whose pauses between attempts end with the invocation."""

    def pause(attempts: int) -> None:
        deadline.pause(attempts, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    return LedgerWriter(dynamodb, table, _now, pause, is_high_value)


def _make_publisher(
    environment: Mapping[str, str], deadline: Deadline, configuration: Callable[[], Configuration]
) -> EventPublisher:
    def limits() -> CallLimits:
        current = configuration()
        return CallLimits(current.publish_attempts, current.publish_seconds)

    events = json_api(EVENTS, deadline, environment, limits)
    return EventPublisher(events, environment[contract.ENV_EVENT_BUS], trace_id)


def _confirm_with(endpoints: Mapping[str, Endpoint]) -> Confirm:
    """Asks providers; what that needs is imported when the first event comes that its signature does not prove."""

    @cache
    def confirmation() -> "Confirmation":
        from payment_webhooks.providers.confirmation import Confirmation

        return Confirmation({name: endpoint.secret.get for name, endpoint in endpoints.items()})

    return lambda endpoint, body, event: confirmation().confirmed(endpoint, body, event)


def _now() -> str:
    return utc_timestamp(time.time())
