"""The payment processor, with its queue as source."""

from awacs import dynamodb, events, secretsmanager, sqs, ssm
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from payment_webhooks.inbox.payloads import KEY_PREFIX
from payment_webhooks.inbox.progress import MARKED
from stacks.common.statements import (
    allow,
    consume_queue_statements,
    read_object_statements,
    update_statement,
    write_ledger_statements,
)
from stacks.compute.event_sources import queue_source
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import PAYMENT_PROCESSOR
from stacks.messaging.stack import MAXIMUM_RECEIVES
from stacks.names import IN_TEMPLATE
from stacks.webhook_endpoints import ENDPOINTS, settings_text

BATCH_SIZE = 10  # not more: the processor shortens the visibility of a batch by one call, which takes ten


def add_payment_processor(runtime: Runtime) -> Function:
    """The function with its queue as source."""
    data, messaging = runtime.data, runtime.messaging
    # Their signatures prove too little: the processor asks the provider, with the credentials in the endpoint's secret.
    confirmed = [endpoint for endpoint in ENDPOINTS if endpoint.record.connect is not None]
    secrets = [IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in confirmed]
    function = add_function(
        runtime,
        PAYMENT_PROCESSOR,
        grants=[
            allow([dynamodb.Query], [data.inbox_table.arn]),
            update_statement(data.inbox_table.arn, MARKED),
            *write_ledger_statements(data.transactions_table.arn, dynamodb.PutItem, dynamodb.Query),
            allow(
                [secretsmanager.GetSecretValue],
                [Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets],
            ),
            *read_object_statements(data.payload_bucket.arn, f"{KEY_PREFIX}*"),
            *consume_queue_statements(messaging.processing_queue.arn),
            allow([sqs.ChangeMessageVisibility], [messaging.processing_queue.arn]),
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
            contract.ENV_EVENT_BUS: messaging.event_bus.name,
            contract.ENV_CONFIG_PARAMETER: messaging.config_parameter_name,
            contract.ENV_ENDPOINTS: Sub(settings_text(confirmed)),
        },
    )
    queue_source(
        runtime.template,
        function,
        PAYMENT_PROCESSOR,
        messaging.processing_queue.arn,
        batch_size=BATCH_SIZE,
    )
    return function
