"""Alarms of what tells others: the notification queue that waits, and topics that could not deliver."""

from collections.abc import Iterator

from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import Alarm
from stacks.names import IN_TEMPLATE

# Far over what a burst takes: each message is worked on within seconds while the handler keeps up.
NOTIFICATION_AGE_SECONDS = 900


def delivery_alarms() -> Iterator[Alarm]:
    yield Alarm(
        "notification-queue-age",
        "Notifications wait: the handler does not keep up, or fails.",
        (measured.queue(IN_TEMPLATE.notification_queue, "ApproximateAgeOfOldestMessage"),),
        NOTIFICATION_AGE_SECONDS,
        "seconds",
    )
    topics = {
        "critical-alerts": IN_TEMPLATE.critical_alerts_topic,
        "notifications": IN_TEMPLATE.notifications_topic,
    }
    for name, topic in topics.items():
        yield Alarm(
            f"{name}-undelivered",
            f"A subscriber of the topic {name} could not be told.",
            (measured.topic(topic),),
            0,
            "messages",
        )
