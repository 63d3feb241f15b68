"""The webhook receiver and the health function: the parts of the compute layer that the API calls."""

from awacs import dynamodb
from troposphere import Sub
from troposphere.awslambda import Function, Url

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.common.statements import read_secret_statements, table_statements, write_object_statements
from stacks.compute.function_url import open_url
from stacks.compute.lambda_function import FunctionSettings, Runtime, add_function
from stacks.compute.provisioned_concurrency import keep_started
from stacks.data.stack import DataOutputs
from stacks.names import IN_TEMPLATE
from stacks.parameters import features
from stacks.parameters import table as parameters
from stacks.webhook_endpoints import ENDPOINTS, KEYED_ENDPOINT, settings_text

# The receiver answers within its own deadline of 8 s (Square gives up after 10); this is the wall behind it.
RECEIVER_TIMEOUT_SECONDS = 10
HEALTH_TIMEOUT_SECONDS = 10


def add_webhook_receiver(runtime: Runtime, data: DataOutputs) -> Function:
    """The function, and the containers of it that are always started."""
    secrets = [
        *(IN_TEMPLATE.endpoint_secret(endpoint.name) for endpoint in ENDPOINTS),
        IN_TEMPLATE.fingerprint_secret,
    ]
    settings = FunctionSettings(
        folder=function_catalogue.WEBHOOK_RECEIVER,
        description="Verifies a webhook and stores it in the inbox",
        timeout_seconds=RECEIVER_TIMEOUT_SECONDS,
        memory=parameters.RECEIVER_MEMORY,
        concurrency=parameters.RECEIVER_CONCURRENCY,
        environment={
            contract.ENV_ENDPOINTS: Sub(settings_text(ENDPOINTS)),
            contract.ENV_KEYED_ENDPOINT: KEYED_ENDPOINT.name,
            contract.ENV_FINGERPRINT_SECRET: Sub(IN_TEMPLATE.fingerprint_secret),
            contract.ENV_INBOX_TABLE: data.inbox_table_name,
            contract.ENV_PAYLOAD_BUCKET: data.payload_bucket_name,
        },
        key_services=("dynamodb", "s3", "secretsmanager"),
    )
    function = add_function(
        runtime,
        settings,
        [
            *read_secret_statements([Sub(IN_TEMPLATE.secret_arn_pattern(name)) for name in secrets]),
            # A transaction is authorised as the puts that it is made of.
            *table_statements(data.inbox_table_arn, [dynamodb.PutItem]),
            *write_object_statements(data.payload_bucket_arn),
        ],
    )
    keep_started(
        *(runtime.template, function, settings.folder),
        *(parameters.RECEIVER_MEMORY, parameters.RECEIVER_PROVISIONED_CONCURRENCY),
        runtime.network.id,
    )
    return function


def add_health(runtime: Runtime) -> tuple[Function, Url]:
    """The function, which may do nothing, and the URL that it has when HealthFunctionUrl says so.

    No other function has one: it is a way round the web ACL and the API, and this function has nothing to guard.
    """
    settings = FunctionSettings(
        folder=function_catalogue.HEALTH,
        description="Answers that the API and a function answer; touches nothing",
        timeout_seconds=HEALTH_TIMEOUT_SECONDS,
        memory=parameters.OTHER_MEMORY,
        concurrency=parameters.OTHER_CONCURRENCY,
    )
    function = add_function(runtime, settings, grants=[])
    wanted = features.HEALTH_FUNCTION_URL.is_true(runtime.template)
    return function, open_url(runtime.template, function, wanted)
