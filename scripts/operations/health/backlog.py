"""Health of what waits: webhooks that are not done, those that wait for a person, queues and dead letters."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.processing.sweeper import SWEEP_AFTER_SECONDS
from scripts.command_line.plain_text import visible
from scripts.command_line.relative_time import ago, duration
from scripts.operations.health.finding import Finding, Level
from scripts.operations.health.sources import Sources
from scripts.operations.inbox.search import waiting
from scripts.operations.redrive.letters import reason_of
from stacks.monitoring.alarms.processing import OLDEST_PENDING_SECONDS
from stacks.names import Names

LATE: Final = timedelta(seconds=SWEEP_AFTER_SECONDS)
ALARMING: Final = timedelta(seconds=OLDEST_PENDING_SECONDS)
COUNTED_OF_A_SHARD: Final = 100
COUNTED_OF_A_STATUS: Final = 100
EVENT_WEBHOOK_ID: Final = "webhook_id"  # in the detail of an event (docs/events.md)


class Pending(NamedTuple):
    """`webhooks`: how many were counted; `is_all`: there are no more. `oldest`: UTC, None where nothing is pending."""

    webhooks: int
    is_all: bool
    oldest: datetime | None


class DeadLetter(NamedTuple):
    """A message of a dead-letter queue: its id, and the webhook, the payment and the reason, where it is known."""

    message: str
    webhook_id: str = ""
    about: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """E.g. `stripe:evt_1, payment stripe:pi_1, message 7d0c…: NO_PERMISSIONS`."""
        named = ", ".join(part for part in (visible(self.webhook_id), self.about, self.message) if part)
        return f"{named}: {self.reason or 'why is in the saved query faults, by this id'}"


class Queue(NamedTuple):
    """About how many messages a queue holds. in_flight: those of them that somebody has received, to be tried again or
    deleted.
    """

    url: str
    messages: int
    in_flight: int = 0

    @property
    def is_dead_letters(self) -> bool:
        """By its name: names of dead-letter queues, and only those, end in dlq (stacks/names.py)."""
        return "-dlq-" in self.url.rpartition("/")[2]

    def purpose(self, names: Names) -> str:
        """Its name without type and suffix, such as `processing-dlq`: the alarm's name, too."""
        return self.url.rpartition("/")[2].removeprefix("queue-").removesuffix(f"-{names.suffix}")


def pending_findings(sources: Sources) -> list[Finding]:
    """How many webhooks are received and not done, and since when the oldest is."""
    pending = read_pending(sources.client("dynamodb"), sources.environment.names.inbox_table)
    return [pending_finding(pending, sources.now)]


def pending_finding(pending: Pending, now: datetime) -> Finding:
    if pending.oldest is None:
        return Finding("pending", Level.OK, "none")
    age = now - pending.oldest
    level = Level.PROBLEM if age > ALARMING else Level.NOTICE if age > LATE else Level.OK
    count = f"{pending.webhooks:,}" if pending.is_all else f"over {pending.webhooks:,}"
    return Finding(
        "pending", level, f"{count}, the oldest for {duration(age)}", "docs/runbook.md#oldest-pending"
    )


def read_pending(dynamodb: Any, table: str) -> Pending:
    """Of each shard the oldest COUNTED_OF_A_SHARD: 20 queries, which read a few kilobytes each."""
    pages = [
        dynamodb.query(
            TableName=table,
            IndexName=contract.PENDING_INDEX,
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeNames={"#shard": contract.PENDING_SHARD},
            ExpressionAttributeValues={":shard": {"S": str(shard)}},
            Limit=COUNTED_OF_A_SHARD,
        )
        for shard in range(contract.PENDING_SHARD_COUNT)
    ]
    since = [item[contract.PENDING_SINCE]["S"] for page in pages for item in page["Items"]]
    return Pending(
        len(since),
        not any("LastEvaluatedKey" in page for page in pages),
        min(map(_time, since), default=None),
    )


def waiting_findings(sources: Sources) -> list[Finding]:
    """What waits for a person: a finding for each status."""
    dynamodb, table = sources.client("dynamodb"), sources.environment.names.inbox_table
    found: list[Finding] = []
    for status in contract.ATTENTION_STATUSES:
        items = waiting(dynamodb, table, [status], COUNTED_OF_A_STATUS)
        if items:
            found.append(_waiting(status, items, sources))
    return found or [Finding("for a person", Level.OK, "nothing waits")]


