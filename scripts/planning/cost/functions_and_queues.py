"""Bill of Lambda, pipe, queues, schedules and Step Functions."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from scripts.planning import aws_limits as aws
from scripts.planning.consumers import count_transitions
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import GB, MILLION, MONTH_SECONDS, Usage, unpriced
from stacks.evaluation.resolved_stack import Resource

# Each call logs a line of ours of about 500 bytes and Lambda's START, END and REPORT of about 350 in all; CloudWatch
# counts 26 bytes for each event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
LOG_BYTES_PER_CALL: Final = 500 + 350 + 4 * 26
# Lambda's long polls of an idle queue: services-sqs-scaling.html has five pollers; 20 s is SQS's longest poll.
IDLE_POLL_SECONDS: Final = 20


def function_lines(usage: Usage, function: Resource) -> Iterator[Line | Unpriced]:
    """Requests, GB-seconds in whole milliseconds, log and traces."""
    calls = usage.calls(function)
    if calls is None:
        yield unpriced(function, "neither a webhook nor a schedule calls it; its callers decide")
        return
    gb_seconds = ceil(calls.seconds * 1000) / 1000 * _memory_gb(function)
    origin = usage.load.times.of(function).origin
    note = f"{_memory_gb(function) * 1024:g} MB for {calls.seconds * 1000:.3g} ms, {origin}"
    price = f"lambda.gb_second_{_architecture(function)}"
    is_traced = function.get("TracingConfig", "Mode") == "Active"
    for span, count in ((Span.WEBHOOKS, calls.webhooks), (Span.MONTH, calls.month)):
        yield usage.line(function, "calls", count, "lambda.request", span)
        yield usage.line(function, "GB-seconds", count * gb_seconds, price, span, note)
        yield from log_lines(usage, function, count * LOG_BYTES_PER_CALL, span)
        # Behind the API it is part of the API's trace.
        if is_traced and not (span is Span.WEBHOOKS and function == usage.system.receiver):
            traces = usage.traces(count) if span is Span.WEBHOOKS else count
            yield usage.line(function, "traces", traces, "xray.trace", span)


def log_lines(usage: Usage, writer: Resource, size: float, span: Span) -> Iterator[Line]:
    """size: bytes that the writer (a function or a stage) logs. Kept for as long as the log group says."""
    note = f"{LOG_BYTES_PER_CALL} bytes a call" if writer.type.startswith("AWS::Lambda") else ""
    yield usage.line(writer, "log", size / GB, "logs.ingestion", span, note)
    group = usage.system.deployment.find(
        writer.get("LoggingConfig", "LogGroup") or writer.get("AccessLogSetting", "DestinationArn")
    )
    days = float(group.get("RetentionInDays") or 0) if group else 0.0
    months = days * 24 * 3600 / MONTH_SECONDS
    yield usage.line(writer, "log kept", size / GB * months, "logs.storage", span, f"{days:g} days")


def provisioned_lines(usage: Usage, alias: Resource) -> Iterator[Line | Unpriced]:
    """Execution environments that an alias or version keeps ready, called or not."""
    ready = alias.get("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    function = usage.system.deployment.find(alias.get("FunctionName"))
    if ready is not None and function is not None:
        gb_seconds = float(ready) * _memory_gb(function) * MONTH_SECONDS
        price = f"lambda.provisioned_gb_second_{_architecture(function)}"
        yield usage.line(alias, "ready environments", gb_seconds, price, Span.MONTH, f"{ready} ready")


def pipe_lines(usage: Usage, pipe: Resource) -> Iterator[Line | Unpriced]:
    """Requests after the filter. Whether its reads of the stream are charged, AWS's pages do not say."""
    consumer = usage.consumer(pipe)
    if consumer is None:
        return
    requests = MILLION * usage.load.filtered_records(consumer)
    yield usage.line(pipe, "requests", requests, "pipes.request", note="records that pass the filter")
    polls = usage.load.shards_of(consumer.source) * aws.STREAM_POLLS_PER_SHARD_PER_SECOND * MONTH_SECONDS
    usd = usage.price("dynamodb.stream_read").of(polls)
    yield unpriced(
        pipe,
        f"reads of the stream: AWS says that Lambda's are free, not whether a pipe's are; at most "
        f"{polls / MILLION:,.1f} million a month, {usd:,.2f} USD",
    )


def queue_lines(usage: Usage, queue: Resource) -> Iterator[Line | Unpriced]:
    """Sends, receives and deletes in batches, Lambda's polls while it is empty, and the data keys from KMS."""
    senders = [consumer for consumer in usage.system.consumers if consumer.target == queue]
    readers = [consumer for consumer in usage.system.consumers if consumer.source == queue]
    for sender in senders:
        sends = min(MILLION * usage.load.filtered_records(sender), usage.batches(sender))
        note = "a batch of the pipe with anything in it"
        yield usage.line(queue, "sends", sends, "sqs.request", note=note)
    for reader in readers:
        requests = 2 * usage.batches(reader)
        yield usage.line(queue, "receives and deletes", requests, "sqs.request", note="one each a batch")
        polls = aws.SQS_SOURCE_INITIAL_CONCURRENCY * MONTH_SECONDS / IDLE_POLL_SECONDS
        note = "five pollers, 20 s each; at most"
        yield usage.line(queue, "polls while empty", polls, "sqs.request", Span.MONTH, note)
    if not readers:
        yield unpriced(queue, "only what fails goes there")
    elif queue.get("KmsMasterKeyId") is not None:
        yield _data_key_line(usage, queue, len(senders), len(readers))


def _data_key_line(usage: Usage, queue: Resource, senders: int, readers: int) -> Line:
    """AWS's estimate: (period / reuse) * (2 * senders + readers) a month.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    reuse_seconds = float(queue.get("KmsDataKeyReusePeriodSeconds") or 300)
    requests = MONTH_SECONDS / reuse_seconds * (2 * max(1, senders) + readers)
    return usage.line(queue, "data keys", requests, "kms.request", Span.MONTH, "AWS's estimate")


def schedule_lines(usage: Usage, schedule: Resource) -> Iterator[Line | Unpriced]:
    runs = usage.runs(schedule)
    if runs:
        yield usage.line(schedule, "runs", runs, "scheduler.invocation", Span.MONTH)
    else:
        expression = schedule.get("ScheduleExpression")
        yield unpriced(schedule, f"its runs cannot be counted from {expression!r}")


def state_machine_lines(usage: Usage, machine: Resource) -> Iterator[Line | Unpriced]:
    """Transitions of executions in which nothing fails: a retry is a transition more. An execution is of one trace
    with the call that it makes, which stands with the function.
    """
    if machine not in usage.system.started_machines():
        yield unpriced(machine, "no pipe starts it in this mode, so there is nothing to pay")
        return
    consumer = usage.consumer(machine)
    if consumer is None:
        yield unpriced(machine, "what it calls is not known")
        return
    executions, transitions = MILLION * usage.load.items(consumer), count_transitions(machine)
    price, note = "step_functions.transition", f"{transitions} an execution"
    yield usage.line(machine, "state transitions", executions * transitions, price, note=note)
    yield unpriced(
        machine,
        "whether the start of an execution is a transition by itself, AWS's page does not say; "
        f"at most {usage.price(price).of(executions):,.2f} USD for a million webhooks",
    )
    yield unpriced(machine, "calls of KMS: one data key serves five minutes of executions")


def _memory_gb(function: Resource) -> float:
    return float(function.get("MemorySize") or 128) / 1024


def _architecture(function: Resource) -> str:
    return str((function.get("Architectures") or ["x86_64"])[0])
