"""Layer `compute`: the functions, what feeds them, and the pipe from the inbox to the queue."""

from dataclasses import dataclass
from typing import Any

from awacs import dynamodb
from troposphere import FindInMap, Sub, Template
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import functions, parameters
from stacks.data import DataOutputs
from stacks.endpoints import ENDPOINTS, KEYED_ENDPOINT, settings_text
from stacks.messaging import MAXIMUM_RECEIVES, MessagingOutputs
from stacks.names import IN_TEMPLATE
from stacks.notifying import add_notification_handler
from stacks.resources.event_sources import queue_source, stream_source
from stacks.resources.functions import FunctionSettings, Runtime, add_function, shared_layer
from stacks.resources.house_rules import finish
from stacks.resources.pipes import StreamToQueue, stream_to_queue_pipe
from stacks.resources.provisioning import keep_started
from stacks.resources.statements import (
    consume_queue_statements,
    fail_to_bucket_statements,
    put_events_statements,
    read_object_statements,
    read_parameter_statements,
    read_secret_statements,
    read_stream_statements,
    send_message_statements,
    table_statements,
    write_object_statements,
)
from stacks.security import SecurityOutputs
from stacks.sweeping import add_inbox_sweeper
from stacks.wiring import publish, receive

# The receiver answers within its own deadline of 8 s (Square gives up after 10); this is the wall behind it.
RECEIVER_TIMEOUT_SECONDS = 10
AUDIT_TIMEOUT_SECONDS = 60
HEALTH_TIMEOUT_SECONDS = 10

PROCESSING_BATCH_SIZE = 10
AUDIT_BATCH_SIZE = 100
AUDIT_RETRIES = 10

# AWS: a queue's visibility should be at least six times the time limit of the function that consumes it.
VISIBILITY_PER_TIMEOUT = 6
_PROCESSOR_TIMEOUTS = "ProcessorTimeouts"


@dataclass(frozen=True)
class ComputeOutputs:
    webhook_receiver_arn: Any
    webhook_receiver_name: Any
    payment_processor_name: Any
    audit_logger_name: Any
    health_arn: Any
    health_name: Any
    inbox_sweeper_name: Any
    notification_handler_name: Any


def build_compute() -> Template:
    template = Template(Description="Payment webhooks: functions and what feeds them")
    security = receive(template, SecurityOutputs)
    data = receive(template, DataOutputs)
    messaging = receive(template, MessagingOutputs)
    runtime = Runtime(template, security.key_arn, shared_layer(template))

    receiver = _receiver(runtime, data)
    processor = _processor(runtime, data, messaging)
    audit = _audit_logger(runtime, data)
    health = _health(runtime)
    sweeper = add_inbox_sweeper(runtime, data, messaging)
    notifications = add_notification_handler(runtime, data, messaging)
    _pipe(template, security, data, messaging)
    publish(
        template,
        ComputeOutputs(
            webhook_receiver_arn=receiver.get_att("Arn"),
            webhook_receiver_name=receiver.ref(),
            payment_processor_name=processor.ref(),
            audit_logger_name=audit.ref(),
            health_arn=health.get_att("Arn"),
            health_name=health.ref(),
            inbox_sweeper_name=sweeper.ref(),
            notification_handler_name=notifications.ref(),
        ),
    )
    return finish(template)


def _receiver(runtime: Runtime, data: DataOutputs) -> Function:
    secrets = [
        *(IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in ENDPOINTS),
        IN_TEMPLATE.fingerprint_secret,
    ]
    settings = FunctionSettings(
        folder=functions.WEBHOOK_RECEIVER,
        description="Verifies a webhook and stores it in the inbox",
        timeout_seconds=RECEIVER_TIMEOUT_SECONDS,
        memory=parameters.RECEIVER_MEMORY,
        concurrency=parameters.RECEIVER_CONCURRENCY,
        environment={
            contract.ENV_ENDPOINTS: Sub(settings_text(ENDPOINTS)),
            contract.ENV_KEYED_ENDPOINT: KEYED_ENDPOINT.name,
            contract.ENV_FINGERPRINT_SECRET: Sub(IN_TEMPLATE.fingerprint_secret),
            contract.ENV_INBOX_TABLE: data.inbox_table_name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket_name,
        },
        key_services=("dynamodb", "s3", "secretsmanager"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *read_secret_statements([Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets]),
            # A transaction is authorised as the puts that it is made of.
            *table_statements(data.inbox_table_arn, [dynamodb.PutItem]),
            *write_object_statements(data.payload_bucket_arn),
        ],
    )
    keep_started(
        *(runtime.template, function, settings.folder),
        *(parameters.RECEIVER_MEMORY, parameters.RECEIVER_PROVISIONED_CONCURRENCY),
    )
    return function


