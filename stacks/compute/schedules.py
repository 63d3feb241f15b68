"""Schedules that call a function. Runs that cannot begin or that fail go to a dead-letter queue."""

from typing import Any, NamedTuple

from awacs import awslambda, kms, sqs
from troposphere import Ref, Sub, Template
from troposphere.awslambda import DestinationConfig, EventInvokeConfig, Function, OnFailure
from troposphere.scheduler import (
    DeadLetterConfig,
    FlexibleTimeWindow,
    RetryPolicy,
    Schedule,
    ScheduleGroup,
    Target,
)

from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service
from stacks.names import IN_TEMPLATE, title

# Of starting the function, and of its own failures: after that, the next run is the better try.
RETRIES = 2


class Scheduled(NamedTuple):
    """`purpose` names the schedule and its role, e.g. `inbox-sweeper`; `expression` is EventBridge Scheduler's.

    A run that could not begin, or succeed, within `latest_seconds` is given up (60 to 21600).
    """

    purpose: str
    expression: str
    latest_seconds: int


def call_on_schedule(
    template: Template, key_arn: Any, function: Function, dead_letter_arn: Any, scheduled: Scheduled
) -> Schedule:
    """The schedule, the role that it calls with, and the destination of failed runs.

    The scheduler calls asynchronously, so there are two places to fail: its call of Lambda, and the function.
    The function needs the right to send to the same queue.
    """
    _keep_failed_runs(template, function, dead_letter_arn, scheduled)
    role = role_with_policy(
        template,
        f"{scheduled.purpose}-schedule",
        # The source that the scheduler names is the group (its user guide, "Confused deputy prevention").
        assume_by_service("scheduler.amazonaws.com", Sub(IN_TEMPLATE.schedule_group_arn)),
        [
            allow([awslambda.InvokeFunction], [function.get_att("Arn")]),
            allow([sqs.SendMessage], [dead_letter_arn]),
            # Not bound to a service: the schedule's own input is encrypted with the key too.
            allow([kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey], [key_arn]),
        ],
    )
    return template.add_resource(
        Schedule(
            f"{title(scheduled.purpose)}Schedule",
            Name=Sub(IN_TEMPLATE.schedule(scheduled.purpose)),
            GroupName=_group(template).ref(),
            Description=f"Calls {scheduled.purpose}",
            ScheduleExpression=scheduled.expression,
            FlexibleTimeWindow=FlexibleTimeWindow(Mode="OFF"),
            KmsKeyArn=key_arn,
            Target=Target(
                Arn=function.get_att("Arn"),
                RoleArn=role.get_att("Arn"),
                Input="{}",
                DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
                RetryPolicy=RetryPolicy(
                    MaximumEventAgeInSeconds=scheduled.latest_seconds, MaximumRetryAttempts=RETRIES
                ),
            ),
        )
    )


def _group(template: Template) -> ScheduleGroup:
    """One for all schedules of the environment, so that their roles trust them alone."""
    group = template.resources.get("ScheduleGroup")
    if isinstance(group, ScheduleGroup):
        return group
    return template.add_resource(ScheduleGroup("ScheduleGroup", Name=Sub(IN_TEMPLATE.schedule_group)))


def _keep_failed_runs(
    template: Template, function: Function, dead_letter_arn: Any, scheduled: Scheduled
) -> EventInvokeConfig:
    return template.add_resource(
        EventInvokeConfig(
            f"{function.title}FailedRuns",
            FunctionName=Ref(function),
            Qualifier="$LATEST",
            MaximumRetryAttempts=RETRIES,
            MaximumEventAgeInSeconds=scheduled.latest_seconds,
            DestinationConfig=DestinationConfig(OnFailure=OnFailure(Destination=dead_letter_arn)),
        )
    )
