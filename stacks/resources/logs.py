"""Log groups with the house rules: our key, a retention, made before what writes to them."""

from typing import Any

from troposphere import Sub, Template
from troposphere.logs import LogGroup

from stacks import parameters


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
