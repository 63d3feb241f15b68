"""The audit logger: a part of the compute layer."""

from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import (
    fail_to_bucket_statements,
    read_stream_statements,
    write_object_statements,
)
from stacks.compute.event_sources import stream_source
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.data.stack import DataOutputs
from stacks.parameters import table as parameters

TIMEOUT_SECONDS = 60
BATCH_SIZE = 100
RETRIES = 10


def add_audit_logger(runtime: Runtime, data: DataOutputs) -> Function:
    """The function with the inbox's stream as source."""
    settings = FunctionSettings(
        folder=function_catalogue.AUDIT_LOGGER,
        description="Writes an audit record for each change of the inbox",
        timeout_seconds=TIMEOUT_SECONDS,
        memory=parameters.AUDIT_MEMORY,
        concurrency=parameters.AUDIT_CONCURRENCY,
        environment={contract.ENV_AUDIT_BUCKET: data.audit_bucket_name},
        key_services=("dynamodb", "s3"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *read_stream_statements(data.inbox_stream_arn),
            *write_object_statements(data.audit_bucket_arn),
            *fail_to_bucket_statements(data.failures_bucket_arn),
        ],
    )
    stream_source(
        runtime.template,
        function,
        data.inbox_stream_arn,
        data.failures_bucket_arn,
        BATCH_SIZE,
        RETRIES,
        parallel=parameters.AUDIT_PARALLELIZATION,
    )
    return function
