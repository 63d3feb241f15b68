"""The audit logger, with the inbox's stream as source."""

from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import (
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


def add_audit_logger(runtime: Runtime) -> Function:
    """The function with the inbox's stream as source."""
    data = runtime.data
    function = add_function(
        runtime,
        AUDIT_LOGGER,
        grants=[
            *read_stream_statements(data.inbox_stream_arn),
            *write_object_statements(data.audit_bucket.arn),
            *fail_to_bucket_statements(data.failures_bucket.arn),
        ],
        environment={contract.ENV_AUDIT_BUCKET: data.audit_bucket.name},
        key_services=("dynamodb", "s3"),
    )
    stream_source(
        runtime,
        function,
        data.inbox_stream_arn,
        batch_size=BATCH_SIZE,
        maximum_retries=RETRIES,
        parallel=AUDIT_PARALLELIZATION,
    )
    return function
