"""The way back of each dead-letter queue's letters, to where they were going."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Protocol

from scripts.operations.health.backlog import read_pending
from scripts.operations.redrive.dead_letter_queue import DeadLetterQueue
from scripts.operations.redrive.failed_batches import FailedBatches
from scripts.operations.redrive.letters import (
    FAILED_BATCHES,
    FailedEvent,
    Letter,
    Way,
    failed_event,
    failed_pipe_batch,
    failed_run,
    notification,
    webhook_keys,
)
from stacks.function_catalogue import ANALYTICS_PROCESSOR, AUDIT_LOGGER
from stacks.names import Names

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

LOG_STREAM: Final = "redriven"
# A stream's times are rounded down to the second (O9006); the rest is for clocks that differ.
ROUNDING: Final = timedelta(seconds=5)


class Source(Protocol):
    """Where letters are; both methods as DeadLetterQueue has them. `to`: where they go back to, for people."""

    @property
    def to(self) -> str: ...

    def letters(self) -> Generator[Letter]: ...

    def move(self, idents: Collection[str], pause: Callable[[int], None]) -> Iterator[tuple[int, int]]: ...


def source_of(queue: str, names: Names, client: Callable[[str], Any]) -> Source:
    """The source `queue`, one of QUEUES. `client`: a boto3 client by its service's name."""
    if queue == FAILED_BATCHES:
        functions = [names.function(each.folder) for each in (ANALYTICS_PROCESSOR, AUDIT_LOGGER)]
        s3, lambda_, dynamodb = client("s3"), client("lambda"), client("dynamodb")
        return FailedBatches(s3, lambda_, dynamodb, names.failures_bucket, names.analytics_table, functions)
    sqs = client("sqs")
    name, way = _WAYS[queue]
    url = sqs.get_queue_url(QueueName=getattr(names, name))["QueueUrl"]
    return DeadLetterQueue(sqs, url, way(names, client))


def _processing(names: Names, client: Callable[[str], Any]) -> Way[str]:
    return Way("the processing queue", webhook_keys, _to_queue(client("sqs"), names.processing_queue))


def _notification(names: Names, client: Callable[[str], Any]) -> Way[str]:
    to = "the notification queue, which tells nothing twice"
    return Way(to, notification, _to_queue(client("sqs"), names.notification_queue))


def _to_queue(sqs: Any, name: str) -> Callable[[Sequence[str]], list[bool]]:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def deliver(bodies: Sequence[str]) -> list[bool]:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        failed = {each["Id"] for each in answer.get("Failed", ())}
        return [entry["Id"] not in failed for entry in entries]

    return deliver


def _events(names: Names, client: Callable[[str], Any]) -> Way[FailedEvent]:
    def deliver(events: Sequence[FailedEvent]) -> list[bool]:
        return [_deliver_event(each, names, client) for each in events]

    return Way("the target that did not get it, and no other", failed_event, deliver)


def _deliver_event(failed: FailedEvent, names: Names, client: Callable[[str], Any]) -> bool:
    """To the one target, in the form that its rule gives it; to the bus where no rule has had it. False where the rule
    has that target no longer, or gives it a part that the event has not.
    """
    event, bus = failed.event, client("events")
    if failed.rule is None or failed.target is None:
        entry = {
            "Time": datetime.fromisoformat(event["time"]),
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": names.event_bus,
        }
        return int(bus.put_events(Entries=[entry])["FailedEntryCount"]) == 0
    rule = failed.rule.rpartition("/")[2]
    targets = bus.list_targets_by_rule(Rule=rule, EventBusName=names.event_bus)["Targets"]
    target = next((each for each in targets if each["Arn"] == failed.target), None)
    if target is None:
        return False
    steps = target.get("InputPath", "$").split(".")[1:]
    try:
        content = json.dumps(reduce(lambda part, step: part[step], steps, event))
    except KeyError:
        return False
    return _SENDERS[failed.target.split(":")[2]](client, failed.target, content, event)


def _send_to_queue(client: Callable[[str], Any], arn: str, content: str, _: Mapping[str, Any]) -> bool:
    return _to_queue(client("sqs"), arn.rpartition(":")[2])([content])[0]


def _send_to_topic(client: Callable[[str], Any], arn: str, content: str, _: Mapping[str, Any]) -> bool:
    client("sns").publish(TopicArn=arn, Message=content)
    return True


def _send_to_log(client: Callable[[str], Any], arn: str, content: str, event: Mapping[str, Any]) -> bool:
    """With the event's own time. CloudWatch Logs takes none that is older than 14 days."""
    logs, group = client("logs"), arn.split(":log-group:")[1].removesuffix(":*")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=LOG_STREAM)
    at = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
    line = {"timestamp": at, "message": content}
    answer = logs.put_log_events(logGroupName=group, logStreamName=LOG_STREAM, logEvents=[line])
    return not answer.get("rejectedLogEventsInfo")


_SENDERS: Final = {"sqs": _send_to_queue, "sns": _send_to_topic, "logs": _send_to_log}


def _schedules(_: Names, client: Callable[[str], Any]) -> Way[str]:
    lambda_ = client("lambda")
    called: set[str] = set()

    def deliver(functions: Sequence[str]) -> list[bool]:
        """One run does the work of all that failed, of this ten and of those before."""
        for name in {*functions} - called:
            lambda_.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
            called.add(name)
        return [True] * len(functions)

    return Way("a run of its function", failed_run, deliver)


def _pipe(names: Names, client: Callable[[str], Any]) -> Way[datetime]:
    dynamodb = client("dynamodb")

    def deliver(last: Sequence[datetime]) -> list[bool]:
        """The sweeper brings what the pipe could not: done is what nothing pending is as old as."""
        oldest = read_pending(dynamodb, names.inbox_table).oldest
        return [oldest is None or oldest > each + ROUNDING for each in last]

    to = "nowhere: deleted once the sweeper has brought its webhooks"
    return Way(to, failed_pipe_batch, deliver)


# By the alarm's name: the queue's name in Names, and the way of its letters.
_WAYS: Final[Mapping[str, tuple[str, Callable[[Names, Callable[[str], Any]], Way[Any]]]]] = {
    "processing-dlq": ("processing_dlq", _processing),
    "notification-dlq": ("notification_dlq", _notification),
    "events-dlq": ("events_dlq", _events),
    "pipe-dlq": ("pipe_dlq", _pipe),
    "schedules-dlq": ("schedules_dlq", _schedules),
}
