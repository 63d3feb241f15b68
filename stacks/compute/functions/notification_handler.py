"""The notification handler: a part of the compute layer."""

from awacs import dynamodb
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import consume_queue_statements, publish_statements, table_statements
from stacks.compute.event_sources import queue_source
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.data.stack import DataOutputs
from stacks.messaging.event_bus import NOTIFICATION_TIMEOUT_SECONDS, NOTIFICATION_WINDOW_SECONDS
from stacks.messaging.stack import MessagingOutputs
from stacks.parameters import table as parameters

BATCH_SIZE = 10


def add_notification_handler(runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs) -> Function:
    """The function with its queue as source."""
    settings = FunctionSettings(
        folder=function_catalogue.NOTIFICATION_HANDLER,
        description="Tells subscribers of confirmations, failures, disputes and high value, each once",
        timeout_seconds=NOTIFICATION_TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.NOTIFICATION_CONCURRENCY,
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table_name,
            contract.ENV_NOTIFICATIONS_TABLE: data.notifications_table_name,
            contract.ENV_NOTIFICATIONS_TOPIC: messaging.notifications_topic_arn,
        },
        key_services=("dynamodb", "sns", "sqs"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *table_statements(data.transactions_table_arn, [dynamodb.Query]),
            *table_statements(data.notifications_table_arn, [dynamodb.PutItem, dynamodb.UpdateItem]),
            *publish_statements(messaging.notifications_topic_arn),
            *consume_queue_statements(messaging.notification_queue_arn),
        ],
    )
    queue_source(
        runtime.template,
        function,
        messaging.notification_queue_arn,
        BATCH_SIZE,
        parameters.NOTIFICATION_CONCURRENCY,
        NOTIFICATION_WINDOW_SECONDS,
    )
    return function
