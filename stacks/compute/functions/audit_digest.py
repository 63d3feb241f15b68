"""The audit digest, with its schedule."""

from awacs import dynamodb, kms, s3, sqs
from awacs.aws import Condition, ForAllValuesStringEquals, StringEquals
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow, write_object_statements
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.schedules import call_on_schedule
from stacks.function_catalogue import AUDIT_DIGEST

LISTED = (contract.AUDIT_PREFIX, contract.AUDIT_LATE_PREFIX, contract.AUDIT_DIGEST_PREFIX)


def add_audit_digest(runtime: Runtime) -> Function:
    """The function with its schedule. Only it may sign, and it reads no audit object."""
    data, messaging = runtime.data, runtime.messaging
    own_items = ForAllValuesStringEquals("dynamodb:LeadingKeys", [contract.AUDIT_DIGESTS])
    function = add_function(
        runtime,
        AUDIT_DIGEST,
        grants=[
            allow(
                [s3.ListBucketVersions],
                [data.audit_bucket.arn],
                Condition(StringEquals("s3:prefix", [*LISTED])),
            ),
            *write_object_statements(data.audit_bucket.arn, f"{contract.AUDIT_DIGEST_PREFIX}*"),
            allow([kms.Sign, kms.Verify], [runtime.signing_key_arn]),
            allow([dynamodb.PutItem, dynamodb.Query], [data.transactions_table.arn], Condition(own_items)),
            allow([sqs.SendMessage], [messaging.schedules_dlq.arn]),
        ],
        environment={
            contract.ENV_AUDIT_BUCKET: data.audit_bucket.name,
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
            contract.ENV_SIGNING_KEY: runtime.signing_key_arn,
        },
    )
    # An hour has its digest at most 25 minutes after its end; a run without work takes moments.
    call_on_schedule(runtime, function, "audit-digest", "rate(15 minutes)", latest_seconds=900)
    return function