def _waiting(status: str, items: Sequence[Mapping[str, Any]], sources: Sources) -> Finding:
    oldest = _time(str(items[0][contract.ATTENTION_SINCE]))
    count = f"{len(items)} or more" if len(items) == COUNTED_OF_A_STATUS else str(len(items))
    reasons = dict.fromkeys(
        str(item[contract.STATUS_REASON]) for item in items if contract.STATUS_REASON in item
    )
    text = f"{count} {status}, the first {ago(oldest, sources.now)}" + (
        f" ({', '.join(reasons)})" if reasons else ""
    )
    return Finding(
        "for a person", Level.PROBLEM, text, sources.here.copyable("inbox", "list", "--status", status)
    )


def queue_findings(sources: Sources) -> list[Finding]:
    """How many messages each queue holds, and what is in dead-letter queues, with a reason."""
    sqs, dynamodb, names = sources.client("sqs"), sources.client("dynamodb"), sources.environment.names
    queues = [_read_queue(sqs, resource.physical_id) for resource in sources.of_type("AWS::SQS::Queue")]
    dead = [queue for queue in queues if queue.is_dead_letters]
    work = ", ".join(
        f"{queue.purpose(names)} {queue.messages:,}"
        + (f" ({queue.in_flight:,} in work)" if queue.in_flight else "")
        for queue in queues
        if queue not in dead
    )
    found = [
        Finding(
            "dead letters",
            Level.PROBLEM,
            f"{queue.purpose(names)} {queue.messages:,}, one of them: {letter.text}",
            sources.here.copyable("trace", letter.webhook_id)
            if letter.webhook_id
            else sources.here.copyable("redrive", "list"),
        )
        for queue in dead
        if queue.messages
        for letter in [_first_letter(sqs, dynamodb, names, queue)]
    ]
    return [Finding("queues", Level.OK, work), *(found or [Finding("dead letters", Level.OK, "none")])]


def _read_queue(sqs: Any, url: str) -> Queue:
    waiting, in_flight = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting, in_flight])["Attributes"]
    return Queue(url, int(found[waiting]) + int(found[in_flight]), int(found[in_flight]))


def _first_letter(sqs: Any, dynamodb: Any, names: Names, queue: Queue) -> DeadLetter:
    """One of its messages; it stays visible to all, but SQS counts that it was received."""
    messages = sqs.receive_message(
        QueueUrl=queue.url,
        MaxNumberOfMessages=1,
        VisibilityTimeout=0,
        WaitTimeSeconds=0,
        MessageAttributeNames=["All"],
    ).get("Messages", ())
    for message in messages:
        letter = dead_letter_of(message)
        if letter.reason or letter.about or not letter.webhook_id:
            return letter
        return letter._replace(reason=_last_error(dynamodb, names.inbox_table, letter.webhook_id))
    return DeadLetter("not seen just now", reason="somebody has received it")


def dead_letter_of(message: Mapping[str, Any]) -> DeadLetter:
    """What the message says of itself, without asking anybody. Messages that SQS itself moved have no reason."""
    document = _document(message["Body"])
    webhook_id = document.get(contract.MESSAGE_WEBHOOK_ID) or document.get(EVENT_WEBHOOK_ID)
    about = [
        f"{name} {visible(str(document[field]))}"
        for name, field in (
            ("payment", contract.NOTIFICATION_TRANSACTION),
            ("request", contract.NOTIFICATION_REQUEST),
        )
        if document.get(field)
    ]
    return DeadLetter(
        f"message {message['MessageId']}",
        webhook_id if isinstance(webhook_id, str) else "",
        ", ".join(about),
        reason_of(message),
    )


def _document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _last_error(dynamodb: Any, table: str, webhook_id: str) -> str:
    """The last error that is stored with the newest item of the webhook that has one."""
    items = dynamodb.query(
        TableName=table,
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
        ExpressionAttributeValues={":id": {"S": webhook_id}},
        ScanIndexForward=False,
    )["Items"]
    return next((str(item["last_error"]["S"]) for item in items if "last_error" in item), "")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
