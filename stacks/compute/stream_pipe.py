"""An EventBridge pipe from a table's stream to a queue or to a state machine."""

import json
from typing import Any, NamedTuple

from awacs import kms, sqs, states
from awacs.aws import Statement
from troposphere import If, NoValue, Sub, Template
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

from stacks.common.log_groups import log_destination_arn, log_group
from stacks.common.roles import role_with_policy
from stacks.common.statements import allow, assume_by_service, read_stream_statements
from stacks.names import IN_TEMPLATE

# Ten records are one SendMessageBatch, the most that a queue takes; ten batches of a shard at once keep up with
# the shard's 1000 writes a second. A state machine gets one record at a time: an execution is one webhook, and
# its failure is no other's.
BATCH_SIZE = 10
BATCHES_AT_ONCE = 10
# A batch that cannot be sent holds up its shard: after ten tries its keys go to the dead-letter queue.
RETRIES = 10
RECORD_AGE_SECONDS = 3600


class StreamFlow(NamedTuple):
    """Records of `stream_arn` that match `pattern` go to the queue as `message` (path by field), or to the state
    machine while the condition `to_machine` holds.
    """

    stream_arn: Any
    queue_arn: Any
    machine_arn: Any
    to_machine: str
    dead_letter_arn: Any
    pattern: dict[str, Any]
    message: dict[str, str]


def stream_pipe(template: Template, key_arn: Any, flow: StreamFlow) -> Pipe:
    """The pipe with its log group and encryption, and a role for each target that it may have.

    One pipe for both, so that a change of target is an update in place: name, source and starting position are
    all that AWS replaces a pipe for, and a pipe that stays keeps its position in the stream. The role changes
    with the target, in the same update: each may do what its target needs and no more.
    """
    group = log_group(template, "ProcessingPipeLogGroup", IN_TEMPLATE.pipe_log_group, key_arn)
    start = [allow([states.StartExecution], [Sub(IN_TEMPLATE.processing_workflow_arn)])]
    to_queue = _role(template, key_arn, flow, purpose="pipe-processing", start=[])
    to_machine = _role(template, key_arn, flow, purpose="pipe-workflow", start=start)
    message = _input_template(flow.message)
    started = PipeTargetStateMachineParameters(InvocationType="FIRE_AND_FORGET")
    return template.add_resource(
        Pipe(
            "ProcessingPipe",
            Name=Sub(IN_TEMPLATE.processing_pipe),
            Description="New webhooks of the inbox to the processor, keys only",
            RoleArn=If(flow.to_machine, to_machine.get_att("Arn"), to_queue.get_att("Arn")),
            KmsKeyIdentifier=key_arn,
            Source=flow.stream_arn,
            SourceParameters=_source(flow),
            Target=If(flow.to_machine, flow.machine_arn, flow.queue_arn),
            TargetParameters=PipeTargetParameters(
                InputTemplate=message,
                StepFunctionStateMachineParameters=If(flow.to_machine, started, NoValue),
            ),
            LogConfiguration=PipeLogConfiguration(
                Level="ERROR",
                CloudwatchLogsLogDestination=CloudwatchLogsLogDestination(
                    LogGroupArn=log_destination_arn(group)
                ),
            ),
        )
    )


def _role(template: Template, key_arn: Any, flow: StreamFlow, purpose: str, start: list[Statement]) -> Role:
    """For one target: the state machine when `start` lets it, else the queue."""
    queues = [flow.dead_letter_arn] if start else [flow.queue_arn, flow.dead_letter_arn]
    statements = [
        *read_stream_statements(flow.stream_arn),
        allow([sqs.SendMessage], queues),
        *start,
        # Not bound to a service: the pipe's own filter and message template are encrypted with the key too.
        allow([kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey], [key_arn]),
    ]
    trust = assume_by_service("pipes.amazonaws.com", Sub(IN_TEMPLATE.processing_pipe_arn))
    return role_with_policy(template, purpose, trust, statements)


def _input_template(paths: dict[str, str]) -> str:
    """A JSON object of texts. In quotes, a placeholder becomes the bare text (EventBridge's user guide: "put
    quotes around variables that refer to JSON path parameters"); ours hold nothing that JSON escapes.
    """
    return json.dumps({field: f"<{path}>" for field, path in paths.items()})


def _source(flow: StreamFlow) -> PipeSourceParameters:
    return PipeSourceParameters(
        FilterCriteria=FilterCriteria(Filters=[Filter(Pattern=json.dumps(flow.pattern))]),
        DynamoDBStreamParameters=PipeSourceDynamoDBStreamParameters(
            StartingPosition="TRIM_HORIZON",
            BatchSize=If(flow.to_machine, 1, BATCH_SIZE),
            ParallelizationFactor=BATCHES_AT_ONCE,
            MaximumRetryAttempts=RETRIES,
            MaximumRecordAgeInSeconds=RECORD_AGE_SECONDS,
            OnPartialBatchItemFailure="AUTOMATIC_BISECT",
            DeadLetterConfig=DeadLetterConfig(Arn=flow.dead_letter_arn),
        ),
    )
