"""The state machine of workflow mode.

ProcessWebhook ──► done
      └─ caught ─► GiveUp ─► NotProcessed

The input, the output and the history hold keys, outcomes and reason codes, never a payload.

It exists in both modes and costs nothing while no execution is started. So a change of mode ends no execution: only the
pipe is another one.
"""

from typing import Any, Final

from awacs import awslambda, kms, logs, xray
from awacs.aws import Condition, Statement, StringEquals, StringLike
from troposphere import Sub
from troposphere.awslambda import Function
from troposphere.stepfunctions import (
    CloudWatchLogsLogGroup,
    EncryptionConfiguration,
    LogDestination,
    LoggingConfiguration,
    StateMachine,
    TracingConfiguration,
)

from payment_webhooks import contract
from stacks.common.log_groups import log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, trace_statements
from stacks.compute.lambda_function import Runtime
from stacks.names import IN_TEMPLATE

PROCESS: Final = "ProcessWebhook"
GIVE_UP: Final = "GiveUp"
NOT_PROCESSED: Final = "NotProcessed"

# More than all attempts of both tasks may take together; a webhook of an execution that is cut off stays pending.
MACHINE_TIMEOUT_SECONDS: Final = 3600

# All processors are busy, which passes, however long it lasts: about eight minutes, by which time the sweeper
# brings the webhook through the queue.
THROTTLED: Final[dict[str, Any]] = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.EC2ThrottledException"],
    "IntervalSeconds": 2,
    "BackoffRate": 2.0,
    "MaxAttempts": 12,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
FAILED: Final[dict[str, Any]] = {
    "ErrorEquals": [
        "States.TaskFailed",
        "States.Timeout",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2.0,
    "MaxAttempts": 3,
    "JitterStrategy": "FULL",
}
POINTLESS: Final[dict[str, Any]] = {"ErrorEquals": [contract.WORKFLOW_PERMANENT], "MaxAttempts": 0}
# One data key serves so many seconds of executions: fewer calls of KMS, which has a quota.
DATA_KEY_SECONDS: Final = 300


def add_processing_workflow(runtime: Runtime, processor: Function) -> StateMachine:
    """A standard state machine with a trace and a role of its own, which may only call the processor: it does all the
    work. Failed executions are logged without their input and output.
    """
    template, processor_arn = runtime.template, processor.get_att("Arn")
    group = log_group(
        template, "ProcessingWorkflowLogGroup", IN_TEMPLATE.workflow_log_group, runtime.keys.messages
    )
    statements = [
        allow([awslambda.InvokeFunction], [processor_arn]),
        *_own_key_statements(runtime.keys.data),
        *_log_delivery_statements(),
        *trace_statements(),
        # Sampling rules have no resource to name.
        allow([xray.GetSamplingRules, xray.GetSamplingTargets], ["*"]),
    ]
    trust = assume_by_service("states.amazonaws.com", Sub(IN_TEMPLATE.processing_workflow_arn))
    role = role_with_policy(template, "processing-workflow", trust, statements)
    destination = CloudWatchLogsLogGroup(LogGroupArn=group.get_att("Arn"))
    return template.add_resource(
        StateMachine(
            "ProcessingWorkflow",
            StateMachineName=Sub(IN_TEMPLATE.processing_workflow),
            StateMachineType="STANDARD",
            Definition=_definition(processor_arn),
            RoleArn=role.get_att("Arn"),
            EncryptionConfiguration=EncryptionConfiguration(
                Type="CUSTOMER_MANAGED_KMS_KEY",
                KmsKeyId=runtime.keys.data,
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


def _own_key_statements(key_arn: Any) -> list[Statement]:
    """Use of the key for this machine's definition and history, and for its log, told apart by the encryption context.

    Source of the second statement: aws-cdk-lib, aws-stepfunctions/lib/state-machine.ts, its grants for
    `encryptionConfiguration` together with `logs`. The statement for log delivery is in the key's policy.
    """
    machine = StringEquals(
        "kms:EncryptionContext:aws:states:stateMachineArn", Sub(IN_TEMPLATE.processing_workflow_arn)
    )
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


def _definition(processor_arn: Any) -> dict[str, Any]:
    """The state machine's definition as an object, in which CloudFormation's functions may stand."""
    return {
        "Comment": "Applies one webhook of the inbox to the ledger",
        "StartAt": PROCESS,
        "TimeoutSeconds": MACHINE_TIMEOUT_SECONDS,
        "States": {
            PROCESS: {
                **_processor_task(processor_arn, {contract.WORKFLOW_TASK: contract.WORKFLOW_PROCESS}),
                "Retry": [POINTLESS, THROTTLED, FAILED],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": GIVE_UP}],
                "End": True,
            },
            GIVE_UP: {
                **_processor_task(
                    processor_arn,
                    {
                        contract.WORKFLOW_TASK: contract.WORKFLOW_GIVE_UP,
                        f"{contract.WORKFLOW_FAILURE}.$": "$",
                    },
                ),
                "Retry": [THROTTLED, FAILED],
                # The webhook stays pending, and the sweeper brings it through the queue.
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": NOT_PROCESSED}],
                "Next": NOT_PROCESSED,
            },
            NOT_PROCESSED: {
                "Type": "Fail",
                "Error": "WebhookNotProcessed",
                "Cause": "The inbox and the log of the processor say why",
            },
        },
    }


def _processor_task(processor_arn: Any, fields: dict[str, str]) -> dict[str, Any]:
    """A task that calls the processor with the execution's own input, not with a state's output."""
    payload = {
        **fields,
        f"{contract.WORKFLOW_INPUT}.$": "$$.Execution.Input",
        f"{contract.WORKFLOW_EXECUTION}.$": "$$.Execution.Id",
        f"{contract.WORKFLOW_RETRIES}.$": "$$.State.RetryCount",
    }
    return {
        "Type": "Task",
        "Resource": Sub("arn:${AWS::Partition}:states:::lambda:invoke"),
        "Parameters": {"FunctionName": processor_arn, "Payload": payload},
        "ResultSelector": {f"{contract.WORKFLOW_OUTCOME}.$": f"$.Payload.{contract.WORKFLOW_OUTCOME}"},
        "TimeoutSeconds": contract.PROCESSOR_LOST_AFTER_SECONDS,
    }
