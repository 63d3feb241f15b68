"""Joins the parts of each function from its environment, once for each container. The only module that reads
os.environ for settings.
"""

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from payment_webhooks import contract
from payment_webhooks.aws.clients import json_api, s3_client, sns_client
from payment_webhooks.aws.json_client import DYNAMODB, EVENTS, SECRETS_MANAGER, SQS, SSM, Api, CallLimits
from payment_webhooks.deadline import Deadline
from payment_webhooks.endpoints.cached_secret import LONGEST_AGE_SECONDS, CachedSecret, secret_text
from payment_webhooks.endpoints.secret_document import EndpointSecret, parse_endpoint_secret
from payment_webhooks.inbox.items import Inbox
from payment_webhooks.inbox.payloads import BucketPayloads
from payment_webhooks.receiving.receiver import Endpoint, Receiver
from payment_webhooks.telemetry.logs import trace_id
from payment_webhooks.timestamps import utc_timestamp

if TYPE_CHECKING:
    from payment_webhooks.audit.batch import ObjectBucket
    from payment_webhooks.inbox.progress import InboxProgress
    from payment_webhooks.notifications.notifier import Notifier
    from payment_webhooks.processing.from_queue import QueueProcessor
    from payment_webhooks.processing.processor import Confirm, Processor
    from payment_webhooks.processing.sweeper import Sweeper
    from payment_webhooks.providers.paypal.confirmation import Confirmation
    from payment_webhooks.publishing.live_configuration import LiveConfiguration
    from payment_webhooks.publishing.publisher import EventPublisher

# A write that contends with its duplicates is tried again in milliseconds; the deadline is the real limit.
DYNAMODB_ATTEMPTS = 5
SECRETS_MANAGER_ATTEMPTS = 2
SQS_ATTEMPTS = 3
SSM_ATTEMPTS = 2


@cache
def receiver() -> Receiver:
    return make_receiver(os.environ)


@cache
def keyed_endpoint() -> str:
    """The endpoint of the path with an API key; empty when there is no such path."""
    return os.environ.get(contract.ENV_KEYED_ENDPOINT, "")


@cache
def processing_queue() -> "tuple[QueueProcessor, Deadline]":
    """The processor as SQS feeds it, and the deadline that each invocation starts."""
    return make_processing_queue(os.environ)


@cache
def notifier() -> "tuple[Notifier, Deadline]":
    """The notifier, and the deadline that each invocation starts."""
    return make_notifier(os.environ)


@cache
def sweeper() -> "tuple[Sweeper, Deadline]":
    """The sweeper, and the deadline that each invocation starts."""
    return make_sweeper(os.environ)


@cache
def audit_bucket() -> "ObjectBucket":
    from payment_webhooks.audit.batch import ObjectBucket

    return ObjectBucket(s3_client(), os.environ[contract.ENV_AUDIT_BUCKET])


def make_receiver(environment: Mapping[str, str]) -> Receiver:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    deadline = Deadline()
    secrets_manager = json_api(SECRETS_MANAGER, deadline, SECRETS_MANAGER_ATTEMPTS, environment)
    dynamodb = json_api(DYNAMODB, deadline, DYNAMODB_ATTEMPTS, environment)
    return Receiver(
        endpoints=endpoints_of(environment, secrets_manager),
        fingerprint_key=fingerprint_key_of(environment, secrets_manager),
        inbox=Inbox(dynamodb, environment[contract.ENV_INBOX_TABLE]),
        payloads=BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline),
        fetch_certificate=lambda url: _certificate_fetcher()(url),
        deadline=deadline,
    )


def make_processor(
    environment: Mapping[str, str], deadline: Deadline
) -> "tuple[Processor, InboxProgress, Api]":
    """The processor, its side of the inbox, and SQS. Raises KeyError for a missing setting; connects to
    nothing yet.
    """
    from payment_webhooks.inbox.progress import InboxProgress
    from payment_webhooks.ledger.writer import Ledger
    from payment_webhooks.processing.processor import Processor

    dynamodb = json_api(DYNAMODB, deadline, DYNAMODB_ATTEMPTS, environment)
    secrets_manager = json_api(SECRETS_MANAGER, deadline, SECRETS_MANAGER_ATTEMPTS, environment)
    inbox = InboxProgress(dynamodb, environment[contract.ENV_INBOX_TABLE], _now)
    processor = Processor(
        inbox=inbox,
        ledger=Ledger(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE], _now),
        payloads=BucketPayloads(s3_client, environment[contract.ENV_PAYLOAD_BUCKET], deadline),
        publish=make_publisher(environment, deadline),
        confirm=_confirm_with(endpoints_of(environment, secrets_manager)),
    )
    return processor, inbox, json_api(SQS, deadline, SQS_ATTEMPTS, environment)


