"""The dashboard: graphs of webhooks received and applied, and of the reasons when they are not."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from stacks import function_catalogue
from stacks.messaging.event_bus import RULES
from stacks.monitoring import metrics
from stacks.monitoring.alarm import MINUTE, Metric
from stacks.monitoring.alarms.records import ARCHIVES
from stacks.names import IN_TEMPLATE
from stacks.webhook_endpoints import ENDPOINTS, LISTED_ENDPOINTS, Endpoint

WIDTH: Final = 24  # CloudWatch's grid
WIDGET_WIDTH: Final = 8
WIDGET_HEIGHT: Final = 6

RECEIVED: Final = (
    "accepted",
    "duplicate",
    "ignored",
    "unexpected",
    "conflict",
    "quarantined",
    "rejected",
    "unavailable",
    "failed",
)
PROCESSED: Final = (
    "processed",
    "ignored",
    "conflict",
    "quarantined",
    "retried",
    "left_pending",
    "dead_lettered",
)


class Graph(NamedTuple):
    """One widget: lines by their label."""

    title: str
    lines: dict[str, Metric]


def graphs() -> Iterator[Graph]:
    """In the order of a webhook's way."""
    yield from _received()
    yield from _applied()
    yield from _tables_and_functions()
    yield from _kept_and_asked()


def _received() -> Iterator[Graph]:
    yield Graph("Webhooks received, by outcome", _outcomes(contract.METRIC_RECEIVED, RECEIVED))
    yield Graph("Authentic webhooks, by endpoint", _by_endpoint(contract.METRIC_VERIFIED))
    yield Graph("Never came, by endpoint", _by_endpoint(contract.METRIC_MISSED, LISTED_ENDPOINTS))
    yield Graph(
        "Refused before and by the receiver",
        {
            "401": metrics.answers(401),
            "403": metrics.answers(403),
            "429": metrics.answers(429),
            **{f"blocked: {rule}": metrics.blocked(rule) for rule in metrics.WEBHOOK_RULES},
        },
    )
    yield Graph(
        "Time to answer (ms, p99)",
        {
            "API": metrics.api("Latency", "p99"),
            "receiver": metrics.function(function_catalogue.WEBHOOK_RECEIVER.folder, "Duration", "p99"),
        },
    )


def _applied() -> Iterator[Graph]:
    yield Graph("Webhooks processed, by outcome", _outcomes(contract.METRIC_PROCESSED, PROCESSED))
    yield Graph(
        "Waiting",
        {
            "oldest pending (s)": metrics.own_metric(contract.METRIC_OLDEST_PENDING, "Maximum"),
            "pending": metrics.own_metric(contract.METRIC_PENDING, "Maximum"),
            "sent again": metrics.own_metric(contract.METRIC_SWEPT),
            "processing queue": metrics.queue(IN_TEMPLATE.processing_queue),
        },
    )
    yield Graph(
        "Dead letters",
        {
            "processing": metrics.queue(IN_TEMPLATE.processing_dlq),
            "pipe": metrics.queue(IN_TEMPLATE.pipe_dlq),
            "events": metrics.queue(IN_TEMPLATE.events_dlq),
            "notification": metrics.queue(IN_TEMPLATE.notification_dlq),
            "schedules": metrics.queue(IN_TEMPLATE.schedules_dlq),
        },
    )
    yield Graph(
        "Events and notifications",
        {
            **{f"rule {name}: failed": metrics.rule(name) for name in RULES},
            "alerts: undelivered": metrics.topic(IN_TEMPLATE.critical_alerts_topic),
            "notifications: undelivered": metrics.topic(IN_TEMPLATE.notifications_topic),
            "notification queue": metrics.queue(IN_TEMPLATE.notification_queue),
        },
    )


def _tables_and_functions() -> Iterator[Graph]:
    yield Graph(
        "Tables: throttled writes",
        {
            name.split("-", 1)[1].removesuffix(f"-{IN_TEMPLATE.suffix}"): metrics.table_throttles(
                name, "Write"
            )[0]
            for name in metrics.TABLES
        },
    )
    for metric in ("Errors", "Throttles"):
        yield Graph(
            f"Functions: {metric.lower()}",
            {folder: metrics.function(folder, metric) for folder in function_catalogue.FUNCTIONS},
        )


