"""SQS queues with the house rules: our key, TLS only, and a dead-letter queue for one queue alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awacs import sqs as actions
from awacs.aws import Bool, Condition, Deny, Principal, Statement
from troposphere import Sub, Template
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from stacks import retention
from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE
from stacks.retention import Retention

KEY_REUSE_SECONDS = 300
LONGEST_WAIT_SECONDS = 20
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


@dataclass(frozen=True)
class QueueSettings:
    """kept: how long a message stays in the queue. wait_seconds: how long a receive waits for a message when none is
    there (0 to 20).
    """

    maximum_receives: int
    visibility_seconds: Any
    kept: Retention
    wait_seconds: int = 0


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
    key_arn: Any,
    dead_letters: Queue,
    settings: QueueSettings,
    senders: Sequence[Statement] = (),
) -> Queue:
    """`senders` are statements of services that need the queue's policy to send."""
    queue = EncryptedQueue(
        title,
        QueueName=Sub(name),
        KmsMasterKeyId=key_arn,
        RedrivePolicy=RedrivePolicy(
            deadLetterTargetArn=dead_letters.get_att("Arn"), maxReceiveCount=settings.maximum_receives
        ),
        RedriveAllowPolicy=NO_SOURCE,
        VisibilityTimeout=settings.visibility_seconds,
        MessageRetentionPeriod=settings.kept.seconds,
        ReceiveMessageWaitTimeSeconds=settings.wait_seconds,
    )
    template.add_resource(_policy(queue, senders))
    return template.add_resource(queue)


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