def _processor(runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs) -> Function:
    template = runtime.template
    # Their signatures prove too little: the processor asks PayPal, with the credentials in these endpoints' secrets.
    confirmed = [endpoint for endpoint in ENDPOINTS if endpoint.scheme == contract.SCHEME_PAYPAL]
    secrets = [IN_TEMPLATE.secret_arn_pattern(IN_TEMPLATE.endpoint_secret(each.name)) for each in confirmed]
    settings = FunctionSettings(
        folder=functions.PAYMENT_PROCESSOR,
        description="Turns webhooks of the inbox into rows of the ledger",
        timeout_seconds=_processor_timeout(template),
        memory=parameters.PROCESSOR_MEMORY,
        concurrency=parameters.PROCESSOR_CONCURRENCY,
        environment={
            contract.ENV_INBOX_TABLE: data.inbox_table_name,
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table_name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket_name,
            contract.ENV_PROCESSING_QUEUE_URL: messaging.processing_queue_url,
            contract.ENV_PROCESSING_DLQ_URL: messaging.processing_dlq_url,
            contract.ENV_MAX_RECEIVE_COUNT: str(MAXIMUM_RECEIVES),
            contract.ENV_VISIBILITY_TIMEOUT: parameters.QUEUE_VISIBILITY_TIMEOUT.ref(template),
            contract.ENV_EVENT_BUS: messaging.event_bus_name,
            contract.ENV_CONFIG_PARAMETER: messaging.config_parameter_name,
            contract.ENV_ENDPOINTS: Sub(settings_text(confirmed)),
        },
        key_services=("dynamodb", "s3", "secretsmanager", "sqs"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *table_statements(data.inbox_table_arn, [dynamodb.Query, dynamodb.UpdateItem]),
            *table_statements(data.transactions_table_arn, [dynamodb.PutItem]),
            *read_secret_statements([Sub(secret) for secret in secrets]),
            *read_object_statements(data.payload_bucket_arn),
            *consume_queue_statements(messaging.processing_queue_arn),
            *send_message_statements([messaging.processing_dlq_arn]),
            *put_events_statements(messaging.event_bus_arn),
            *read_parameter_statements(Sub(IN_TEMPLATE.config_parameter_arn)),
        ],
    )
    queue_source(
        template,
        function,
        messaging.processing_queue_arn,
        PROCESSING_BATCH_SIZE,
        parameters.PROCESSOR_CONCURRENCY,
    )
    return function


def _processor_timeout(template: Template) -> FindInMap:
    """A sixth of the queue's visibility, by a table: CloudFormation cannot divide."""
    visibility = parameters.QUEUE_VISIBILITY_TIMEOUT
    table = {str(each): {"Seconds": int(each) // VISIBILITY_PER_TIMEOUT} for each in visibility.allowed}
    template.add_mapping(_PROCESSOR_TIMEOUTS, table)
    return FindInMap(_PROCESSOR_TIMEOUTS, visibility.ref(template), "Seconds")


def _audit_logger(runtime: Runtime, data: DataOutputs) -> Function:
    settings = FunctionSettings(
        folder=functions.AUDIT_LOGGER,
        description="Writes an audit record for each change of the inbox",
        timeout_seconds=AUDIT_TIMEOUT_SECONDS,
        memory=parameters.AUDIT_MEMORY,
        concurrency=parameters.AUDIT_CONCURRENCY,
        environment={contract.ENV_AUDIT_BUCKET: data.audit_bucket_name},
        key_services=("dynamodb", "s3"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *read_stream_statements(data.inbox_stream_arn),
            *write_object_statements(data.audit_bucket_arn),
            *fail_to_bucket_statements(data.failures_bucket_arn),
        ],
    )
    stream_source(
        runtime.template,
        function,
        data.inbox_stream_arn,
        data.failures_bucket_arn,
        AUDIT_BATCH_SIZE,
        AUDIT_RETRIES,
    )
    return function


def _health(runtime: Runtime) -> Function:
    settings = FunctionSettings(
        folder=functions.HEALTH,
        description="Answers that the API and a function answer; touches nothing",
        timeout_seconds=HEALTH_TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.OTHER_CONCURRENCY,
    )
    return add_function(runtime, settings, grants=[])


def _pipe(
    template: Template, security: SecurityOutputs, data: DataOutputs, messaging: MessagingOutputs
) -> None:
    image = "$.dynamodb.NewImage"
    flow = StreamToQueue(
        stream_arn=data.inbox_stream_arn,
        queue_arn=messaging.processing_queue_arn,
        dead_letter_arn=messaging.pipe_dlq_arn,
        pattern={
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {contract.STATUS: {"S": [contract.STATUS_RECEIVED]}}},
        },
        message={
            contract.MESSAGE_WEBHOOK_ID: f"{image}.{contract.WEBHOOK_ID}.S",
            contract.MESSAGE_TIMESTAMP: f"{image}.{contract.WEBHOOK_TIMESTAMP}.S",
        },
    )
    stream_to_queue_pipe(template, security.key_arn, flow)