def _kept_and_asked() -> Iterator[Graph]:
    yield Graph(
        "Audit trail",
        {
            "records": metrics.own_metric(contract.METRIC_AUDIT_WRITTEN),
            "unreadable": metrics.own_metric(contract.METRIC_AUDIT_UNREADABLE),
            "interrupted": metrics.own_metric(contract.METRIC_AUDIT_INTERRUPTED),
            "tampered with": metrics.own_metric(contract.METRIC_LEDGER_TAMPERED),
            "erased": metrics.own_metric(contract.METRIC_ERASED),
            "behind (ms)": metrics.function(function_catalogue.AUDIT_LOGGER.folder, "IteratorAge", "Maximum"),
        },
    )
    yield Graph("Archive", dict(_archive()))
    yield Graph(
        "Analytics",
        {
            "counted": metrics.own_metric(contract.METRIC_ANALYTICS_COUNTED),
            "counted before": metrics.own_metric(contract.METRIC_ANALYTICS_DUPLICATES),
            "unreadable": metrics.own_metric(contract.METRIC_ANALYTICS_UNREADABLE),
            "interrupted": metrics.own_metric(contract.METRIC_ANALYTICS_INTERRUPTED),
            "behind (ms)": metrics.function(
                function_catalogue.ANALYTICS_PROCESSOR.folder, "IteratorAge", "Maximum"
            ),
        },
    )
    yield Graph("Card numbers masked, by endpoint", _by_endpoint(contract.METRIC_MASKED))
    api = IN_TEMPLATE.transactions_api
    yield Graph(
        "Transaction API",
        {
            "requests": metrics.api("Count", "Sum", api),
            "4xx": metrics.api("4XXError", "Sum", api),
            "5xx": metrics.api("5XXError", "Sum", api),
            "time to answer (ms, p99)": metrics.api("Latency", "p99", api),
        },
    )
    yield Graph(
        "Pipe",
        {
            f"{metric} ({mode})": metrics.pipe(metric, name)
            for mode, name in metrics.PIPES.items()
            for metric in ("Invocations", "ExecutionFailed", "ExecutionThrottled")
        },
    )
    executions = ("Started", "Succeeded", "Failed", "TimedOut")
    yield Graph(
        "State machine (workflow mode)",
        {
            **{name.lower(): metrics.workflow(f"Executions{name}") for name in executions},
            "throttled": metrics.workflow("ExecutionThrottled"),
            "time (ms, p99)": metrics.workflow("ExecutionTime", "p99"),
        },
    )


def _archive() -> Iterator[tuple[str, Metric]]:
    for name in ARCHIVES:
        kind = {contract.DIMENSION_ARCHIVE: name}
        yield f"{name} archived", metrics.own_metric(contract.METRIC_ARCHIVED, **kind)
        yield f"{name} behind (days)", metrics.own_metric(contract.METRIC_ARCHIVE_BEHIND, "Maximum", **kind)


def dashboard_body(shown: Sequence[Graph]) -> str:
    """The body as JSON text for `Sub`."""
    widgets = [_widget(number, graph) for number, graph in enumerate(shown)]
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _outcomes(name: str, outcomes: Sequence[str]) -> dict[str, Metric]:
    return {value: metrics.outcome(name, value) for value in outcomes}


def _by_endpoint(name: str, endpoints: Sequence[Endpoint] = ENDPOINTS) -> dict[str, Metric]:
    return {
        endpoint.name: metrics.own_metric(name, **{contract.DIMENSION_ENDPOINT: endpoint.name})
        for endpoint in endpoints
    }


def _widget(number: int, graph: Graph) -> dict[str, Any]:
    across = WIDTH // WIDGET_WIDTH
    return {
        "type": "metric",
        "x": number % across * WIDGET_WIDTH,
        "y": number // across * WIDGET_HEIGHT,
        "width": WIDGET_WIDTH,
        "height": WIDGET_HEIGHT,
        "properties": {
            "title": graph.title,
            "region": IN_TEMPLATE.region,
            "period": 5 * MINUTE,
            "view": "timeSeries",
            "metrics": [_line(label, metric) for label, metric in graph.lines.items()],
        },
    }


def _line(label: str, metric: Metric) -> list[Any]:
    """As CloudWatch writes it: namespace, name, dimension, value, ..., options."""
    pairs = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *pairs, {"label": label, "stat": metric.statistic}]
