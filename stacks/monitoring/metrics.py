"""CloudWatch metrics used by alarms and the dashboard, grouped by the service that emits them.

All are named by physical names, so that alarms and dashboard are data. Tests compare each name and dimension
with the resources of the templates and the metrics that the code writes.
"""

from typing import Final

from payment_webhooks import contract
from stacks.monitoring.alarm import Metric
from stacks.names import IN_TEMPLATE, STAGE
from stacks.parameters import features
from stacks.security.web_acl import IP_REPUTATION, MANAGED_GROUPS

# By ProcessingMode; one of them is there.
PIPES: Final = {
    features.QUEUE_MODE: IN_TEMPLATE.processing_pipe,
    features.WORKFLOW_MODE: IN_TEMPLATE.workflow_pipe,
}
ACCESS_LOG_NAMESPACE: Final = f"{contract.METRIC_NAMESPACE}/{IN_TEMPLATE.suffix}"
# Tables with their indexes: each index is throttled by itself.
TABLES: Final = {
    IN_TEMPLATE.inbox_table: (contract.PENDING_INDEX, contract.ATTENTION_INDEX, contract.ARCHIVE_INDEX),
    IN_TEMPLATE.transactions_table: (
        contract.STATUS_INDEX,
        contract.DISPUTE_INDEX,
        contract.PROVIDER_INDEX,
        contract.CUSTOMER_INDEX,
        contract.ARCHIVE_INDEX,
    ),
    IN_TEMPLATE.notifications_table: (),
    IN_TEMPLATE.analytics_table: (),
}
# What the functions call; DynamoDB counts its own errors by operation.
OPERATIONS: Final = ("BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem")
# Rules of the web ACL that can block a webhook.
WEBHOOK_RULES: Final = (
    "ip-rate",
    "paypal-ip-rate",
    IP_REPUTATION.metric,
    *(group.metric for group in MANAGED_GROUPS),
)


def own_metric(name: str, statistic: str = "Sum", **dimensions: str) -> Metric:
    """A metric that our code writes (contract.py)."""
    values = {contract.DIMENSION_ENVIRONMENT: IN_TEMPLATE.suffix, **dimensions}
    return Metric(contract.METRIC_NAMESPACE, name, values, statistic)


def outcome(name: str, value: str) -> Metric:
    return own_metric(name, **{contract.DIMENSION_OUTCOME: value})


def answers(status: int) -> Metric:
    """Answers of the API with this status, as its access log counts them."""
    return Metric(ACCESS_LOG_NAMESPACE, contract.METRIC_ANSWERED.format(status=status))


def queue(name: str, metric: str = "ApproximateNumberOfMessagesVisible") -> Metric:
    return Metric("AWS/SQS", metric, {"QueueName": name}, "Maximum")


def topic(name: str) -> Metric:
    """Messages that a subscriber did not take, after SNS's own attempts."""
    return Metric("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": name})


def rule(purpose: str, metric: str = "FailedInvocations") -> Metric:
    """A metric of a rule on the environment's own bus; by default calls of its target that failed for good, before the
    dead-letter queue takes them."""
    names = {"EventBusName": IN_TEMPLATE.event_bus, "RuleName": IN_TEMPLATE.rule(purpose)}
    return Metric("AWS/Events", metric, names)


def function(folder: str, metric: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/Lambda", metric, {"FunctionName": IN_TEMPLATE.function(folder)}, statistic)


def api(metric: str, statistic: str, name: str = IN_TEMPLATE.api) -> Metric:
    return Metric("AWS/ApiGateway", metric, {"ApiName": name, "Stage": STAGE}, statistic)


def blocked(rule: str) -> Metric:
    dimensions = {"WebACL": IN_TEMPLATE.web_acl, "Region": IN_TEMPLATE.region, "Rule": rule}
    return Metric("AWS/WAFV2", "BlockedRequests", dimensions)


def pipe(metric: str, name: str) -> Metric:
    return Metric("AWS/EventBridge/Pipes", metric, {"PipeName": name})


def workflow(metric: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/States", metric, {"StateMachineArn": IN_TEMPLATE.processing_workflow_arn}, statistic)


def table_throttles(name: str, kind: str) -> tuple[Metric, ...]:
    """Requests of the table, and of each of its indexes, that DynamoDB put off. `kind`: Read or Write."""
    places = [{"TableName": name}]
    places += [{"TableName": name, "GlobalSecondaryIndexName": index} for index in TABLES[name]]
    return tuple(Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", place) for place in places)


def table_errors(name: str) -> tuple[Metric, ...]:
    return tuple(
        Metric("AWS/DynamoDB", "SystemErrors", {"TableName": name, "Operation": operation})
        for operation in OPERATIONS
    )
