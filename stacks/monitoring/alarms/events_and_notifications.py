"""Alarms of the event bus, the notification queue, the topics and the configuration parameter."""

from collections.abc import Iterator

from payment_webhooks import contract
from stacks.messaging.event_bus import RULES
from stacks.monitoring import metrics
from stacks.monitoring.alarm import Alarm, dead_letters, total
from stacks.names import IN_TEMPLATE

# Far over what a burst takes: each message is worked on within seconds while the handler keeps up.
NOTIFICATION_AGE_SECONDS = 900


def event_and_notification_alarms() -> Iterator[Alarm]:
    yield dead_letters(
        "events-dlq",
        "A rule could not deliver a Payment Processed event.",
        metrics.queue(IN_TEMPLATE.events_dlq),
    )
    lost = tuple(metrics.rule(purpose, "InvocationsFailedToBeSentToDlq") for purpose in RULES)
    yield Alarm(
        "events-lost",
        "Payment Processed events reached neither their target nor the dead-letter queue.",
        lost,
        0,
        "events",
        expression=total(lost),
    )
    yield dead_letters(
        "notification-dlq", "A notification could not be sent.", metrics.queue(IN_TEMPLATE.notification_dlq)
    )
    yield Alarm(
        "notification-queue-age",
        "Notifications wait: the handler does not keep up, or fails.",
        (metrics.queue(IN_TEMPLATE.notification_queue, "ApproximateAgeOfOldestMessage"),),
        NOTIFICATION_AGE_SECONDS,
        "seconds",
    )
    topics = {
        "critical-alerts": IN_TEMPLATE.critical_alerts_topic,
        "notifications": IN_TEMPLATE.notifications_topic,
    }
    for name, topic in topics.items():
        meaning = f"A subscriber of the topic {name} could not be told."
        yield Alarm(f"{name}-undelivered", meaning, (metrics.topic(topic),), 0, "messages")
    yield Alarm(
        "configuration-refused",
        "The configuration parameter holds something that can't be used; the last good one stays in use.",
        (metrics.own_metric(contract.METRIC_CONFIGURATION_REFUSED),),
        0,
        "readings",
    )
