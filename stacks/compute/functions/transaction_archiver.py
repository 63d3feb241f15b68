"""The transaction archiver, with its schedule."""

from awacs import dynamodb, s3, sqs
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from payment_webhooks.archive.parts import MANIFEST_PREFIX
from payment_webhooks.inbox.payloads import KEY_PREFIX
from stacks.common.statements import (
    allow,
    list_bucket_statements,
    objects_of,
    read_object_statements,
    update_statement,
    write_ledger_statements,
)
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.schedules import call_on_schedule
from stacks.function_catalogue import TRANSACTION_ARCHIVER
from stacks.parameters.retention import ARCHIVE_AFTER_DAYS, INBOX_RETENTION_DAYS

# What an update of an item of the inbox may name. UpdateItem makes an item that is not there, which nothing in IAM
# forbids; but one of these attributes alone is no webhook.
MARKED = (
    contract.WEBHOOK_ID,
    contract.WEBHOOK_TIMESTAMP,
    contract.STATUS,
    contract.ARCHIVE_SHARD,
    contract.INBOX_EXPIRES_AT,
    contract.ARCHIVED_IN,
    contract.ERASED_SHA256,  # to see that it is as it was read
)


def add_transaction_archiver(runtime: Runtime) -> Function:
    """The function with its schedule. Only it may delete rows of the ledger; it lets webhooks expire."""
    data, messaging = runtime.data, runtime.messaging
    indexes = [
        Sub(f"${{Table}}/index/{contract.ARCHIVE_INDEX}", Table=table)
        for table in (data.transactions_table.arn, data.inbox_table.arn)
    ]
    # Parts, and their manifests, which a part is written anew with until it is proven.
    archived = [
        objects_of(data.archive_bucket.arn, f"{prefix}{archive}/*")
        for prefix in ("", MANIFEST_PREFIX)
        for archive in (contract.ARCHIVE_TRANSACTIONS, contract.ARCHIVE_WEBHOOKS)
    ]
    function = add_function(
        runtime,
        TRANSACTION_ARCHIVER,
        grants=[
            *write_ledger_statements(
                data.transactions_table.arn,
                dynamodb.DeleteItem,
                dynamodb.PutItem,
                dynamodb.Query,
                dynamodb.UpdateItem,
            ),
            allow([dynamodb.GetItem], [data.inbox_table.arn]),
            update_statement(data.inbox_table.arn, MARKED),
            allow([dynamodb.Query], indexes),
            *read_object_statements(data.payload_bucket.arn, f"{KEY_PREFIX}*"),
            *list_bucket_statements(data.payload_bucket.arn),
            allow([s3.GetObject, s3.PutObject], archived),
            allow([sqs.SendMessage], [messaging.schedules_dlq.arn]),
        ],
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket.name,
            contract.ENV_ARCHIVE_BUCKET: data.archive_bucket.name,
            contract.ENV_ARCHIVE_AFTER_DAYS: ARCHIVE_AFTER_DAYS.ref(runtime.template),
            contract.ENV_INBOX_RETENTION_DAYS: INBOX_RETENTION_DAYS.ref(runtime.template),
        },
    )
    # The first run of a day begins the day's work. Later runs continue where one ran out of time or was cut off; a run
    # without work takes moments.
    call_on_schedule(runtime, function, "archiver", "rate(15 minutes)", latest_seconds=900)
    return function
