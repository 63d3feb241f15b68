"""SQS queues with the house rules: our key, TLS only, and a dead-letter queue for one queue alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awacs import sqs as actions
from awacs.aws import Allow, ArnEquals, Bool, Condition, Deny, Principal, Statement
from troposphere import Sub, Template
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from stacks import retention
from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE
from stacks.retention import Retention

KEY_REUSE_SECONDS = 300
LONGEST_WAIT_SECONDS = 20
EVENTS_SERVICE = "events.amazonaws.com"
NO_SOURCE: dict[str, Any] = {"redrivePermission": "denyAll"}


class EncryptedQueue(Queue):
    """A data key serves five minutes, which bounds the calls to KMS."""

    KmsDataKeyReusePeriodSeconds = KEY_REUSE_SECONDS


class DeadLetterQueue(EncryptedQueue):
    """Keeps its messages for the longest time that SQS allows."""

    MessageRetentionPeriod = retention.DEAD_LETTER_QUEUES.seconds


@dataclass(frozen=True)
class QueueOutputs:
    url: Any
    arn: Any

    @staticmethod
    def of(queue: Queue) -> "QueueOutputs":
        return QueueOutputs(url=queue.ref(), arn=queue.get_att("Arn"))


def dead_letter_queue(
    template: Template,
    title: str,
    name: str,
    key_arn: Any,
    source_name: str | None = None,
    senders: Sequence[Statement] = (),
) -> Queue:
    """A dead-letter queue for the queue named `source_name`, or, without one, for a service that sends to it.

    The source's ARN is built from its name: the source refers to this queue, so this one can't refer to it.
    `senders` are statements of services that need the queue's policy to send.
    """
    allowed = NO_SOURCE
    if source_name:
        allowed = {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [Sub(IN_TEMPLATE.queue_arn(source_name))],
        }
    queue = DeadLetterQueue(title, QueueName=Sub(name), KmsMasterKeyId=key_arn, RedriveAllowPolicy=allowed)
    template.add_resource(_policy(queue, senders))
    return template.add_resource(queue)


def queue_with_dead_letters(
    template: Template,
    title: str,
    name: str,
    dead_letter_name: str,
    key_arn: Any,
    maximum_receives: int,
    kept: Retention,
    senders: Sequence[Statement] = (),
    **properties: Any,
) -> tuple[Queue, Queue]:
    """The queue `{title}Queue`, and `{title}Dlq`, which takes what was received `maximum_receives` times in vain.

    kept: how long a message stays in the queue. senders: statements of services that need the queue's policy to send.
    """
    dead_letters = dead_letter_queue(template, f"{title}Dlq", dead_letter_name, key_arn, name)
    queue = EncryptedQueue(
        f"{title}Queue",
        QueueName=Sub(name),
        KmsMasterKeyId=key_arn,
        RedrivePolicy=RedrivePolicy(
            deadLetterTargetArn=dead_letters.get_att("Arn"), maxReceiveCount=maximum_receives
        ),
        RedriveAllowPolicy=NO_SOURCE,
        MessageRetentionPeriod=kept.seconds,
        **properties,
    )
    template.add_resource(_policy(queue, senders))
    return template.add_resource(queue), dead_letters


def _policy(queue: Queue, senders: Sequence[Statement]) -> QueuePolicy:
    """One policy a queue: a second one would replace the first."""
    tls_only = Statement(
        Sid="DenyWithoutTls",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.Action("*")],
        Condition=Condition(Bool("aws:SecureTransport", "false")),
    )
    statements = [tls_only, *senders]
    for statement in statements:
        statement.properties["Resource"] = [queue.get_att("Arn")]
    return QueuePolicy(
        f"{queue.title}Policy", Queues=[queue.ref()], PolicyDocument=policy_document(statements)
    )


def rules_send_statement(sources: list[str]) -> Statement:
    """Lets rules and buses (ARNs, as texts for `Sub`) send to the queue that the statement is given to."""
    return Statement(
        Sid="EventsOfThisEnvironment",
        Effect=Allow,
        Principal=Principal("Service", EVENTS_SERVICE),
        Action=[actions.SendMessage],
        Condition=Condition(ArnEquals("aws:SourceArn", [Sub(source) for source in sources])),
    )
