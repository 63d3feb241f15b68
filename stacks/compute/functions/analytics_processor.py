"""The analytics processor, with the ledger's stream as source."""

from awacs import dynamodb
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow, fail_to_bucket_statements, read_stream_statements
from stacks.compute.event_sources import stream_source
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import ANALYTICS_PROCESSOR

BATCH_SIZE = 100
RETRIES = 10
# Only new rows that have an effect are delivered. The code checks again, as a person may call the function by hand.
NEW_EFFECTS = {
    "eventName": ["INSERT"],
    "dynamodb": {"NewImage": {contract.EFFECT: {"S": [{"exists": True}]}}},
}


def add_analytics_processor(runtime: Runtime) -> Function:
    """The function with the ledger's stream as source."""
    data = runtime.data
    function = add_function(
        runtime,
        ANALYTICS_PROCESSOR,
        grants=[
            *read_stream_statements(data.transactions_stream_arn),
            allow([dynamodb.PutItem, dynamodb.UpdateItem], [data.analytics_table.arn]),
            *fail_to_bucket_statements(data.failures_bucket.arn),
        ],
        environment={
            contract.ENV_ANALYTICS_TABLE: data.analytics_table.name,
            contract.ENV_FAILURES_BUCKET: data.failures_bucket.name,
        },
    )
    stream_source(
        runtime,
        function,
        data.transactions_stream_arn,
        batch_size=BATCH_SIZE,
        maximum_retries=RETRIES,
        pattern=NEW_EFFECTS,
    )
    return function
