"""The inbox sweeper, with its schedule."""

from awacs import dynamodb, sqs
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.schedules import call_on_schedule
from stacks.function_catalogue import INBOX_SWEEPER


def add_inbox_sweeper(runtime: Runtime) -> Function:
    """The function with its schedule."""
    data, messaging = runtime.data, runtime.messaging
    pending_index = Sub(f"${{Table}}/index/{contract.PENDING_INDEX}", Table=data.inbox_table.arn)
    function = add_function(
        runtime,
        INBOX_SWEEPER,
        grants=[
            allow([dynamodb.Query], [pending_index]),
            allow([sqs.GetQueueAttributes, sqs.SendMessage], [messaging.processing_queue.arn]),
            allow([sqs.SendMessage], [messaging.schedules_dlq.arn]),
        ],
        environment={
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
            contract.ENV_PROCESSING_QUEUE_URL: messaging.processing_queue.url,
        },
    )
    call_on_schedule(runtime, function, "inbox-sweeper", "rate(5 minutes)", latest_seconds=240)
    return function
