"""Alarms of what senders see: the API's answers, the web ACL's blocks, and how long an answer takes."""

from collections.abc import Iterator
from typing import Final

from stacks import function_catalogue
from stacks.monitoring import metrics as measured
from stacks.monitoring.alarm import ERROR_PERCENT, Alarm, total

SLOWEST_MILLISECONDS: Final = 500


def edge_alarms() -> Iterator[Alarm]:
    yield Alarm(
        "api-server-errors",
        "The API answers with 5xx, so senders have to send again.",
        (measured.api("5XXError", "Average"),),
        ERROR_PERCENT / 100,
        "of all answers",
    )
    answers = {
        401: (50, "Signatures do not verify: a key that was rolled on one side only, or someone tries."),
        403: (100, "Requests are blocked or have no valid API key."),
        429: (50, "Requests are throttled: over the API's rate, or over an address's."),
    }
    for status, (most, meaning) in answers.items():
        yield Alarm(f"webhook-answers-{status}", meaning, (measured.answers(status),), most, "answers")
    blocks = tuple(measured.blocked(rule) for rule in measured.WEBHOOK_RULES)
    yield Alarm(
        "webhooks-blocked",
        "The web ACL blocks requests to webhook paths, honest ones perhaps.",
        blocks,
        50,
        "requests",
        expression=total(blocks),
    )
    slow = {
        "api-latency": ("The API is slow; senders give up after 10 s.", measured.api("Latency", "p99")),
        "webhook-receiver-duration": (
            "The receiver is slow.",
            measured.function(function_catalogue.WEBHOOK_RECEIVER.folder, "Duration", "p99"),
        ),
    }
    for name, (meaning, metric) in slow.items():
        slowest = SLOWEST_MILLISECONDS
        yield Alarm(name, meaning, (metric,), slowest, "ms, 99th percentile", periods=3, datapoints=3)
