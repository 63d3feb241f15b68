"""Alarms of the event bus."""

from collections.abc import Iterator

from stacks import measured
from stacks.event_routing import RULES
from stacks.resources.alarms import Alarm, total


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
