"""Log groups with the house rules: our key, a retention, made before what writes to them."""

import json
from collections.abc import Sequence
from typing import Any

from troposphere import Sub, Template
from troposphere.logs import LogGroup, ResourcePolicy

from stacks import parameters
from stacks.names import IN_TEMPLATE


def log_group(template: Template, title: str, name: str, key_arn: Any) -> LogGroup:
    """A log group named `name` (a text for `Sub`)."""
    return template.add_resource(
        LogGroup(
            title,
            LogGroupName=Sub(name),
            KmsKeyId=key_arn,
            RetentionInDays=parameters.LOG_RETENTION_DAYS.ref(template),
        )
    )


def log_destination_arn(group: LogGroup) -> Sub:
    """The group's ARN without the `:*` that its attribute ends in, as log destinations want it."""
    return Sub(
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group.title}}}"
    )


def log_delivery_policy(template: Template, groups: Sequence[str]) -> ResourcePolicy:
    """Lets AWS's log delivery write to `groups` (names, as texts for `Sub`).

    One policy for all of an environment, as an account has room for ten a region. Without it each service that
    logs so would write one of its own.
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
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)
    return template.add_resource(
        ResourcePolicy(
            "LogDeliveryPolicy",
            PolicyName=Sub(IN_TEMPLATE.log_delivery_policy),
            PolicyDocument=Sub(document),
        )
    )
