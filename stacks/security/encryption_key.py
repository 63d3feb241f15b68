"""The customer-managed key and its policy: one function of statements for each kind of user of the key."""

from typing import Any

from awacs import kms as actions
from awacs.aws import (
    Allow,
    ArnEquals,
    ArnLike,
    Condition,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from troposphere import AccountId, Sub
from troposphere.kms import Alias, Key

from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE
from stacks.retention import DELETED_KEY

# In a key's policy `*` is the key itself.
THIS_KEY = ["*"]
EVENTBRIDGE = Principal("Service", "events.amazonaws.com")


class RotatedKey(Key):
    """A symmetric key that rotates every year, and whose deletion can be cancelled for some weeks."""

    EnableKeyRotation = True
    PendingWindowInDays = DELETED_KEY.days


def key_with_alias(title: str, alias: str, description: str, policy: PolicyDocument) -> tuple[Key, Alias]:
    key = RotatedKey(title, Description=description, KeyPolicy=policy)
    return key, Alias(f"{title}Alias", AliasName=Sub(alias), TargetKeyId=key.ref())


def key_policy() -> PolicyDocument:
    return policy_document(
        [
            *account_statements(),
            *logs_statements(),
            *log_delivery_statements(),
            *event_bus_statements(),
            *event_target_statements(),
            *topic_subscription_statements(),
            *alarm_statements(),
        ]
    )


def account_statements() -> list[Statement]:
    """Lets the account's own policies decide. Without this statement nobody could change the key again."""
    root = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    return [_statement("AccountPoliciesDecide", Principal("AWS", root), [actions.Action("*")])]


def logs_statements() -> list[Statement]:
    """CloudWatch Logs, for our own log groups only: it names the group as encryption context."""
    groups = [Sub(arn) for arn in IN_TEMPLATE.log_group_arn_patterns]
    return [
        _statement(
            "LogGroupsOfThisEnvironment",
            Principal("Service", Sub("logs.${AWS::Region}.amazonaws.com")),
            [
                actions.Decrypt,
                actions.DescribeKey,
                actions.Encrypt,
                actions.GenerateDataKey,
                actions.GenerateDataKeyWithoutPlaintext,
                actions.ReEncryptFrom,
                actions.ReEncryptTo,
            ],
            Condition(ArnLike("kms:EncryptionContext:aws:logs:arn", groups)),
        )
    ]


def log_delivery_statements() -> list[Statement]:
    """Log delivery, which carries the log records of the pipe and of the state machine to their groups, encrypted
    with the key of what writes them.

    The encryption context is the one that EventBridge Pipes and Step Functions document for vended logs.
    """
    source = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*")
    return [
        _statement(
            "LogDelivery",
            Principal("Service", "delivery.logs.amazonaws.com"),
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(StringLike("kms:EncryptionContext:SourceArn", source)),
        )
    ]


def event_bus_statements() -> list[Statement]:
    """EventBridge, for the events and rules of the environment's own bus."""
    return [
        _statement(
            "EventBus",
            EVENTBRIDGE,
            [actions.Decrypt, actions.DescribeKey, actions.GenerateDataKey],
            Condition(
                [
                    ArnEquals("aws:SourceArn", Sub(IN_TEMPLATE.event_bus_arn)),
                    StringEquals("aws:SourceAccount", AccountId),
                ]
            ),
        )
    ]


def event_target_statements() -> list[Statement]:
    """EventBridge, for the topic and the queues that its rules deliver to, dead-letter queues among them.

    It names no source when it publishes to an encrypted topic, so a condition on the source would refuse it;
    what it may encrypt is told by the encryption context instead, which SNS and SQS set to their own ARN.
    """
    topic = IN_TEMPLATE.topic_arn(IN_TEMPLATE.critical_alerts_topic)
    queues = (IN_TEMPLATE.notification_queue, IN_TEMPLATE.events_dlq)
    return [
        _statement(
            "EventsToTopics",
            EVENTBRIDGE,
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(ArnEquals("kms:EncryptionContext:aws:sns:topicArn", [Sub(topic)])),
        ),
        _statement(
            "EventsToQueues",
            EVENTBRIDGE,
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(
                ArnEquals(
                    "kms:EncryptionContext:aws:sqs:arn", [Sub(IN_TEMPLATE.queue_arn(name)) for name in queues]
                )
            ),
        ),
    ]


def topic_subscription_statements() -> list[Statement]:
    """SNS, for queues of this environment that subscribe to its topics, or keep what a subscription missed."""
    return [
        _statement(
            "TopicsToQueues",
            Principal("Service", "sns.amazonaws.com"),
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(ArnLike("kms:EncryptionContext:aws:sqs:arn", Sub(IN_TEMPLATE.queue_arn_pattern))),
        )
    ]


def alarm_statements() -> list[Statement]:
    """CloudWatch alarms of this account, which publish to the encrypted topic of alerts."""
    return [
        _statement(
            "AlarmsOfThisAccount",
            Principal("Service", "cloudwatch.amazonaws.com"),
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(StringEquals("aws:SourceAccount", AccountId)),
        )
    ]


def _statement(
    sid: str, principal: Principal, allowed: list[Any], condition: Condition | None = None
) -> Statement:
    extra = {"Condition": condition} if condition else {}
    return Statement(Sid=sid, Effect=Allow, Principal=principal, Action=allowed, Resource=THIS_KEY, **extra)
