"""The reconciler, with its schedule."""

from awacs import dynamodb, secretsmanager, sqs
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from payment_webhooks.inbox.payloads import KEY_PREFIX
from stacks.common.statements import (
    allow,
    list_bucket_statements,
    read_object_statements,
    write_object_statements,
)
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.schedules import call_on_schedule
from stacks.function_catalogue import RECONCILER
from stacks.names import IN_TEMPLATE
from stacks.parameters.features import RECONCILE_EVENTS
from stacks.webhook_endpoints import LISTED_ENDPOINTS, settings_text


def add_reconciler(runtime: Runtime) -> Function:
    """The function with its schedule."""
    data, messaging = runtime.data, runtime.messaging
    secrets = [
        *(IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in LISTED_ENDPOINTS),
        IN_TEMPLATE.fingerprint_secret,
    ]
    bodies = f"{KEY_PREFIX}*"
    function = add_function(
        runtime,
        RECONCILER,
        grants=[
            allow(
                [secretsmanager.GetSecretValue],
                [Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets],
            ),
            # It adds to the inbox and changes nothing there but its own progress.
            allow([dynamodb.BatchGetItem, dynamodb.PutItem, dynamodb.Query], [data.inbox_table.arn]),
            *read_object_statements(data.payload_bucket.arn, bodies),
            *list_bucket_statements(data.payload_bucket.arn),
            *write_object_statements(data.payload_bucket.arn, bodies),
            allow([sqs.SendMessage], [messaging.schedules_dlq.arn]),
        ],
        environment={
            contract.ENV_ENDPOINTS: Sub(settings_text(LISTED_ENDPOINTS)),
            contract.ENV_FINGERPRINT_SECRET: Sub(IN_TEMPLATE.fingerprint_secret),
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket.name,
            contract.ENV_RECONCILE: RECONCILE_EVENTS.ref(runtime.template),
        },
    )
    call_on_schedule(runtime, function, "reconciler", "rate(1 hour)", latest_seconds=1800)
    return function
