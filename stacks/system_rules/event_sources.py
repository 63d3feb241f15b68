"""Event source mappings against the queue and the function that they join."""

from collections.abc import Iterator
from typing import Final

from stacks.evaluation.resolved_stack import Resource
from stacks.lint.finding import Finding
from stacks.system_rules.system import System

VISIBILITY: Final = "S9001"
CONCURRENCY: Final = "S9002"

READERS: Final = "S9017"

MOST_READERS: Final = 2
SQS_DEFAULT_VISIBILITY_SECONDS: Final = 30
LAMBDA_DEFAULT_TIMEOUT_SECONDS: Final = 3


def findings(system: System) -> Iterator[Finding]:
    yield from _readers(system)
    for mapping in system.of_type("AWS::Lambda::EventSourceMapping"):
        queue, function = system.find(mapping.get("EventSourceArn")), system.find(mapping.get("FunctionName"))
        if function is None or queue is None or queue.type != "AWS::SQS::Queue":
            continue
        hidden = int(queue.get("VisibilityTimeout") or SQS_DEFAULT_VISIBILITY_SECONDS)
        longest = int(function.get("Timeout") or LAMBDA_DEFAULT_TIMEOUT_SECONDS)
        if hidden < longest:
            message = f"{queue} hides a message for {hidden} s, and {function} may run {longest} s"
            yield Finding(VISIBILITY, str(mapping), message)
        yield from _concurrency(mapping, function)


def _readers(system: System) -> Iterator[Finding]:
    streams = [
        *(mapping.get("EventSourceArn") for mapping in system.of_type("AWS::Lambda::EventSourceMapping")),
        *(pipe.get("Source") for pipe in system.of_type("AWS::Pipes::Pipe")),
    ]
    tables = [table for stream in streams if (table := system.find(stream)) is not None]
    for table in system.of_type("AWS::DynamoDB::Table"):
        if tables.count(table) > MOST_READERS:
            yield Finding(READERS, str(table), f"its stream has {tables.count(table)} readers")


def _concurrency(mapping: Resource, function: Resource) -> Iterator[Finding]:
    asked, reserved = (
        mapping.get("ScalingConfig", "MaximumConcurrency"),
        function.get("ReservedConcurrentExecutions"),
    )
    if reserved is None:
        return
    if asked is None or int(asked) > int(reserved):
        message = (
            f"it may call {function} {asked or 'any number of'} times at once, which reserves {reserved}"
        )
        yield Finding(CONCURRENCY, str(mapping), message)
