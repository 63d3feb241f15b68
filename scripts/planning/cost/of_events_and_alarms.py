"""EventBridge, SNS and CloudWatch: what a million webhooks cost after the ledger, and what watching costs a month."""

from collections.abc import Iterator

from payment_webhooks import contract
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import MILLION, Usage
from stacks.evaluation.resolved_stack import Resource


def bus_lines(usage: Usage, bus: Resource) -> Iterator[Line | Unpriced]:
    """One event for each transition; what rules of one account deliver costs nothing more."""
    events = _items_of_writers(usage, bus, contract.ENV_EVENT_BUS)
    if events is None:
        yield Unpriced(str(bus), bus.type, "who publishes there is not known")
        return
    yield Line(
        str(bus), "events", events, usage.price("events.custom_event"), how="one each webhook, at most"
    )


def topic_lines(usage: Usage, topic: Resource) -> Iterator[Line | Unpriced]:
    """What the notification handler publishes. What a delivery costs, its protocol decides."""
    published = _items_of_writers(usage, topic, contract.ENV_NOTIFICATIONS_TOPIC)
    if published is None:
        yield Unpriced(str(topic), topic.type, "alarms and payments of high value: no count is known")
        return
    yield Line(
        str(topic),
        "published",
        published,
        usage.price("sns.publish"),
        how="one each webhook; more at high value",
    )
    yield Unpriced(
        str(topic), topic.type, "deliveries: none to a queue or function, 0.60 USD a million by HTTPS"
    )


def alarm_lines(usage: Usage, alarm: Resource) -> Iterator[Line | Unpriced]:
    """By the metric: an alarm on an expression is paid for each metric in it."""
    measured = [each for each in alarm.get("Metrics") or () if "MetricStat" in each]
    yield Line(
        str(alarm), "metrics watched", len(measured) or 1, usage.price("cloudwatch.alarm_metric"), Span.MONTH
    )


def dashboard_lines(usage: Usage, dashboard: Resource) -> Iterator[Line | Unpriced]:
    yield Line(str(dashboard), "dashboard", 1, usage.price("cloudwatch.dashboard"), Span.MONTH)


def metric_filter_lines(usage: Usage, metric_filter: Resource) -> Iterator[Line | Unpriced]:
    yield Line(str(metric_filter), "metric", 1, usage.price("cloudwatch.metric"), Span.MONTH)


def _items_of_writers(usage: Usage, target: Resource, variable: str) -> float | None:
    """For a million webhooks: what the functions that are told of `target` work on; None when there is none."""
    items = [
        usage.model.items_for(each)
        for each in usage.model.consumers
        if each.worker and usage.system.named(each.worker, variable) == target
    ]
    return MILLION * sum(items) if items else None
