"""The function of the transaction API, which API Gateway calls."""

from awacs import dynamodb, sqs
from troposphere import Sub
from troposphere.awslambda import Function

from payment_webhooks import contract
from stacks.common.statements import allow
from stacks.compute.lambda_function import Runtime, add_function
from stacks.function_catalogue import TRANSACTION_API
from stacks.parameters import features


def add_transaction_api(runtime: Runtime) -> Function:
    """The function; the API calls it."""
    data, messaging = runtime.data, runtime.messaging
    indexes = [
        Sub(f"${{Table}}/index/{name}", Table=data.transactions_table.arn)
        for name in (
            contract.STATUS_INDEX,
            contract.DISPUTE_INDEX,
            contract.PROVIDER_INDEX,
            contract.CUSTOMER_INDEX,
        )
    ]
    return add_function(
        runtime,
        TRANSACTION_API,
        grants=[
            allow([dynamodb.BatchGetItem], [data.transactions_table.arn]),
            allow([dynamodb.Query], [data.transactions_table.arn, *indexes]),
            allow([dynamodb.Query], [data.analytics_table.arn]),
            allow([sqs.SendMessage], [messaging.notification_queue.arn]),
        ],
        environment={
            contract.ENV_TRANSACTIONS_TABLE: data.transactions_table.name,
            contract.ENV_ANALYTICS_TABLE: data.analytics_table.name,
            contract.ENV_NOTIFICATION_QUEUE_URL: messaging.notification_queue.url,
            contract.ENV_CORS_ORIGIN: features.CORS_ORIGIN.ref(runtime.template),
        },
    )
