"""SNS topics with the house rules: our key, TLS only, and publishers that are named."""

from collections.abc import Sequence
from typing import Any

from awacs import sns as actions
from awacs.aws import Allow, ArnLike, Bool, Condition, Deny, Principal, Statement, StringEquals
from troposphere import AccountId, Sub, Template
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE
from stacks.parameters.alarms import ALERT_EMAIL


def encrypted_topic(
    template: Template, title: str, name: str, key_arn: Any, publishers: Sequence[Statement] = ()
) -> Topic:
    """A topic named `name` (a text for `Sub`).

    `publishers` are statements that let services publish (`service_publishes`); roles of this account need
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


def service_publishes(sid: str, service: str, condition: Condition | None = None) -> Statement:
    """Lets a service publish to the topic that the statement is given to."""
    extra = {"Condition": condition} if condition else {}
    principal = Principal("Service", service)
    return Statement(Sid=sid, Effect=Allow, Principal=principal, Action=[actions.Publish], **extra)


def alarms_publish() -> Statement:
    """Lets the alarms of this environment publish, with `encrypted_topic`."""
    return service_publishes(
        "AlarmsOfThisEnvironment",
        "cloudwatch.amazonaws.com",
        Condition(
            [
                StringEquals("aws:SourceAccount", AccountId),
                ArnLike("aws:SourceArn", Sub(IN_TEMPLATE.alarm_arn("*"))),
            ]
        ),
    )


def mail_subscription(template: Template, topic: Topic) -> SubscriptionResource:
    """A subscription of AlertEmail, if it is set. Its owner confirms the subscription first."""
    return template.add_resource(
        SubscriptionResource(
            f"{topic.title}Mail",
            Condition=ALERT_EMAIL.is_given(template),
            TopicArn=topic.ref(),
            Protocol="email",
            Endpoint=ALERT_EMAIL.ref(template),
        )
    )


def _tls_only(topic: Topic) -> Statement:
    # SNS takes no `sns:*` in a topic's policy; publishing is the one call that carries content.
    return Statement(
        Sid="DenyWithoutTls",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.Publish],
        Condition=Condition(Bool("aws:SecureTransport", "false")),
    )
