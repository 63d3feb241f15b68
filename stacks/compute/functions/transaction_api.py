"""The function of the transaction API: a part of the compute layer."""

from awacs import dynamodb
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import allow, send_message_statements, table_statements
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MessagingOutputs
from stacks.parameters import features
from stacks.parameters import table as parameters

# Under the 29 seconds for which the API waits, so that an outage is answered by the function itself.
TIMEOUT_SECONDS = 25


def add_transaction_api_function(
    runtime: Runtime, data: DataOutputs, messaging: MessagingOutputs
) -> Function:
    """The function; the API calls it."""
    settings = FunctionSettings(
        folder=function_catalogue.TRANSACTION_API,
        description="Answers the transaction API",
        timeout_seconds=TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.OTHER_CONCURRENCY,
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table_name,
            contract.ENV_ANALYTICS_TABLE: data.analytics_table_name,
            contract.ENV_NOTIFICATION_QUEUE_URL: messaging.notification_queue_url,
            contract.ENV_CORS_ORIGIN: features.CORS_ORIGIN.ref(runtime.template),
        },
        key_services=("dynamodb", "sqs"),
    )
    indexes = [
        Sub(f"${{Table}}/index/{name}", Table=data.transactions_table_arn)
        for name in (contract.STATUS_INDEX, contract.PROVIDER_INDEX, contract.CUSTOMER_INDEX)
    ]
    return add_function(
        runtime,
        settings,
        [
            allow([dynamodb.Query], [data.transactions_table_arn, *indexes]),
            *table_statements(data.analytics_table_arn, [dynamodb.Query]),
            *send_message_statements([messaging.notification_queue_arn]),
        ],
    )
