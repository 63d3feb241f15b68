"""The inbox sweeper: a part of the compute layer."""

from awacs import dynamodb, sqs
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import allow, send_message_statements
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.compute.schedules import Scheduled, call_on_schedule
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MessagingOutputs
from stacks.parameters import table as parameters

# Well under the schedule's five minutes: a run is over, retries included, before the next one begins.
TIMEOUT_SECONDS = 120
SCHEDULE = Scheduled("inbox-sweeper", "rate(5 minutes)", latest_seconds=240)


def add_inbox_sweeper(runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs) -> Function:
    """The function with its schedule."""
    settings = FunctionSettings(
        folder=function_catalogue.INBOX_SWEEPER,
        description="Sends webhooks that are pending for too long to the processor again",
        timeout_seconds=TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.OTHER_CONCURRENCY,
        environment={
            contract.ENV_INBOX_TABLE: data.inbox_table_name,
            contract.ENV_PROCESSING_QUEUE_URL: messaging.processing_queue_url,
        },
        key_services=("dynamodb", "sqs"),
    )
    pending_index = Sub(f"${{Table}}/index/{contract.PENDING_INDEX}", Table=data.inbox_table_arn)
    function = add_function(
        runtime,
        settings,
        [
            allow([dynamodb.Query], [pending_index]),
            allow([sqs.GetQueueAttributes, sqs.SendMessage], [messaging.processing_queue_arn]),
            *send_message_statements([messaging.schedules_dlq_arn]),
        ],
    )
    call_on_schedule(runtime.template, runtime.key_arn, function, messaging.schedules_dlq_arn, SCHEDULE)
    return function
