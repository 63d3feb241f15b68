"""The webhook receiver, which the API calls."""

from awacs import dynamodb, secretsmanager
from troposphere import If, NoValue, Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from payment_webhooks.inbox.payloads import KEY_PREFIX
from stacks.common.statements import allow, write_object_statements
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.provisioned_concurrency import keep_started
from stacks.function_catalogue import WEBHOOK_RECEIVER
from stacks.names import IN_TEMPLATE
from stacks.parameters.features import CANARY_ON
from stacks.parameters.functions import RECEIVER_PROVISIONED_CONCURRENCY
from stacks.webhook_endpoints import CANARY_ENDPOINT, ENDPOINTS, KEYED_ENDPOINT, settings_text


def add_webhook_receiver(runtime: Runtime) -> Function:
    """The function, and its provisioned concurrency."""
    data = runtime.data
    secrets = [
        *(IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in ENDPOINTS),
        IN_TEMPLATE.fingerprint_secret,
    ]
    sends = CANARY_ON.holds(runtime.template)
    of_canary = Sub(IN_TEMPLATE.secret_arn_pattern(IN_TEMPLATE.endpoint_secret(CANARY_ENDPOINT.name)))
    function = add_function(
        runtime,
        WEBHOOK_RECEIVER,
        grants=[
            allow(
                [secretsmanager.GetSecretValue],
                [
                    *(Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets),
                    If(sends, of_canary, NoValue),
                ],
            ),
            # A transaction is authorised as the puts that it is made of.
            allow([dynamodb.PutItem], [data.inbox_table.arn]),
            *write_object_statements(data.payload_bucket.arn, f"{KEY_PREFIX}*"),
        ],
        environment={
            contract.ENV_ENDPOINTS: If(
                sends, Sub(settings_text((*ENDPOINTS, CANARY_ENDPOINT))), Sub(settings_text(ENDPOINTS))
            ),
            contract.ENV_KEYED_ENDPOINT: KEYED_ENDPOINT.name,
            contract.ENV_FINGERPRINT_SECRET: Sub(IN_TEMPLATE.fingerprint_secret),
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket.name,
        },
    )
    keep_started(
        runtime.template,
        function,
        WEBHOOK_RECEIVER,
        count=RECEIVER_PROVISIONED_CONCURRENCY,
        network_id=runtime.network.id,
    )
    return function
