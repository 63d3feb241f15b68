"""The archiver: a part of the compute layer."""

from awacs import dynamodb
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import (
    allow,
    list_bucket_statements,
    read_object_statements,
    send_message_statements,
    table_statements,
    write_object_statements,
)
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.compute.schedules import Scheduled, call_on_schedule
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MessagingOutputs
from stacks.parameters import table as parameters

# Under the schedule's quarter of an hour, so that runs do not meet.
TIMEOUT_SECONDS = 840
# A day's work begins with its first run. The others go on where one ran out of time, or was cut off; one that
# finds nothing to do is over in moments.
SCHEDULE = Scheduled("archiver", "rate(15 minutes)", latest_seconds=900)


def add_transaction_archiver(runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs) -> Function:
    """The function with its schedule. The only one that may delete rows of the ledger; webhooks it lets expire."""
    settings = FunctionSettings(
        folder=function_catalogue.TRANSACTION_ARCHIVER,
        description="Moves transactions and webhooks that are done with to the archive",
        timeout_seconds=TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.OTHER_CONCURRENCY,
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table_name,
            contract.ENV_INBOX_TABLE: data.inbox_table_name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket_name,
            contract.ENV_ARCHIVE_BUCKET: data.archive_bucket_name,
            contract.ENV_ARCHIVE_AFTER_DAYS: parameters.ARCHIVE_AFTER_DAYS.ref(runtime.template),
            contract.ENV_INBOX_RETENTION_DAYS: parameters.INBOX_RETENTION_DAYS.ref(runtime.template),
        },
        key_services=("dynamodb", "s3", "sqs"),
    )
    indexes = [
        Sub(f"${{Table}}/index/{contract.ARCHIVE_INDEX}", Table=table)
        for table in (data.transactions_table_arn, data.inbox_table_arn)
    ]
    function = add_function(
        runtime,
        settings,
        [
            *table_statements(
                data.transactions_table_arn,
                [dynamodb.DeleteItem, dynamodb.PutItem, dynamodb.Query, dynamodb.UpdateItem],
            ),
            *table_statements(data.inbox_table_arn, [dynamodb.GetItem, dynamodb.UpdateItem]),
            allow([dynamodb.Query], indexes),
            *read_object_statements(data.payload_bucket_arn),
            *list_bucket_statements(data.payload_bucket_arn),
            *read_object_statements(data.archive_bucket_arn),
            *write_object_statements(data.archive_bucket_arn),
            *send_message_statements([messaging.schedules_dlq_arn]),
        ],
    )
    call_on_schedule(runtime.template, runtime.key_arn, function, messaging.schedules_dlq_arn, SCHEDULE)
    return function