def make_processing_queue(environment: Mapping[str, str]) -> "tuple[QueueProcessor, Deadline]":
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    from payment_webhooks.processing.from_queue import QueueProcessor, QueueSettings

    deadline = Deadline()
    processor, inbox, sqs = make_processor(environment, deadline)
    settings = QueueSettings(
        queue_url=environment[contract.ENV_PROCESSING_QUEUE_URL],
        dead_letter_url=environment[contract.ENV_PROCESSING_DLQ_URL],
        max_receive_count=int(environment[contract.ENV_MAX_RECEIVE_COUNT]),
        visibility_timeout_seconds=int(environment[contract.ENV_VISIBILITY_TIMEOUT]),
    )
    return QueueProcessor(processor.process, inbox, sqs, settings), deadline


def make_configuration(environment: Mapping[str, str], deadline: Deadline) -> "LiveConfiguration":
    """Raises KeyError for a missing setting. Reads nothing yet."""
    from payment_webhooks.publishing.live_configuration import LiveConfiguration

    ssm = json_api(SSM, deadline, SSM_ATTEMPTS, environment)
    return LiveConfiguration(ssm, environment[contract.ENV_CONFIG_PARAMETER])


def make_publisher(environment: Mapping[str, str], deadline: Deadline) -> "EventPublisher":
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    from payment_webhooks.publishing.publisher import EventPublisher

    configuration = make_configuration(environment, deadline).get

    def limits() -> CallLimits:
        current = configuration()
        return CallLimits(current.publish_attempts, current.publish_seconds)

    events = json_api(EVENTS, deadline, limits, environment)
    return EventPublisher(events, environment[contract.ENV_EVENT_BUS], configuration, trace_id)


def make_notifier(environment: Mapping[str, str]) -> "tuple[Notifier, Deadline]":
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    from payment_webhooks.ledger.reader import LedgerReader
    from payment_webhooks.notifications.markers import NotificationMarkers
    from payment_webhooks.notifications.notifier import Notifier, Topic

    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, DYNAMODB_ATTEMPTS, environment)
    ledger = LedgerReader(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE])
    markers = NotificationMarkers(dynamodb, environment[contract.ENV_NOTIFICATIONS_TABLE], time.time)
    topic = Topic(sns_client, environment[contract.ENV_NOTIFICATIONS_TOPIC], deadline)
    return Notifier(ledger, markers, topic.send), deadline


def make_sweeper(environment: Mapping[str, str]) -> "tuple[Sweeper, Deadline]":
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    from payment_webhooks.processing.sweeper import PendingIndex, ProcessingQueue, Sweeper

    deadline = Deadline()
    dynamodb = json_api(DYNAMODB, deadline, DYNAMODB_ATTEMPTS, environment)
    sqs = json_api(SQS, deadline, SQS_ATTEMPTS, environment)
    index = PendingIndex(dynamodb, environment[contract.ENV_INBOX_TABLE])
    queue = ProcessingQueue(sqs, environment[contract.ENV_PROCESSING_QUEUE_URL])
    return Sweeper(index, queue, deadline), deadline


def endpoints_of(environment: Mapping[str, str], secrets_manager: Api) -> dict[str, Endpoint]:
    """By name, from ENDPOINTS: {"stripe": {"scheme": "stripe", "secret": "secret-endpoint-..."}, ...}."""
    return {
        name: Endpoint(
            name, settings["scheme"], CachedSecret(partial(_load, secrets_manager, settings["secret"]))
        )
        for name, settings in json.loads(environment[contract.ENV_ENDPOINTS]).items()
    }


def fingerprint_key_of(environment: Mapping[str, str], secrets_manager: Api) -> CachedSecret[bytes]:
    """This key never changes, so the one that was fetched is never too old."""
    name = environment[contract.ENV_FINGERPRINT_SECRET]
    return CachedSecret(
        lambda: secret_text(secrets_manager, name).encode(),
        fresh_seconds=LONGEST_AGE_SECONDS,
        longest_age_seconds=math.inf,
    )


def _load(secrets_manager: Api, name: str) -> EndpointSecret:
    return parse_endpoint_secret(secret_text(secrets_manager, name))


def _confirm_with(endpoints: Mapping[str, Endpoint]) -> "Confirm":
    """Asks PayPal; what that needs is imported when the first event of PayPal's comes."""

    @cache
    def confirmation() -> "Confirmation":
        from payment_webhooks.providers.paypal.confirmation import Confirmation

        return Confirmation({name: endpoint.secret.get for name, endpoint in endpoints.items()})

    return lambda endpoint, body, event: confirmation().confirmed(endpoint, body, event)


@cache
def _certificate_fetcher() -> Callable[[str], bytes]:
    from payment_webhooks.providers.paypal.certificate_download import (
        CertificateFetcher,  # only PayPal's endpoint needs it
    )

    return CertificateFetcher()


def _now() -> str:
    return utc_timestamp(time.time())
