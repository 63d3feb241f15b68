"""SNS topics with the house rules: our key, TLS only, and publishers that are named."""

from collections.abc import Sequence
from typing import Any

from awacs import sns as actions
from awacs.aws import Allow, Bool, Condition, Deny, Principal, Statement
from troposphere import Sub, Template
from troposphere.sns import Topic, TopicPolicy

from stacks.resources.statements import policy_document


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


def _tls_only(topic: Topic) -> Statement:
    # SNS takes no `sns:*` in a topic's policy; publishing is the one call that carries content.
    return Statement(
        Sid="DenyWithoutTls",
        Effect=Deny,
        Principal=Principal("AWS", "*"),
        Action=[actions.Publish],
        Condition=Condition(Bool("aws:SecureTransport", "false")),
    )
