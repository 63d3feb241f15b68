"""Schedules that call a function. Runs that cannot begin or that fail go to a dead-letter queue."""

from awacs import awslambda, kms, sqs
from awacs.aws import ArnEquals, Condition
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

from stacks.common.keys import key_statements
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service
from stacks.compute.lambda_function import Runtime
from stacks.names import IN_TEMPLATE, title

# Of starting the function, and of its own failures: after that, the next run is the better try.
RETRIES = 2
_OWN_INPUT = "kms:EncryptionContext:aws:scheduler:schedule:arn"


def call_on_schedule(
    runtime: Runtime, function: Function, purpose: str, expression: str, latest_seconds: int
) -> Schedule:
    """The schedule, the role that it calls with, and the destination of failed runs.

    purpose: names the schedule and its role, e.g. `inbox-sweeper`. expression: as EventBridge Scheduler takes it.
    latest_seconds: a run that could not begin, or succeed, in this time is given up (60 to 21600).

    The scheduler calls asynchronously, so there are two places to fail: its call of Lambda, and the function.
    The function needs the right to send to the same queue.
    """
    template, key_arn = runtime.template, runtime.keys.data
    name = f"schedule/{IN_TEMPLATE.schedule_group}/{IN_TEMPLATE.schedule(purpose)}"
    schedule_arn = IN_TEMPLATE.arn("scheduler", name)
    dead_letter_arn = runtime.messaging.schedules_dlq.arn
    template.add_resource(
        EventInvokeConfig(
            f"{function.title}FailedRuns",
            FunctionName=Ref(function),
            Qualifier="$LATEST",
            MaximumRetryAttempts=RETRIES,
            MaximumEventAgeInSeconds=latest_seconds,
            DestinationConfig=DestinationConfig(OnFailure=OnFailure(Destination=dead_letter_arn)),
        )
    )
    send_failed = allow([sqs.SendMessage], [dead_letter_arn])
    role = role_with_policy(
        template,
        f"{purpose}-schedule",
        # The source that the scheduler names is the group (its user guide, "Confused deputy prevention").
        assume_by_service("scheduler.amazonaws.com", Sub(IN_TEMPLATE.schedule_group_arn)),
        [
            allow([awslambda.InvokeFunction], [function.get_att("Arn")]),
            send_failed,
            *key_statements(runtime.keys, [send_failed]),
            # The schedule's own input. https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
            allow([kms.Decrypt], [key_arn], Condition(ArnEquals(_OWN_INPUT, Sub(schedule_arn)))),
        ],
    )
    return template.add_resource(
        Schedule(
            f"{title(purpose)}Schedule",
            Name=Sub(IN_TEMPLATE.schedule(purpose)),
            GroupName=runtime.schedule_group,
            Description=f"Calls {purpose}",
            ScheduleExpression=expression,
            State="ENABLED",
            FlexibleTimeWindow=FlexibleTimeWindow(Mode="OFF"),
            KmsKeyArn=key_arn,
            Target=Target(
                Arn=function.get_att("Arn"),
                RoleArn=role.get_att("Arn"),
                Input="{}",
                DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
                RetryPolicy=RetryPolicy(
                    MaximumEventAgeInSeconds=latest_seconds, MaximumRetryAttempts=RETRIES
                ),
            ),
        )
    )


def schedule_group(template: Template) -> ScheduleGroup:
    """One for all schedules of the environment, so that their roles trust them alone."""
    return template.add_resource(ScheduleGroup("ScheduleGroup", Name=Sub(IN_TEMPLATE.schedule_group)))
