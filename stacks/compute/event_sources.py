"""Event source mappings: a queue, or a table's stream, as the source of a function.

They say that they are enabled: an update leaves what it does not name as it is
(https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html), so without it, one that a deploy had
switched off might stay off when the next template says nothing of it.
"""

import json
from collections.abc import Mapping
from typing import Any

from troposphere import If, Template
from troposphere.awslambda import (
    DestinationConfig,
    EventSourceMapping,
    Filter,
    FilterCriteria,
    Function,
    OnFailure,
    ScalingConfig,
)
from troposphere.validators import integer

from stacks.compute.lambda_function import Runtime
from stacks.function_catalogue import FunctionSettings
from stacks.parameters.functions import FEWEST_BATCHES
from stacks.parameters.setting import Setting
from stacks.parameters.table import BY_TITLE

PARTIAL_BATCHES = ["ReportBatchItemFailures"]


class QueueScalingConfig(ScalingConfig):
    """Adds `MaximumConcurrency`, which troposphere 4.11.1 lost from this class (4.11.0 has it).

    Without it, a queue's pollers run into the function's reserved concurrency, and messages go to the
    dead-letter queue unprocessed. Remove it once troposphere has the property again; a test says when.
    """

    # Not a ClassVar, which troposphere does not say either.
    props = {**ScalingConfig.props, "MaximumConcurrency": (integer, False)}  # noqa: RUF012


def queue_source(
    template: Template,
    function: Function,
    settings: FunctionSettings,
    queue_arn: Any,
    batch_size: int,
    window_seconds: int | None = None,
) -> EventSourceMapping:
    """Messages of a queue as the function's source; its reserved concurrency bounds the pollers too.

    window_seconds: how long to wait for a batch to fill (0 to 300); by default not at all.
    """
    window: dict[str, Any] = (
        {} if window_seconds is None else {"MaximumBatchingWindowInSeconds": window_seconds}
    )
    concurrency = BY_TITLE[settings.concurrency]
    return template.add_resource(
        EventSourceMapping(
            f"{function.title}QueueSource",
            Enabled=True,
            EventSourceArn=queue_arn,
            FunctionName=function.ref(),
            BatchSize=batch_size,
            FunctionResponseTypes=PARTIAL_BATCHES,
            **window,
            # Bounded also where nothing is reserved: pollers that run into the account's limit use up the messages'
            # attempts.
            ScalingConfig=QueueScalingConfig(
                MaximumConcurrency=If(
                    concurrency.is_given(template), concurrency.ref(template), FEWEST_BATCHES
                )
            ),
        )
    )


def stream_source(
    runtime: Runtime,
    function: Function,
    stream_arn: Any,
    batch_size: int,
    maximum_retries: int,
    pattern: Mapping[str, Any] | None = None,
    parallel: Setting | None = None,
    window_seconds: int | None = None,
    of_table: str = "",
) -> EventSourceMapping:
    """Records of a stream from its beginning; only those that match `pattern`, if there is one.

    parallel: how many batches of a shard are processed at once, the records of one key always one after the other.
    window_seconds: how long to wait for a batch to fill (0 to 300); by default not at all. of_table: in the logical id,
    where a function reads several streams.

    Batches that fail for good go to the failures bucket, as whole records.
    """
    failures_bucket_arn = runtime.data.failures_bucket.arn
    options: dict[str, Any] = {}
    if parallel is not None:
        options["ParallelizationFactor"] = parallel.ref(runtime.template)
    if window_seconds is not None:
        options["MaximumBatchingWindowInSeconds"] = window_seconds
    if pattern is not None:
        criteria = Filter(Pattern=json.dumps(pattern, sort_keys=True))
        options["FilterCriteria"] = FilterCriteria(Filters=[criteria])
    return runtime.template.add_resource(
        EventSourceMapping(
            f"{function.title}StreamSource{of_table}",
            Enabled=True,
            EventSourceArn=stream_arn,
            FunctionName=function.ref(),
            StartingPosition="TRIM_HORIZON",
            BatchSize=batch_size,
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=maximum_retries,
            FunctionResponseTypes=PARTIAL_BATCHES,
            DestinationConfig=DestinationConfig(OnFailure=OnFailure(Destination=failures_bucket_arn)),
            **options,
        )
    )
