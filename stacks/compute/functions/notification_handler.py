"""The notification handler, with its queue as source."""

from awacs import dynamodb, sns
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow, consume_queue_statements
from stacks.compute.event_sources import queue_source
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import NOTIFICATION_HANDLER
from stacks.messaging.stack import NOTIFICATION_WINDOW_SECONDS

BATCH_SIZE = 10


def add_notification_handler(runtime: Runtime) -> Function:
    """The function with its queue as source."""
    data, messaging = runtime.data, runtime.messaging
    function = add_function(
        runtime,
        NOTIFICATION_HANDLER,
        grants=[
            allow([dynamodb.Query], [data.transactions_table.arn]),
            allow([dynamodb.PutItem, dynamodb.UpdateItem], [data.notifications_table.arn]),
            allow([sns.Publish], [messaging.notifications_topic_arn]),
            *consume_queue_statements(messaging.notification_queue.arn),
        ],
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
            contract.ENV_NOTIFICATIONS_TABLE: data.notifications_table.name,
            contract.ENV_NOTIFICATIONS_TOPIC: messaging.notifications_topic_arn,
        },
    )
    queue_source(
        runtime.template,
        function,
        NOTIFICATION_HANDLER,
        messaging.notification_queue.arn,
        batch_size=BATCH_SIZE,
        window_seconds=NOTIFICATION_WINDOW_SECONDS,
    )
    return function
