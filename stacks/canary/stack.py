"""Nested stack `canary`, only with SendCanary: the function that sends a synthetic webhook, and its schedule.

Its secret is with those of the endpoints. It follows the API, as its function is told the URL that providers use.
"""

from awacs import dynamodb, secretsmanager, sqs
from troposphere import Sub, Template

from payment_webhooks import contract
from stacks.api.stack import ApiOutputs
from stacks.common.house_rules import apply_house_rules
from stacks.common.keys import Keys
from stacks.common.statements import allow
from stacks.compute.function_network import joined_network
from stacks.compute.lambda_function import Runtime, add_function
from stacks.compute.schedules import call_on_schedule
from stacks.compute.stack import ComputeOutputs
from stacks.data.stack import DataOutputs
from stacks.function_catalogue import CANARY
from stacks.messaging.stack import MessagingOutputs
from stacks.names import IN_TEMPLATE
from stacks.network.stack import NetworkOutputs
from stacks.security.stack import SecurityOutputs
from stacks.webhook_endpoints import CANARY_ENDPOINT, settings_text
from stacks.wiring.outputs import receive


def build_canary() -> Template:
    template = Template(Description="Payment webhooks: canary, a synthetic webhook every five minutes")
    security, compute = receive(template, SecurityOutputs), receive(template, ComputeOutputs)
    runtime = Runtime(
        template,
        keys=Keys(security.data_key_arn, security.messages_key_arn, security.secrets_key_arn),
        signing_key_arn=None,  # it signs by its own secret
        layer_arn=compute.shared_layer_arn,
        schedule_group=compute.schedule_group_name,
        network=joined_network(
            template,
            receive(template, NetworkOutputs),
            [compute.network_leaving_policy_arn, compute.network_joining_policy_arn],
        ),
        data=receive(template, DataOutputs),
        messaging=receive(template, MessagingOutputs),
    )
    _add_function(runtime)
    return apply_house_rules(template)


def _add_function(runtime: Runtime) -> None:
    """The function with its schedule. It has nothing of what it sends but the way in: it reads statuses alone."""
    data, messaging = runtime.data, runtime.messaging
    api = receive(runtime.template, ApiOutputs)
    secret = IN_TEMPLATE.endpoint_secret(CANARY_ENDPOINT.name)
    function = add_function(
        runtime,
        CANARY,
        grants=[
            allow([secretsmanager.GetSecretValue], [Sub(IN_TEMPLATE.secret_arn_pattern(secret))]),
            allow([dynamodb.GetItem], [data.inbox_table.arn]),
            allow([sqs.SendMessage], [messaging.schedules_dlq.arn]),
        ],
        environment={
            contract.ENV_ENDPOINTS: Sub(settings_text([CANARY_ENDPOINT])),
            contract.ENV_CANARY_URL: Sub(f"${{Api}}/webhook/{CANARY_ENDPOINT.name}", Api=api.api_endpoint),
            contract.ENV_INBOX_TABLE: data.inbox_table.name,
        },
    )
    call_on_schedule(runtime, function, "canary", "rate(5 minutes)", latest_seconds=60)
