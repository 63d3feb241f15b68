"""Log groups with the house rules: our key, a retention, and created before their writers."""

import json
from collections.abc import Sequence
from typing import Any

from troposphere import Sub, Template
from troposphere.logs import LogGroup, ResourcePolicy

from stacks.names import IN_TEMPLATE
from stacks.parameters.retention import LOG_RETENTION_DAYS


def log_group(template: Template, title: str, name: str, key_arn: Any) -> LogGroup:
    """A log group named `name` (a text for `Sub`)."""
    return template.add_resource(
        LogGroup(
            title,
            LogGroupName=Sub(name),
            KmsKeyId=key_arn,
            RetentionInDays=LOG_RETENTION_DAYS.ref(template),
        )
    )


def log_destination_arn(group: LogGroup) -> Sub:
    """The group's ARN without the `:*` that its attribute ends in, as log destinations want it."""
    return Sub(
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group.title}}}"
    )


def log_delivery_policy(
    template: Template, groups: Sequence[str], events_group: str, events_rule_arn: str
) -> ResourcePolicy:
    """A policy that lets AWS's log delivery write to `groups`, and an EventBridge rule to `events_group` (all are texts
    for `Sub`).

    An environment has one policy, as an account may have ten in a region. Without it each service that delivers logs
    would write one of its own.
    """
    ours = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
    statement = {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{ours}:log-group:{name}:*" for name in groups],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
            "ArnLike": {"aws:SourceArn": f"{ours}:*"},
        },
    }
    statements = [statement, *_events_statements(f"{ours}:log-group:{events_group}:*", events_rule_arn)]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)
    return template.add_resource(
        ResourcePolicy(
            "LogDeliveryPolicy",
            PolicyName=Sub(IN_TEMPLATE.log_delivery_policy),
            PolicyDocument=Sub(document),
        )
    )


def _events_statements(streams: str, rule_arn: str) -> list[dict[str, Any]]:
    """Statements of EventBridge's user guide ("CloudWatch Logs permissions"); it names the rule only when it writes."""
    principal = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}
    return [
        {
            "Sid": "EventStreams",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["logs:CreateLogStream"],
            "Resource": [streams],
        },
        {
            "Sid": "Events",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["logs:PutLogEvents"],
            "Resource": [streams],
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        },
    ]
