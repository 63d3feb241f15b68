"""The payment processor, with its queue as source."""

from awacs import dynamodb, events, secretsmanager, sqs, ssm
from troposphere import FindInMap, Sub, Template
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow, consume_queue_statements, read_object_statements
from stacks.compute.event_sources import queue_source
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import PAYMENT_PROCESSOR
from stacks.messaging.stack import MAXIMUM_RECEIVES
from stacks.names import IN_TEMPLATE
from stacks.parameters.functions import QUEUE_VISIBILITY_TIMEOUT
from stacks.webhook_endpoints import ENDPOINTS, settings_text

BATCH_SIZE = 10

# AWS: a queue's visibility should be at least six times the time limit of the function that consumes it.
VISIBILITY_PER_TIMEOUT = 6
_PROCESSOR_TIMEOUTS = "ProcessorTimeouts"


def add_payment_processor(runtime: Runtime) -> Function:
    """The function with its queue as source."""
    data, messaging = runtime.data, runtime.messaging
    template = runtime.template
    # Their signatures prove too little: the processor asks the provider, with the credentials in the endpoint's secret.
    confirmed = [endpoint for endpoint in ENDPOINTS if endpoint.record.connect is not None]
    secrets = [IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in confirmed]
    function = add_function(
        runtime,
        PAYMENT_PROCESSOR,
        grants=[
            allow([dynamodb.Query, dynamodb.UpdateItem], [data.inbox_table.arn]),
            allow([dynamodb.PutItem], [data.transactions_table.arn]),
            allow(
                [secretsmanager.GetSecretValue],
                [Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets],
            ),
            *read_object_statements(data.payload_bucket.arn),
            *consume_queue_statements(messaging.processing_queue.arn),
            allow([sqs.SendMessage], [messaging.processing_dlq.arn]),
            allow([events.PutEvents], [messaging.event_bus.arn]),
            allow(
                [ssm.GetParameter],
                [
                    Sub(IN_TEMPLATE.config_parameter_arn),
                    Sub(IN_TEMPLATE.config_parameter_version_arn_pattern),
                ],
            ),
        ],
        environment={
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket.name,
            contract.ENV_PROCESSING_QUEUE_URL: messaging.processing_queue.url,
            contract.ENV_PROCESSING_DLQ_URL: messaging.processing_dlq.url,
            contract.ENV_MAX_RECEIVE_COUNT: str(MAXIMUM_RECEIVES),
            contract.ENV_VISIBILITY_TIMEOUT: QUEUE_VISIBILITY_TIMEOUT.ref(template),
            contract.ENV_EVENT_BUS: messaging.event_bus.name,
            contract.ENV_CONFIG_PARAMETER: messaging.config_parameter_name,
            contract.ENV_ENDPOINTS: Sub(settings_text(confirmed)),
        },
        key_services=("dynamodb", "s3", "secretsmanager", "sqs"),
        timeout_seconds=_timeout(template),
    )
    queue_source(
        template,
        function,
        PAYMENT_PROCESSOR,
        messaging.processing_queue.arn,
        batch_size=BATCH_SIZE,
    )
    return function


def _timeout(template: Template) -> FindInMap:
    """A sixth of the queue's visibility time-out, by a mapping: CloudFormation cannot divide."""
    visibility = QUEUE_VISIBILITY_TIMEOUT
    table = {
        str(seconds): {"Seconds": int(seconds) // VISIBILITY_PER_TIMEOUT} for seconds in visibility.allowed
    }
    template.add_mapping(_PROCESSOR_TIMEOUTS, table)
    return FindInMap(_PROCESSOR_TIMEOUTS, visibility.ref(template), "Seconds")
