"""Alarms of the event bus."""

from collections.abc import Iterator

from stacks.messaging.event_bus import RULES
from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import Alarm, total


def event_alarms() -> Iterator[Alarm]:
    lost = tuple(measured.rule(purpose, "InvocationsFailedToBeSentToDlq") for purpose in RULES)
    yield Alarm(
        "events-lost",
        "Payment Processed events reached neither their target nor the dead-letter queue.",
        lost,
        0,
        "events",
        expression=total(lost),
    )
