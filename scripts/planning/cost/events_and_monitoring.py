"""Bill of EventBridge, SNS and alarms."""

from collections.abc import Iterator

from payment_webhooks import contract
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import MILLION, Usage, unpriced
from stacks.evaluation.resolved_stack import Resource


def bus_lines(usage: Usage, bus: Resource) -> Iterator[Line | Unpriced]:
    """One event for each transition; deliveries by rules within one account cost nothing more."""
    events = _items_of_writers(usage, bus, contract.ENV_EVENT_BUS)
    if events is None:
        yield unpriced(bus, "who publishes there is not known")
        return
    note = "one each webhook, at most"
    yield usage.line(bus, "events", events, "events.custom_event", note=note)


def topic_lines(usage: Usage, topic: Resource) -> Iterator[Line | Unpriced]:
    """Publications by the notification handler. The price of a delivery depends on its protocol."""
    published = _items_of_writers(usage, topic, contract.ENV_NOTIFICATIONS_TOPIC)
    if published is None:
        yield unpriced(topic, "alarms and payments of high value: no count is known")
        return
    note = "one each webhook; more at high value"
    yield usage.line(topic, "published", published, "sns.publish", note=note)
    yield unpriced(topic, "deliveries: none to a queue or function, 0.60 USD a million by HTTPS")


def alarm_lines(usage: Usage, alarm: Resource) -> Iterator[Line | Unpriced]:
    """By the metric: an alarm on an expression is paid for each metric in it."""
    metrics = sum("MetricStat" in query for query in alarm.get("Metrics") or ())
    yield usage.line(alarm, "metrics watched", metrics or 1, "cloudwatch.alarm_metric", Span.MONTH)


def _items_of_writers(usage: Usage, target: Resource, variable: str) -> float | None:
    """Items of a million webhooks, of the functions whose variable names `target`; None when there is none."""
    items = [
        usage.load.items(consumer)
        for consumer in usage.system.consumers
        if usage.system.environment_resource(consumer.worker, variable) == target
    ]
    return MILLION * sum(items) if items else None
