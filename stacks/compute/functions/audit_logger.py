"""The audit logger, with the streams of inbox and ledger as sources.

Each stream has another reader (the pipe, analytics); a third would be throttled.
"""

from awacs import dynamodb
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import (
    allow,
    fail_to_bucket_statements,
    read_stream_statements,
    write_object_statements,
)
from stacks.compute.event_sources import stream_source
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import AUDIT_LOGGER
from stacks.parameters.functions import AUDIT_PARALLELIZATION

BATCH_SIZE = 100
RETRIES = 10
# Where few webhooks come, a batch waits for others: each costs an object, a call, a log line and a trace.
WINDOW_SECONDS = 60


def add_audit_logger(runtime: Runtime) -> Function:
    """The function with both streams as sources."""
    data = runtime.data
    streams = {"": data.inbox_stream_arn, "Ledger": data.transactions_stream_arn}
    function = add_function(
        runtime,
        AUDIT_LOGGER,
        grants=[
            *read_stream_statements(*streams.values()),
            # The rows by which a head moves on, and the summary that holds a removed row.
            allow([dynamodb.Query], [data.transactions_table.arn]),
            *write_object_statements(data.audit_bucket.arn, f"{contract.AUDIT_PREFIX}*"),
            *write_object_statements(data.audit_bucket.arn, f"{contract.AUDIT_LATE_PREFIX}*"),
            *fail_to_bucket_statements(data.failures_bucket.arn),
        ],
        environment={
            contract.ENV_AUDIT_BUCKET: data.audit_bucket.name,
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
        },
    )
    for of_table, stream_arn in streams.items():
        stream_source(
            runtime,
            function,
            stream_arn,
            batch_size=BATCH_SIZE,
            maximum_retries=RETRIES,
            parallel=AUDIT_PARALLELIZATION,
            window_seconds=WINDOW_SECONDS,
            of_table=of_table,
        )
    return function
