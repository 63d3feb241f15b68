"""The root stack: nests the layers and gives what people and scripts need to know."""

from collections.abc import Sequence
from typing import Any

from troposphere import Output, Select, Split, Sub, Template

from payment_webhooks import contract
from stacks.api.stack import ApiOutputs
from stacks.common.house_rules import apply_house_rules
from stacks.compute.stack import ComputeOutputs
from stacks.data.stack import DataOutputs
from stacks.messaging.stack import MessagingOutputs
from stacks.network.stack import NetworkOutputs
from stacks.optional_outputs import optional_outputs
from stacks.parameters import table as parameters
from stacks.security.stack import SecurityOutputs
from stacks.webhook_endpoints import ENDPOINTS
from stacks.wiring.nested_stack import Layer
from stacks.wiring.outputs import nest, outputs_of

Told = tuple[str, str, Any]  # name, what it is, value


def build_root(layers: Sequence[Layer]) -> Template:
    root = Template(Description="Payment webhooks: receives, verifies, stores and applies payment webhooks")
    parameters.ARTIFACT_BUCKET.ref(root)
    for layer in layers:
        nest(root, layer, layers)
    for output in [*_outputs(layers), *optional_outputs(root, layers)]:
        root.add_output(output)
    return apply_house_rules(root)


def _outputs(layers: Sequence[Layer]) -> list[Output]:
    api = outputs_of(layers, ApiOutputs)
    key_arn = outputs_of(layers, SecurityOutputs).key_arn
    told = [
        *_of_api(api),
        *_of_data(outputs_of(layers, DataOutputs)),
        *_of_messaging(outputs_of(layers, MessagingOutputs)),
        *_of_compute(outputs_of(layers, ComputeOutputs)),
        ("VpcId", "Network of the functions, or none", outputs_of(layers, NetworkOutputs).vpc_id),
        ("KeyArn", "Key that encrypts everything", key_arn),
        ("KeyId", "Id of that key", Select(1, Split("/", key_arn))),
    ]
    urls = [
        Output(
            f"WebhookUrl{endpoint.title}",
            Description=f"Where {endpoint.name} sends its webhooks",
            Value=_url(api, f"/webhook/{endpoint.name}"),
        )
        for endpoint in ENDPOINTS
    ]
    return [*(Output(name, Description=text, Value=value) for name, text, value in told), *urls]


def _of_api(api: ApiOutputs) -> list[Told]:
    return [
        ("ApiEndpoint", "Base URL of the API", api.api_endpoint),
        ("ApiId", "Id of the REST API", api.api_id),
        ("HealthUrl", "Answers 200 while the API and a function answer", _url(api, "/health")),
        ("KeyedWebhookUrl", "Where senders with an API key post to", _url(api, contract.KEYED_RESOURCE)),
        (
            "InternalApiKeyId",
            "Id of that API key; its value is API Gateway's to show",
            api.internal_api_key_id,
        ),
        ("TransactionsApiEndpoint", "Base URL of the transaction API", api.transactions_api_endpoint),
        ("TransactionsApiId", "Id of the transaction API", api.transactions_api_id),
        ("DomainTarget", "What DomainName's DNS record points at", api.domain_target),
    ]


def _of_data(data: DataOutputs) -> list[Told]:
    return [
        ("InboxTableName", "Table of the webhooks as received", data.inbox_table_name),
        ("TransactionsTableName", "Table of the ledger", data.transactions_table_name),
        ("AuditBucketName", "Bucket of the audit trail", data.audit_bucket_name),
        ("PayloadBucketName", "Bucket of bodies that are too large for the inbox", data.payload_bucket_name),
        ("FailuresBucketName", "Bucket of batches that a stream's reader gave up", data.failures_bucket_name),
        ("ArchiveBucketName", "Bucket of archived transactions and webhooks", data.archive_bucket_name),
        (
            "NotificationsTableName",
            "Table of what subscribers have been told",
            data.notifications_table_name,
        ),
        ("AnalyticsTableName", "Table of what has been counted", data.analytics_table_name),
    ]


def _of_messaging(messaging: MessagingOutputs) -> list[Told]:
    return [
        ("ProcessingQueueUrl", "Queue that feeds the processor", messaging.processing_queue_url),
        ("ProcessingDlqUrl", "Webhooks that could not be processed", messaging.processing_dlq_url),
        ("PipeDlqUrl", "Stream records that the pipe could not send", messaging.pipe_dlq_url),
        ("SchedulesDlqUrl", "Scheduled runs that could not begin or failed", messaging.schedules_dlq_url),
        ("EventBusName", "Bus of the events Payment Processed", messaging.event_bus_name),
        ("EventsDlqUrl", "Events that a rule could not deliver", messaging.events_dlq_url),
        (
            "CriticalAlertsTopicArn",
            "Topic of payments of high value and of alarms",
            messaging.critical_alerts_topic_arn,
        ),
        (
            "NotificationsTopicArn",
            "Topic to subscribe to, by notification_type",
            messaging.notifications_topic_arn,
        ),
        (
            "NotificationQueueUrl",
            "Queue that feeds the notification handler",
            messaging.notification_queue_url,
        ),
        ("NotificationDlqUrl", "Notifications that could not be published", messaging.notification_dlq_url),
        (
            "ConfigParameterName",
            "Parameter with thresholds, retries and time-outs",
            messaging.config_parameter_name,
        ),
    ]


def _of_compute(compute: ComputeOutputs) -> list[Told]:
    return [
        (
            "StateMachineArn",
            "State machine that processes webhooks in workflow mode",
            compute.processing_workflow_arn,
        ),
        ("WebhookReceiverName", "Function that verifies and stores", compute.webhook_receiver_name),
        (
            "PaymentProcessorName",
            "Function that applies webhooks to the ledger",
            compute.payment_processor_name,
        ),
        ("AuditLoggerName", "Function that writes the audit trail", compute.audit_logger_name),
        (
            "InboxSweeperName",
            "Function that sends again what is pending for too long",
            compute.inbox_sweeper_name,
        ),
        (
            "NotificationHandlerName",
            "Function that tells subscribers of payments",
            compute.notification_handler_name,
        ),
        (
            "TransactionApiName",
            "Function that answers the transaction API",
            compute.transaction_api_name,
        ),
        (
            "TransactionArchiverName",
            "Function that moves what is done with to the archive",
            compute.transaction_archiver_name,
        ),
        ("AnalyticsProcessorName", "Function that counts transitions", compute.analytics_processor_name),
    ]


def _url(api: ApiOutputs, path: str) -> Sub:
    return Sub(f"${{Api}}{path}", Api=api.api_endpoint)
