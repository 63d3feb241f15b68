"""Where each asynchronous path of the templates leaves what it could not deliver or do."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.templates.resources import Resource, resource, resources, texts

# Calls a function without waiting for it (Lambda developer guide, "Invoking a function asynchronously").
ASYNCHRONOUS_CALLERS = {
    "events.amazonaws.com",
    "s3.amazonaws.com",
    "scheduler.amazonaws.com",
    "sns.amazonaws.com",
    "logs.amazonaws.com",
}

# A topic may deliver to people, for whom there is no queue.
TO_PEOPLE = {"email", "email-json", "sms"}


def keeper(value: Any) -> Resource:
    """The queue or bucket that a destination names, e.g. {"Ref": "PipeDlqArn"}. Raises KeyError for another."""
    (title,) = [text.removesuffix("Arn") for text in texts(value) if text != "Arn"]
    layer = "data" if title.endswith("Bucket") else "messaging"
    return resource(layer, title)


def mapping_failures(found: Resource) -> list[Any]:
    """A stream's event source names a destination; a queue keeps its own messages."""
    if "StartingPosition" in found.properties:
        return [found["DestinationConfig"]["OnFailure"]["Destination"]]
    return [keeper(found["EventSourceArn"])["RedrivePolicy"]["deadLetterTargetArn"]]


def schedule_failures(found: Resource) -> list[Any]:
    """The scheduler's call, and, when it calls a function, the function's own failures."""
    target = found["Target"]
    called = [each for each in resources("AWS::Lambda::Function") if each.title in texts(target["Arn"])]
    return [target["DeadLetterConfig"]["Arn"], *(async_failure(each.title) for each in called)]


def permission_failures(found: Resource) -> list[Any]:
    """A function that a service may call without waiting."""
    if found["Principal"] not in ASYNCHRONOUS_CALLERS:
        return []
    names = [text.removesuffix("Name").removesuffix("Arn") for text in texts(found["FunctionName"])]
    return [async_failure(name) for name in names if name]


def async_failure(function: str) -> Any:
    """The on-failure destination of a function's asynchronous calls. Raises StopIteration if it has none."""
    configs = resources("AWS::Lambda::EventInvokeConfig")
    config = next(each for each in configs if each["FunctionName"] == {"Ref": function})
    return config["DestinationConfig"]["OnFailure"]["Destination"]


FAILURES: Mapping[str, Callable[[Resource], list[Any]]] = {
    "AWS::Lambda::EventSourceMapping": mapping_failures,
    "AWS::Lambda::EventInvokeConfig": lambda found: [async_failure(found["FunctionName"]["Ref"])],
    "AWS::Lambda::Permission": permission_failures,
    "AWS::Scheduler::Schedule": schedule_failures,
    "AWS::Pipes::Pipe": lambda found: [
        found["SourceParameters"]["DynamoDBStreamParameters"]["DeadLetterConfig"]["Arn"]
    ],
    "AWS::Events::Rule": lambda found: [each["DeadLetterConfig"]["Arn"] for each in found["Targets"]],
    "AWS::SNS::Subscription": lambda found: (
        [] if found["Protocol"] in TO_PEOPLE else [found["RedrivePolicy"]["deadLetterTargetArn"]]
    ),
    "AWS::SQS::Queue": lambda found: (
        [] if found.title.endswith("Dlq") else [found["RedrivePolicy"]["deadLetterTargetArn"]]
    ),
}
