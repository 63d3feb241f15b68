"""The EventBridge pipes from the inbox's stream to the payment processor: to its queue, or to the state machine."""

import json
from typing import Any, NamedTuple

from awacs import kms, sqs, states
from awacs.aws import ArnEquals, Condition, Statement
from troposphere import Sub
from troposphere.iam import Role
from troposphere.logs import LogGroup
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
from stacks.common.keys import key_statements
from stacks.common.log_groups import log_destination_arn, log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, read_stream_statements
from stacks.compute.lambda_function import Runtime
from stacks.names import IN_TEMPLATE
from stacks.parameters import features

# Ten records are one SendMessageBatch, the most that a queue takes; ten batches of a shard at once keep up with
# the shard's 1000 writes a second. A state machine gets one record at a time: an execution is one webhook, and
# its failure is no other's.
QUEUE_BATCH_SIZE = 10
MACHINE_BATCH_SIZE = 1
BATCHES_AT_ONCE = 10
# A batch that cannot be sent holds up its shard: after ten tries its keys go to the dead-letter queue.
RETRIES = 10

_RECEIVED = {contract.STATUS: {"S": [contract.STATUS_RECEIVED]}}
_DECIDED = {
    contract.STATUS: {"S": [contract.STATUS_IGNORED, contract.STATUS_PROCESSED, *contract.ATTENTION_STATUSES]}
}
# New ones, and those that were received anew: judged again, accepted or replayed by a person.
_TO_BE_PROCESSED = (
    {"eventName": ["INSERT"], "dynamodb": {"NewImage": _RECEIVED}},
    {"eventName": ["MODIFY"], "dynamodb": {"OldImage": _DECIDED, "NewImage": _RECEIVED}},
)
# A JSON object of texts. In quotes, a placeholder becomes the bare text (EventBridge's user guide: "put quotes around
# variables that refer to JSON path parameters"); ours hold nothing that JSON escapes.
_MESSAGE = json.dumps(
    {
        contract.MESSAGE_WEBHOOK_ID: f"<$.dynamodb.NewImage.{contract.WEBHOOK_ID}.S>",
        contract.MESSAGE_TIMESTAMP: f"<$.dynamodb.NewImage.{contract.WEBHOOK_TIMESTAMP}.S>",
    }
)


class _Way(NamedTuple):
    """What differs between the two pipes. `purpose` names the role, `name` the pipe."""

    title: str
    purpose: str
    name: str
    mode: str
    target: Any
    batch_size: int
    grants: list[Statement]
    target_parameters: dict[str, Any]


def add_processing_pipes(runtime: Runtime, workflow: StateMachine) -> None:
    """A pipe for each ProcessingMode, with a role each and one log group. It sends the keys of each new webhook to the
    processor's queue, or to the state machine `workflow`.

    Two pipes with names of their own, of which one is there: whether AWS takes the parameters of another target out of
    a pipe that is there is unknown (UpdatePipe leaves what a request does not name as it is). On a change of mode
    CloudFormation makes the new pipe, and only then deletes the old one. The roles are there in both modes, so that
    their rights are everywhere before a pipe needs them.

    A new pipe begins at TRIM_HORIZON, so it sends again what the stream has kept of the last 24 hours, and the
    processor finds it done. With LATEST a reader of a stream misses records for the minutes in which it is made or
    updated (Lambda's guide says so of its own, "Polling and stream starting positions"); those would wait for the
    sweeper. As old records are read again, there is no MaximumRecordAgeInSeconds, which would make dead letters of
    them.

    The queue and its source stay in both modes: the sweeper sends there, and messages that are in the queue when the
    mode changes are not lost.
    """
    template, messaging = runtime.template, runtime.messaging
    group = log_group(template, "ProcessingPipeLogGroup", IN_TEMPLATE.pipe_log_group, runtime.keys.messages)
    to_queue = _Way(
        "ProcessingPipe",
        "pipe-processing",
        IN_TEMPLATE.processing_pipe,
        features.QUEUE_MODE,
        messaging.processing_queue.arn,
        QUEUE_BATCH_SIZE,
        [allow([sqs.SendMessage], [messaging.processing_queue.arn])],
        {},
    )
    machine = PipeTargetStateMachineParameters(InvocationType="FIRE_AND_FORGET")
    to_machine = _Way(
        "WorkflowPipe",
        "pipe-workflow",
        IN_TEMPLATE.workflow_pipe,
        features.WORKFLOW_MODE,
        workflow.ref(),
        MACHINE_BATCH_SIZE,
        [allow([states.StartExecution], [Sub(IN_TEMPLATE.processing_workflow_arn)])],
        {"StepFunctionStateMachineParameters": machine},
    )
    for way in (to_queue, to_machine):
        template.add_resource(_pipe(runtime, way, group))


def _pipe(runtime: Runtime, way: _Way, group: LogGroup) -> Pipe:
    dead_letter_arn = runtime.messaging.pipe_dlq.arn
    return Pipe(
        way.title,
        Condition=features.PROCESSING_MODE.is_value(runtime.template, way.mode),
        Name=Sub(way.name),
        Description="Received webhooks of the inbox to the processor, keys only",
        DesiredState="RUNNING",  # said, as an update leaves what it does not name as it is
        RoleArn=_role(runtime, way).get_att("Arn"),
        KmsKeyIdentifier=runtime.keys.data,
        Source=runtime.data.inbox_stream_arn,
        SourceParameters=PipeSourceParameters(
            FilterCriteria=FilterCriteria(
                Filters=[Filter(Pattern=json.dumps(pattern)) for pattern in _TO_BE_PROCESSED]
            ),
            DynamoDBStreamParameters=PipeSourceDynamoDBStreamParameters(
                StartingPosition="TRIM_HORIZON",
                BatchSize=way.batch_size,
                ParallelizationFactor=BATCHES_AT_ONCE,
                MaximumRetryAttempts=RETRIES,
                OnPartialBatchItemFailure="AUTOMATIC_BISECT",
                DeadLetterConfig=DeadLetterConfig(Arn=dead_letter_arn),
            ),
        ),
        Target=way.target,
        TargetParameters=PipeTargetParameters(InputTemplate=_MESSAGE, **way.target_parameters),
        LogConfiguration=PipeLogConfiguration(
            Level="ERROR",
            CloudwatchLogsLogDestination=CloudwatchLogsLogDestination(LogGroupArn=log_destination_arn(group)),
        ),
    )


def _role(runtime: Runtime, way: _Way) -> Role:
    """The pipe's role: it reads the stream, sends to its target, and what it could not send to the dead letters."""
    pipe_arn = Sub(IN_TEMPLATE.arn("pipes", f"pipe/{way.name}"))
    grants = [
        *read_stream_statements(runtime.data.inbox_stream_arn),
        *way.grants,
        allow([sqs.SendMessage], [runtime.messaging.pipe_dlq.arn]),
    ]
    statements = [
        *grants,
        *key_statements(runtime.keys, grants),
        # The pipe's own filter and message template. The user guide names the context in two ways.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-pipes-cmkey.html
        allow([kms.DescribeKey], [runtime.keys.data]),
        *(
            allow(
                [kms.Decrypt, kms.GenerateDataKey], [runtime.keys.data], Condition(ArnEquals(key, pipe_arn))
            )
            for key in ("kms:EncryptionContext:aws:pipes:arn", "kms:EncryptionContext:aws:pipe:arn")
        ),
    ]
    trust = assume_by_service("pipes.amazonaws.com", pipe_arn)
    return role_with_policy(runtime.template, way.purpose, trust, statements)
