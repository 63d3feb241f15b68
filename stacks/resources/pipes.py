"""EventBridge pipes from a table's stream to a queue."""

import json
from dataclasses import dataclass
from typing import Any

from awacs import kms
from troposphere import Sub, Template
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
)

from stacks.names import IN_TEMPLATE
from stacks.resources.logs import log_destination_arn, log_group
from stacks.resources.roles import role_with_policy
from stacks.resources.statements import (
    allow,
    assume_by_service,
    read_stream_statements,
    send_message_statements,
)

# Ten records are one SendMessageBatch, the most that a queue takes; ten batches of a shard at once keep up with
# the shard's 1000 writes a second.
BATCH_SIZE = 10
BATCHES_AT_ONCE = 10
# A batch that cannot be sent holds up its shard: after ten tries its keys go to the dead-letter queue.
RETRIES = 10
RECORD_AGE_SECONDS = 3600


@dataclass(frozen=True)
class StreamToQueue:
    """Records of `stream_arn` that match `pattern` go to the queue, each as `message` (path by field)."""

    stream_arn: Any
    queue_arn: Any
    dead_letter_arn: Any
    pattern: dict[str, Any]
    message: dict[str, str]


def stream_to_queue_pipe(template: Template, key_arn: Any, flow: StreamToQueue) -> Pipe:
    """The pipe with its role, log group and encryption."""
    group = log_group(template, "ProcessingPipeLogGroup", IN_TEMPLATE.pipe_log_group, key_arn)
    statements = [
        *read_stream_statements(flow.stream_arn),
        *send_message_statements([flow.queue_arn, flow.dead_letter_arn]),
        # Not bound to a service: the pipe's own filter and message template are encrypted with the key too.
        allow([kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey], [key_arn]),
    ]
    role = role_with_policy(
        template,
        "pipe-processing",
        assume_by_service("pipes.amazonaws.com", Sub(IN_TEMPLATE.processing_pipe_arn)),
        statements,
    )
    return template.add_resource(
        Pipe(
            "ProcessingPipe",
            Name=Sub(IN_TEMPLATE.processing_pipe),
            Description="New webhooks of the inbox to the processing queue, keys only",
            RoleArn=role.get_att("Arn"),
            KmsKeyIdentifier=key_arn,
            Source=flow.stream_arn,
            SourceParameters=_source(flow),
            Target=flow.queue_arn,
            TargetParameters=PipeTargetParameters(InputTemplate=_input_template(flow.message)),
            LogConfiguration=PipeLogConfiguration(
                Level="ERROR",
                CloudwatchLogsLogDestination=CloudwatchLogsLogDestination(
                    LogGroupArn=log_destination_arn(group)
                ),
            ),
        )
    )


def _input_template(paths: dict[str, str]) -> str:
    """A JSON object of texts. In quotes, a placeholder becomes the bare text (EventBridge's user guide: "put
    quotes around variables that refer to JSON path parameters"); ours hold nothing that JSON escapes.
    """
    return json.dumps({field: f"<{path}>" for field, path in paths.items()})


def _source(flow: StreamToQueue) -> PipeSourceParameters:
    return PipeSourceParameters(
        FilterCriteria=FilterCriteria(Filters=[Filter(Pattern=json.dumps(flow.pattern))]),
        DynamoDBStreamParameters=PipeSourceDynamoDBStreamParameters(
            StartingPosition="TRIM_HORIZON",
            BatchSize=BATCH_SIZE,
            ParallelizationFactor=BATCHES_AT_ONCE,
            MaximumRetryAttempts=RETRIES,
            MaximumRecordAgeInSeconds=RECORD_AGE_SECONDS,
            OnPartialBatchItemFailure="AUTOMATIC_BISECT",
            DeadLetterConfig=DeadLetterConfig(Arn=flow.dead_letter_arn),
        ),
    )
