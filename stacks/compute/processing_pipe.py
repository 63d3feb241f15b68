"""The EventBridge pipe from the inbox's stream to the payment processor: to its queue, or to the state machine."""

import json
from typing import Any

from awacs import kms, sqs, states
from awacs.aws import Statement
from troposphere import If, NoValue, Sub
from troposphere.iam import Role
from troposphere.pipes import (
    CloudwatchLogsLogDestination,
    DeadLetterConfig,
    Filter,
    FilterCriteria,
    Pipe,
    PipeLogConfiguration,
    PipeSourceDynamoDBStreamParameters,
    PipeSourceParameters,
    PipeTargetParameters,
    PipeTargetStateMachineParameters,
)
from troposphere.stepfunctions import StateMachine

from payment_webhooks import contract
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, read_stream_statements
from stacks.compute.lambda_function import Runtime
from stacks.compute.processing_workflow import workflow_mode
from stacks.names import IN_TEMPLATE

# Ten records are one SendMessageBatch, the most that a queue takes; ten batches of a shard at once keep up with
# the shard's 1000 writes a second. A state machine gets one record at a time: an execution is one webhook, and
# its failure is no other's.
BATCH_SIZE = 10
BATCHES_AT_ONCE = 10
# A batch that cannot be sent holds up its shard: after ten tries its keys go to the dead-letter queue.
RETRIES = 10
RECORD_AGE_SECONDS = 3600

_NEW_WEBHOOKS = {
    "eventName": ["INSERT"],
    "dynamodb": {"NewImage": {contract.STATUS: {"S": [contract.STATUS_RECEIVED]}}},
}
# A JSON object of texts. In quotes, a placeholder becomes the bare text (EventBridge's user guide: "put quotes around
# variables that refer to JSON path parameters"); ours hold nothing that JSON escapes.
_MESSAGE = json.dumps(
    {
        contract.MESSAGE_WEBHOOK_ID: f"<$.dynamodb.NewImage.{contract.WEBHOOK_ID}.S>",
        contract.MESSAGE_TIMESTAMP: f"<$.dynamodb.NewImage.{contract.WEBHOOK_TIMESTAMP}.S>",
    }
)


def add_processing_pipe(runtime: Runtime, workflow: StateMachine) -> Pipe:
    """The pipe with its log group and encryption, and a role for each target that it may have. It sends the keys of
    each new webhook to the processor's queue, or to the state machine `workflow`, as ProcessingMode says.

    One pipe for both, so that a change of target is an update in place: name, source and starting position are
    all that AWS replaces a pipe for, and a pipe that stays keeps its position in the stream. The role changes
    with the target, in the same update: each may do what its target needs and no more.

    The queue and its source stay in both modes: the sweeper sends there, and messages that are in the queue when the
    mode changes are not lost.
    """
    template, messaging = runtime.template, runtime.messaging
    to_machine = workflow_mode(template)
    group = log_group(template, "ProcessingPipeLogGroup", IN_TEMPLATE.pipe_log_group, runtime.key_arn)
    dead_letter_arn = messaging.pipe_dlq.arn
    start = allow([states.StartExecution], [Sub(IN_TEMPLATE.processing_workflow_arn)])
    queue_role = _role(runtime, "pipe-processing", [messaging.processing_queue.arn, dead_letter_arn], [])
    machine_role = _role(runtime, "pipe-workflow", [dead_letter_arn], [start])
    machine = PipeTargetStateMachineParameters(InvocationType="FIRE_AND_FORGET")
    return template.add_resource(
        Pipe(
            "ProcessingPipe",
            Name=Sub(IN_TEMPLATE.processing_pipe),
            Description="New webhooks of the inbox to the processor, keys only",
            DesiredState="RUNNING",  # said, as an update leaves what it does not name as it is
            RoleArn=If(to_machine, machine_role.get_att("Arn"), queue_role.get_att("Arn")),
            KmsKeyIdentifier=runtime.key_arn,
            Source=runtime.data.inbox_stream_arn,
            SourceParameters=PipeSourceParameters(
                FilterCriteria=FilterCriteria(Filters=[Filter(Pattern=json.dumps(_NEW_WEBHOOKS))]),
                DynamoDBStreamParameters=PipeSourceDynamoDBStreamParameters(
                    StartingPosition="TRIM_HORIZON",
                    BatchSize=If(to_machine, 1, BATCH_SIZE),
                    ParallelizationFactor=BATCHES_AT_ONCE,
                    MaximumRetryAttempts=RETRIES,
                    MaximumRecordAgeInSeconds=RECORD_AGE_SECONDS,
                    OnPartialBatchItemFailure="AUTOMATIC_BISECT",
                    DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
                ),
            ),
            Target=If(to_machine, workflow.ref(), messaging.processing_queue.arn),
            TargetParameters=PipeTargetParameters(
                InputTemplate=_MESSAGE,
                StepFunctionStateMachineParameters=If(to_machine, machine, NoValue),
            ),
            LogConfiguration=PipeLogConfiguration(
                Level="ERROR",
                CloudwatchLogsLogDestination=CloudwatchLogsLogDestination(
                    LogGroupArn=log_destination_arn(group)
                ),
            ),
        )
    )


def _role(runtime: Runtime, purpose: str, queue_arns: list[Any], grants: list[Statement]) -> Role:
    """The pipe's role for one target: it reads the stream, sends to the queues, and may do what `grants` allow."""
    statements = [
        *read_stream_statements(runtime.data.inbox_stream_arn),
        allow([sqs.SendMessage], queue_arns),
        *grants,
        # Not bound to a service: the pipe's own filter and message template are encrypted with the key too.
        allow([kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey], [runtime.key_arn]),
    ]
    trust = assume_by_service("pipes.amazonaws.com", Sub(IN_TEMPLATE.processing_pipe_arn))
    return role_with_policy(runtime.template, purpose, trust, statements)
