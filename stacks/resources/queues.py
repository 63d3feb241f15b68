"""SQS queues with the house rules: our key, TLS only, and a dead-letter queue for one queue alone."""

from typing import Any

from awacs import sqs as actions
from awacs.aws import Bool, Condition, Deny, Principal, Statement
from troposphere import Sub, Template
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from stacks.names import IN_TEMPLATE
from stacks.resources.statements import policy_document

DAY_SECONDS = 24 * 60 * 60
KEY_REUSE_SECONDS = 300
NO_SOURCE: dict[str, Any] = {"redrivePermission": "denyAll"}


class EncryptedQueue(Queue):
    """Kept for four days; a data key serves five minutes, which bounds the calls to KMS."""

    KmsDataKeyReusePeriodSeconds = KEY_REUSE_SECONDS
    MessageRetentionPeriod = 4 * DAY_SECONDS


class DeadLetterQueue(EncryptedQueue):
    """Kept for the longest that SQS allows: a message's age counts from its first queue."""

    MessageRetentionPeriod = 14 * DAY_SECONDS


def dead_letter_queue(
    template: Template, title: str, name: str, key_arn: Any, source_name: str | None = None
) -> Queue:
    """A dead-letter queue for the queue named `source_name`, or, without one, for a service that sends itself.

    The source's ARN is built from its name: the source refers to this queue, so this one can't refer to it.
    """
    allowed = NO_SOURCE
    if source_name:
        allowed = {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [Sub(IN_TEMPLATE.queue_arn(source_name))],
        }
    queue = DeadLetterQueue(title, QueueName=Sub(name), KmsMasterKeyId=key_arn, RedriveAllowPolicy=allowed)
    template.add_resource(_tls_only_policy(queue))
    return template.add_resource(queue)


def queue_with_dead_letters(
    template: Template,
    title: str,
    name: str,
    key_arn: Any,
    dead_letters: Queue,
    maximum_receives: int,
    visibility_seconds: Any,
) -> Queue:
    queue = EncryptedQueue(
        title,
        QueueName=Sub(name),
        KmsMasterKeyId=key_arn,
        RedrivePolicy=RedrivePolicy(
            deadLetterTargetArn=dead_letters.get_att("Arn"), maxReceiveCount=maximum_receives
        ),
        RedriveAllowPolicy=NO_SOURCE,
        VisibilityTimeout=visibility_seconds,
    )
    template.add_resource(_tls_only_policy(queue))
    return template.add_resource(queue)


def _tls_only_policy(queue: Queue) -> QueuePolicy:
    statement = Statement(
        Sid="DenyWithoutTls",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.Action("*")],
        Resource=[queue.get_att("Arn")],
        Condition=Condition(Bool("aws:SecureTransport", "false")),
    )
    return QueuePolicy(
        f"{queue.title}Policy", Queues=[queue.ref()], PolicyDocument=policy_document([statement])
    )
