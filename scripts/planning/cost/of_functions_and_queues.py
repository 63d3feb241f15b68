"""Lambda, the pipe, the queue and the schedule: what a million webhooks cost of what moves them."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from scripts.planning import aws_limits as aws
from scripts.planning.consumers import Consumer
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import GB, MILLION, MONTH_SECONDS, Usage
from stacks.evaluation.resolved_stack import Resource

# Each call logs a line of ours of about 500 bytes and Lambda's START, END and REPORT of about 350 in all; CloudWatch
# counts 26 bytes for each event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
LOG_BYTES_PER_CALL: Final = 500 + 350 + 4 * 26
# Lambda's long polls of an idle queue: services-sqs-scaling.html has five pollers; 20 s is SQS's longest poll.
IDLE_POLL_SECONDS: Final = 20


def function_lines(usage: Usage, function: Resource) -> Iterator[Line | Unpriced]:
    """Requests, GB-seconds in whole milliseconds, log and traces."""
    calls, name = usage.calls(function), str(function)
    if calls is None:
        yield Unpriced(name, function.type, "neither a webhook nor a schedule calls it; its callers decide")
        return
    architecture = (function.get("Architectures") or ["x86_64"])[0]
    memory_gb = float(function.get("MemorySize") or 128) / 1024
    gb_seconds = ceil(calls.seconds * 1000) / 1000 * memory_gb
    origin = usage.times.of(function).origin
    traced = (function.get("TracingConfig") or {}).get("Mode") == "Active"
    for span, count in ((Span.WEBHOOKS, calls.for_webhooks), (Span.MONTH, calls.a_month)):
        yield Line(name, "calls", count, usage.price("lambda.request"), span)
        yield Line(
            *(name, "GB-seconds", count * gb_seconds, usage.price(f"lambda.gb_second_{architecture}"), span),
            how=f"{memory_gb * 1024:g} MB for {calls.seconds * 1000:.3g} ms, {origin}",
        )
        yield from log_lines(usage, function, name, count * LOG_BYTES_PER_CALL, span)
        # Behind the API it is part of the API's trace.
        if traced and not (span is Span.WEBHOOKS and function == usage.system.receiver):
            traces = usage.traces(count) if span is Span.WEBHOOKS else count
            yield Line(name, "traces", traces, usage.price("xray.trace"), span)


def log_lines(usage: Usage, writer: Resource, name: str, size: float, span: Span) -> Iterator[Line]:
    """What is written, and what it costs to keep it for as long as the group says."""
    how = f"{LOG_BYTES_PER_CALL} bytes a call" if writer.type.startswith("AWS::Lambda") else ""
    yield Line(name, "log", size / GB, usage.price("logs.ingestion"), span, how)
    group = usage.system.deployment.find(
        writer.get("LoggingConfig", "LogGroup") or writer.get("AccessLogSetting", "DestinationArn")
    )
    days = float(group.get("RetentionInDays") or 0) if group else 0.0
    months = days * 24 * 3600 / MONTH_SECONDS
    yield Line(name, "log kept", size / GB * months, usage.price("logs.storage"), span, f"{days:g} days")


def provisioned_lines(usage: Usage, alias: Resource) -> Iterator[Line | Unpriced]:
    """An alias or version keeps so many environments ready, called or not."""
    ready = alias.get("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    function = usage.system.deployment.find(alias.get("FunctionName"))
    if ready is None or function is None:
        return
    architecture = (function.get("Architectures") or ["x86_64"])[0]
    gb = float(ready) * float(function.get("MemorySize") or 128) / 1024
    price = usage.price(f"lambda.provisioned_gb_second_{architecture}")
    yield Line(str(alias), "ready environments", gb * MONTH_SECONDS, price, Span.MONTH, f"{ready} ready")


def pipe_lines(usage: Usage, pipe: Resource) -> Iterator[Line | Unpriced]:
    """Requests after the filter. Whether its reads of the stream are charged, AWS's pages do not say."""
    consumer = _consumer(usage, pipe)
    if consumer is None:
        return
    passed = MILLION * usage.model.passed_by(consumer)
    yield Line(
        str(pipe), "requests", passed, usage.price("pipes.request"), how="records that pass the filter"
    )
    polls = usage.model.stage_of(consumer).lanes / consumer.parallel
    polls *= aws.STREAM_POLLS_PER_SHARD_PER_SECOND * MONTH_SECONDS
    usd = usage.price("dynamodb.stream_read").of(polls)
    yield Unpriced(
        str(pipe),
        pipe.type,
        f"reads of the stream: AWS says that Lambda's are free, not whether a pipe's are; at most "
        f"{polls / MILLION:,.1f} million a month, {usd:,.2f} USD",
    )


def queue_lines(usage: Usage, queue: Resource) -> Iterator[Line | Unpriced]:
    """Sends, receives and deletes in batches, Lambda's polls while it is empty, and the data keys from KMS."""
    name, price = str(queue), usage.price("sqs.request")
    senders = [each for each in usage.model.consumers if each.target == queue]
    readers = [each for each in usage.model.consumers if each.source == queue]
    for sender in senders:
        sends = min(MILLION * usage.model.passed_by(sender), usage.batches(sender))
        yield Line(name, "sends", sends, price, how="a batch of the pipe with anything in it")
    for reader in readers:
        yield Line(name, "receives and deletes", 2 * usage.batches(reader), price, how="one each a batch")
        polls = aws.SQS_SOURCE_INITIAL_CONCURRENCY * MONTH_SECONDS / IDLE_POLL_SECONDS
        yield Line(name, "polls while empty", polls, price, Span.MONTH, "five pollers, 20 s each; at most")
    if readers:
        yield from _key_lines(usage, queue, len(senders), len(readers))
    else:
        yield Unpriced(name, queue.type, "only what fails goes there")


def schedule_lines(usage: Usage, schedule: Resource) -> Iterator[Line | Unpriced]:
    runs = usage.runs(schedule)
    if runs:
        yield Line(str(schedule), "runs", runs, usage.price("scheduler.invocation"), Span.MONTH)
    else:
        expression = schedule.get("ScheduleExpression")
        yield Unpriced(str(schedule), schedule.type, f"its runs cannot be counted from {expression!r}")


def _key_lines(usage: Usage, queue: Resource, senders: int, readers: int) -> Iterator[Line]:
    """AWS's estimate: (period / reuse) * (2 * senders + readers) a month.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    if queue.get("KmsMasterKeyId") is None:
        return
    reuse_seconds = float(queue.get("KmsDataKeyReusePeriodSeconds") or 300)
    requests = MONTH_SECONDS / reuse_seconds * (2 * max(1, senders) + readers)
    yield Line(str(queue), "data keys", requests, usage.price("kms.request"), Span.MONTH, "AWS's estimate")


def _consumer(usage: Usage, resource: Resource) -> Consumer | None:
    return next((each for each in usage.model.consumers if each.resource == resource), None)
