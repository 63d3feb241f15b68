"""The root stack: the nested stacks, and the outputs that people and scripts read."""

from collections.abc import Iterator, Sequence
from typing import Final

from troposphere import Output, Sub, Template

from payment_webhooks import contract
from stacks.common.house_rules import apply_house_rules
from stacks.function_catalogue import FUNCTIONS
from stacks.parameters import features
from stacks.parameters.artifacts import ARTIFACT_BUCKET
from stacks.webhook_endpoints import ENDPOINTS
from stacks.wiring.nested_stack import NestedStack
from stacks.wiring.outputs import drop_unread_outputs, nest, output_of

# Outputs that the root passes on from a nested stack under the same name, with their descriptions.
PASSED_ON: Final[dict[str, str]] = {
    "ApiEndpoint": "Base URL of the API",
    "ApiId": "Id of the REST API",
    "InternalApiKeyId": "Id of that API key; its value is API Gateway's to show",
    "TransactionsApiEndpoint": "Base URL of the transaction API",
    "TransactionsApiId": "Id of the transaction API",
    "DomainTarget": "What DomainName's DNS record points at",
    "InboxTableName": "Table of the webhooks as received",
    "TransactionsTableName": "Table of the ledger",
    "NotificationsTableName": "Table of what subscribers have been told",
    "AnalyticsTableName": "Table of what has been counted",
    "AuditBucketName": "Bucket of the audit trail",
    "PayloadBucketName": "Bucket of bodies that are too large for the inbox",
    "FailuresBucketName": "Bucket of batches that a stream's reader gave up",
    "ArchiveBucketName": "Bucket of archived transactions and webhooks",
    "ProcessingQueueUrl": "Queue that feeds the processor",
    "ProcessingDlqUrl": "Webhooks that could not be processed",
    "PipeDlqUrl": "Stream records that the pipe could not send",
    "SchedulesDlqUrl": "Scheduled runs that could not begin or failed",
    "EventBusName": "Bus of the events Payment Processed",
    "EventsDlqUrl": "Events that a rule could not deliver",
    "CriticalAlertsTopicArn": "Topic of payments of high value and of alarms",
    "NotificationsTopicArn": "Topic to subscribe to, by notification_type",
    "NotificationQueueUrl": "Queue that feeds the notification handler",
    "NotificationDlqUrl": "Notifications that could not be published",
    "ConfigParameterName": "Parameter with thresholds, retries and time-outs",
    "VpcId": "Network of the functions, or none",
    "DataKeyArn": "Key of tables, buckets and settings",
    "MessagesKeyArn": "Key of queues, topics, the event bus and logs",
    "SecretsKeyArn": "Key of what webhooks are verified with",
    "SigningKeyArn": "Key that signs the digests of the audit trail",
    **{f"{function.title}Name": function.output for function in FUNCTIONS.values() if function.output},
}


def build_root(stacks: Sequence[NestedStack]) -> Template:
    """The root's template. `stacks` are all nested stacks in order; outputs that nobody reads are removed from them."""
    root = Template(Description="Payment webhooks: receives, verifies, stores and applies payment webhooks")
    ARTIFACT_BUCKET.ref(root)
    for name, description in PASSED_ON.items():
        root.add_output(Output(name, Description=description, Value=output_of(stacks, name)))
    for output in (*_urls(stacks), *_other_outputs(root, stacks)):
        root.add_output(output)
    drop_unread_outputs(root, stacks)
    for stack in stacks:
        nest(root, stack, stacks)
    return apply_house_rules(root)


def _urls(stacks: Sequence[NestedStack]) -> Iterator[Output]:
    paths = {
        "HealthUrl": ("/health", "Answers 200 while the API and a function answer"),
        "KeyedWebhookUrl": (contract.KEYED_RESOURCE, "Where senders with an API key post to"),
    }
    for endpoint in ENDPOINTS:
        description = f"Where {endpoint.name} sends its webhooks"
        paths[f"WebhookUrl{endpoint.title}"] = (f"/webhook/{endpoint.name}", description)
    for name, (path, description) in paths.items():
        url = Sub(f"${{Api}}{path}", Api=output_of(stacks, "ApiEndpoint"))
        yield Output(name, Description=description, Value=url)


def _other_outputs(root: Template, stacks: Sequence[NestedStack]) -> Iterator[Output]:
    yield Output(
        "StateMachineArn",
        Description="State machine that processes webhooks in workflow mode",
        Value=output_of(stacks, "ProcessingWorkflowArn"),
    )
    yield Output(
        "HealthFunctionUrl",
        Condition=features.HEALTH_FUNCTION_URL.is_true(root),
        Description="Answers 200 while a function answers, also when the API does not",
        Value=output_of(stacks, "HealthFunctionUrl"),
    )
