"""The customer managed keys and their policies."""

from collections.abc import Iterator
from typing import Any

from awacs import kms as actions
from awacs.aws import (
    Allow,
    ArnEquals,
    ArnLike,
    Condition,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from troposphere import AccountId, Sub
from troposphere.kms import Key

from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE
from stacks.retention import DELETED_KEY

# In a key's policy `*` is the key itself.
THIS_KEY = ["*"]
ENCRYPT = [actions.Decrypt, actions.GenerateDataKey]
LOGS = [
    actions.Decrypt,
    actions.DescribeKey,
    actions.Encrypt,
    actions.GenerateDataKey,
    actions.GenerateDataKeyWithoutPlaintext,
    actions.ReEncryptFrom,
    actions.ReEncryptTo,
]
EVENTBRIDGE = Principal("Service", "events.amazonaws.com")


class RotatedKey(Key):
    """A symmetric key that rotates every year, and whose deletion can be cancelled for some weeks."""

    EnableKeyRotation = True
    PendingWindowInDays = DELETED_KEY.days


def encryption_keys() -> Iterator[tuple[Key, str]]:
    """The keys by duty, of data, messages and secrets, each with its alias (a text for `Sub`).

    A key's policy has a statement for each service that uses it in its own name. Those that act in a role's name need
    the role's policy (stacks.common.keys).
    """
    yield (
        RotatedKey(
            "Key",
            Description="Encrypts tables, buckets and settings of the payment webhooks",
            KeyPolicy=policy_document([_account(), _log_delivery(), *_of_former_messages()]),
        ),
        IN_TEMPLATE.data_key_alias,
    )
    yield (
        RotatedKey(
            "MessagesKey",
            Description="Encrypts queues, topics, the event bus and logs of the payment webhooks",
            KeyPolicy=policy_document([_account(), _log_groups(LOGS), *_eventbridge_statements(), _alarms()]),
        ),
        IN_TEMPLATE.messages_key_alias,
    )
    yield (
        RotatedKey(
            "SecretsKey",
            Description="Encrypts what payment webhooks are verified with",
            KeyPolicy=policy_document([_account()]),
        ),
        IN_TEMPLATE.secrets_key_alias,
    )


def _account() -> Statement:
    root = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    # It lets the account's own policies decide. Without it nobody could change the key again.
    return _statement("AccountPoliciesDecide", Principal("AWS", root), [actions.Action("*")])


def _log_groups(allowed: list[Any]) -> Statement:
    """CloudWatch Logs, for our own log groups only: it names the group as encryption context."""
    groups = [Sub(arn) for arn in IN_TEMPLATE.log_group_arn_patterns]
    return _statement(
        "LogGroupsOfThisEnvironment",
        Principal("Service", Sub("logs.${AWS::Region}.amazonaws.com")),
        allowed,
        ArnLike("kms:EncryptionContext:aws:logs:arn", groups),
    )


def _log_delivery() -> Statement:
    """Log delivery, which carries the log records of the pipe and of the state machine to their groups, encrypted with
    the key of what writes them. The encryption context is the one that EventBridge Pipes and Step Functions document
    for vended logs.
    """
    logs_of_account = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*")
    return _statement(
        "LogDelivery",
        Principal("Service", "delivery.logs.amazonaws.com"),
        ENCRYPT,
        StringLike("kms:EncryptionContext:SourceArn", logs_of_account),
    )


def _of_former_messages() -> list[Statement]:
    """For what was encrypted when one key was everything's: lines that were logged stay as they are, and a bus's events
    are encrypted anew when its key changes.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey-configure.html
    """
    return [_log_groups([actions.Decrypt, actions.DescribeKey]), _event_bus([actions.Decrypt])]


def _event_bus(allowed: list[Any]) -> Statement:
    return _statement(
        "EventBus",
        EVENTBRIDGE,
        allowed,
        [
            ArnEquals("aws:SourceArn", Sub(IN_TEMPLATE.event_bus_arn)),
            StringEquals("aws:SourceAccount", AccountId),
        ],
    )


def _eventbridge_statements() -> list[Statement]:
    """For the events and rules of the environment's own bus, and for the topic and the queues, dead-letter queues among
    them, that its rules deliver to.

    EventBridge names no source when it publishes to an encrypted topic, so a condition on the source would refuse it;
    what it may encrypt is told by the encryption context instead, which SNS and SQS set to their own ARN.
    """
    topic = IN_TEMPLATE.topic_arn(IN_TEMPLATE.critical_alerts_topic)
    queues = [
        IN_TEMPLATE.queue_arn(name) for name in (IN_TEMPLATE.notification_queue, IN_TEMPLATE.events_dlq)
    ]
    return [
        # Its user guide sets conditions on the use of the key alone, not on looking it up ("Authorizing EventBridge to
        # use a customer managed key", eb-encryption-key-policy.html), so whether a look-up names the bus is unknown.
        _statement("EventBusFindsKey", EVENTBRIDGE, [actions.DescribeKey]),
        _event_bus(ENCRYPT),
        _statement(
            "EventsToTopics",
            EVENTBRIDGE,
            ENCRYPT,
            ArnEquals("kms:EncryptionContext:aws:sns:topicArn", [Sub(topic)]),
        ),
        _statement(
            "EventsToQueues",
            EVENTBRIDGE,
            ENCRYPT,
            ArnEquals("kms:EncryptionContext:aws:sqs:arn", [Sub(arn) for arn in queues]),
        ),
    ]


def _alarms() -> Statement:
    """CloudWatch alarms of this account, which publish to the encrypted topic of alerts."""
    return _statement(
        "AlarmsOfThisAccount",
        Principal("Service", "cloudwatch.amazonaws.com"),
        ENCRYPT,
        StringEquals("aws:SourceAccount", AccountId),
    )


def _statement(sid: str, principal: Principal, allowed: list[Any], condition: Any = None) -> Statement:
    extra = {"Condition": Condition(condition)} if condition else {}
    return Statement(Sid=sid, Effect=Allow, Principal=principal, Action=allowed, Resource=THIS_KEY, **extra)
