"""SNS topics with the house rules: our key, TLS only, and publishers that are named."""

from collections.abc import Sequence
from typing import Any

from awacs import sns as actions
from awacs.aws import Allow, ArnLike, Bool, Condition, Deny, Principal, Statement, StringEquals
from troposphere import AccountId, Sub, Template
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from stacks.common.statements import policy_document
from stacks.messaging.queues import EVENTS_SERVICE
from stacks.names import IN_TEMPLATE
from stacks.parameters.alarms import ALERT_EMAIL


def encrypted_topic(
    template: Template, title: str, name: str, key_arn: Any, publishers: Sequence[Statement] = ()
) -> Topic:
    """A topic named `name` (a text for `Sub`).

    `publishers` are statements that let services publish; roles of this account need
    none, as their own policies allow them.
    """
    topic = template.add_resource(Topic(title, TopicName=Sub(name), KmsMasterKeyId=key_arn))
    statements = [_tls_only(topic), *publishers]
    for statement in statements:
        statement.properties["Resource"] = [topic.ref()]
    template.add_resource(
        TopicPolicy(f"{title}Policy", Topics=[topic.ref()], PolicyDocument=policy_document(statements))
    )
    return topic


def critical_alerts_topic(template: Template, key_arn: Any) -> Topic:
    """The topic of payments of high value and of this environment's alarms, with a subscription of AlertEmail, if that
    is set. Its owner confirms the subscription first.
    """
    our_alarms = Condition(
        [
            StringEquals("aws:SourceAccount", AccountId),
            ArnLike("aws:SourceArn", Sub(IN_TEMPLATE.alarm_arn("*"))),
        ]
    )
    publishers = [
        # EventBridge does not support conditions in a topic's policy (its user guide, "Amazon SNS permissions").
        _publish_statement("Events", EVENTS_SERVICE),
        _publish_statement("AlarmsOfThisEnvironment", "cloudwatch.amazonaws.com", Condition=our_alarms),
    ]
    name = IN_TEMPLATE.critical_alerts_topic
    topic = encrypted_topic(template, "CriticalAlertsTopic", name, key_arn, publishers)
    template.add_resource(
        SubscriptionResource(
            f"{topic.title}Mail",
            Condition=ALERT_EMAIL.is_given(template),
            TopicArn=topic.ref(),
            Protocol="email",
            Endpoint=ALERT_EMAIL.ref(template),
        )
    )
    return topic


def _publish_statement(sid: str, service: str, **properties: Any) -> Statement:
    principal = Principal("Service", service)
    return Statement(Sid=sid, Effect=Allow, Principal=principal, Action=[actions.Publish], **properties)


def _tls_only(topic: Topic) -> Statement:
    # SNS takes no `sns:*` in a topic's policy; publishing is the one call that carries content.
    return Statement(
        Sid="DenyWithoutTls",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.Publish],
        Condition=Condition(Bool("aws:SecureTransport", "false")),
    )
