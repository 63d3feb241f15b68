"""Standard state machines with the house rules: our key, a trace, and a log that holds no data."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from awacs import kms, logs, xray
from awacs.aws import Condition, Statement, StringEquals, StringLike
from troposphere import Sub, Template
from troposphere.logs import LogGroup
from troposphere.stepfunctions import (
    CloudWatchLogsLogGroup,
    EncryptionConfiguration,
    LogDestination,
    LoggingConfiguration,
    StateMachine,
    TracingConfiguration,
)

from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, trace_statements

# One data key serves so many seconds of executions: fewer calls of KMS, which has a quota.
DATA_KEY_SECONDS = 300


class MachineSettings(NamedTuple):
    """One state machine: `name` and `arn` are texts for `Sub`, `definition` is in Amazon States Language."""

    title: str
    purpose: str  # in the names of its role and policy
    name: str
    arn: str
    definition: Mapping[str, Any]


def state_machine(
    template: Template, settings: MachineSettings, key_arn: Any, group: LogGroup, grants: list[Statement]
) -> StateMachine:
    """A standard state machine with a role of its own. Failed executions are logged without their input and output."""
    statements = [
        *grants,
        *_own_key_statements(key_arn, settings.arn),
        *_log_delivery_statements(),
        *trace_statements(),
        # Sampling rules have no resource to name.
        allow([xray.GetSamplingRules, xray.GetSamplingTargets], ["*"]),
    ]
    trust = assume_by_service("states.amazonaws.com", Sub(settings.arn))
    role = role_with_policy(template, settings.purpose, trust, statements)
    destination = CloudWatchLogsLogGroup(LogGroupArn=group.get_att("Arn"))
    return template.add_resource(
        StateMachine(
            settings.title,
            StateMachineName=Sub(settings.name),
            StateMachineType="STANDARD",
            Definition=dict(settings.definition),
            RoleArn=role.get_att("Arn"),
            EncryptionConfiguration=EncryptionConfiguration(
                Type="CUSTOMER_MANAGED_KMS_KEY",
                KmsKeyId=key_arn,
                KmsDataKeyReusePeriodSeconds=DATA_KEY_SECONDS,
            ),
            LoggingConfiguration=LoggingConfiguration(
                Level="ERROR",
                IncludeExecutionData=False,
                Destinations=[LogDestination(CloudWatchLogsLogGroup=destination)],
            ),
            TracingConfiguration=TracingConfiguration(Enabled=True),
        )
    )


def _own_key_statements(key_arn: Any, arn: str) -> list[Statement]:
    """Use of the key for this machine's definition and history, and for its log, told apart by the encryption context.

    Source of the second statement: aws-cdk-lib, aws-stepfunctions/lib/state-machine.ts, its grants for
    `encryptionConfiguration` together with `logs`. The statement for log delivery is in the key's policy.
    """
    machine = StringEquals("kms:EncryptionContext:aws:states:stateMachineArn", Sub(arn))
    logs_of_account = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*")
    # "Like", as in the key's policy: whether the context ends in this very asterisk or in a group's name, it fits.
    log = StringLike("kms:EncryptionContext:SourceArn", logs_of_account)
    return [
        allow([kms.Decrypt, kms.GenerateDataKey], [key_arn], Condition(machine)),
        allow([kms.GenerateDataKey], [key_arn], Condition(log)),
    ]


def _log_delivery_statements() -> list[Statement]:
    """Permissions that Step Functions documents for logging ("Logging using CloudWatch Logs"): it uses this role.

    These actions have no resource to name. The last writes the group's policy where it is missing; ours is there
    (stacks/security/stack.py), but the service's guide asks for the right all the same.
    """
    return [
        allow(
            [
                logs.CreateLogDelivery,
                logs.DeleteLogDelivery,
                logs.DescribeLogGroups,
                logs.DescribeResourcePolicies,
                logs.GetLogDelivery,
                logs.ListLogDeliveries,
                logs.UpdateLogDelivery,
                logs.PutResourcePolicy,
            ],
            ["*"],
        )
    ]
