"""The payment processor, its queue as source, and the pipe to it: a part of the compute layer."""

from typing import Any

from awacs import dynamodb
from troposphere import FindInMap, Sub, Template
from troposphere.awslambda import Function
from troposphere.stepfunctions import StateMachine

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import (
    consume_queue_statements,
    put_events_statements,
    read_object_statements,
    read_parameter_statements,
    read_secret_statements,
    send_message_statements,
    table_statements,
)
from stacks.compute.event_sources import queue_source
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.compute.processing_workflow import workflow_mode
from stacks.compute.stream_pipe import StreamFlow, stream_pipe
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MAXIMUM_RECEIVES, MessagingOutputs
from stacks.names import IN_TEMPLATE
from stacks.parameters import table as parameters
from stacks.webhook_endpoints import ENDPOINTS, settings_text

PROCESSING_BATCH_SIZE = 10

# AWS: a queue's visibility should be at least six times the time limit of the function that consumes it.
VISIBILITY_PER_TIMEOUT = 6
_PROCESSOR_TIMEOUTS = "ProcessorTimeouts"


def add_payment_processor(runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs) -> Function:
    """The function with its queue as source."""
    template = runtime.template
    # Their signatures prove too little: the processor asks PayPal, with the credentials in these endpoints' secrets.
    confirmed = [endpoint for endpoint in ENDPOINTS if endpoint.provider == contract.PROVIDER_PAYPAL]
    secrets = [IN_TEMPLATE.secret_arn_pattern(IN_TEMPLATE.endpoint_secret(each.name)) for each in confirmed]
    settings = FunctionSettings(
        folder=function_catalogue.PAYMENT_PROCESSOR,
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


def add_processing_pipe(
    template: Template, key_arn: Any, data: DataOutputs, messaging: MessagingOutputs, workflow: StateMachine
) -> None:
    """Brings the keys of each new webhook from the inbox's stream to the processor: by its queue, or by the
    state machine, as ProcessingMode says. The queue and its source stay in both modes: the sweeper sends there,
    and what is in the queue when the mode changes is not lost.
    """
    image = "$.dynamodb.NewImage"
    flow = StreamFlow(
        stream_arn=data.inbox_stream_arn,
        queue_arn=messaging.processing_queue_arn,
        machine_arn=workflow.ref(),
        to_machine=workflow_mode(template),
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
    stream_pipe(template, key_arn, flow)
