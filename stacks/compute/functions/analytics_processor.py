"""The analytics processor: a part of the compute layer."""

from awacs import dynamodb
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import fail_to_bucket_statements, read_stream_statements, table_statements
from stacks.compute.event_sources import stream_source
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.data.stack import DataOutputs
from stacks.parameters import table as parameters

TIMEOUT_SECONDS = 60
BATCH_SIZE = 100
RETRIES = 10
# Only what can count is delivered: new markers of transitions. The code looks again, for who calls it by hand.
NEW_TRANSITIONS = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {contract.TRANSACTION_TIMESTAMP: {"S": [{"prefix": contract.TRANSITION_PREFIX}]}}},
}


def add_analytics_processor(runtime: Runtime, data: DataOutputs) -> Function:
    """The function with the ledger's stream as source."""
    settings = FunctionSettings(
        folder=function_catalogue.ANALYTICS_PROCESSOR,
        description="Counts and sums the transitions of payments, each once",
        timeout_seconds=TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.ANALYTICS_CONCURRENCY,
        environment={
            contract.ENV_ANALYTICS_TABLE: data.analytics_table_name,
            contract.ENV_FAILURES_BUCKET: data.failures_bucket_name,
        },
        key_services=("dynamodb", "s3"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *read_stream_statements(data.transactions_stream_arn),
            *table_statements(data.analytics_table_arn, [dynamodb.PutItem, dynamodb.UpdateItem]),
            *fail_to_bucket_statements(data.failures_bucket_arn),
        ],
    )
    stream_source(
        runtime.template,
        function,
        data.transactions_stream_arn,
        data.failures_bucket_arn,
        BATCH_SIZE,
        RETRIES,
        NEW_TRANSITIONS,
    )
    return function
