"""Sets, by API calls, template properties that the local engine accepts and drops, where behaviour depends on them.

Every dropped property that the project uses is in one of two lists: SET, done after a local deploy, and LEFT,
which only the template tests can show. tests/integration/local_engine/test_dropped_properties.py compares both with
what the engine's source reads, and test_local_deploy.py with what the engine keeps.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scripts.cloudformation.live_stack import read_template
from stacks.evaluation.intrinsics import Environment, evaluate, is_known

STACK: Final = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Fixup:
    """One API call, e.g. service `dynamodb`, operation `update_time_to_live`."""

    service: str
    operation: str
    arguments: dict[str, Any]


# (resource type, property) -> the call, from the physical id and the property's value
SET: Final[Mapping[tuple[str, str], Callable[[str, Any], Fixup]]] = {
    ("AWS::DynamoDB::Table", "TimeToLiveSpecification"): lambda table, value: Fixup(
        "dynamodb", "update_time_to_live", {"TableName": table, "TimeToLiveSpecification": value}
    ),
    ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification"): lambda table, value: Fixup(
        "dynamodb",
        "update_continuous_backups",
        {"TableName": table, "PointInTimeRecoverySpecification": value},
    ),
}

_NOT_ENCRYPTED: Final = "nothing is encrypted at rest on this machine"
_NOT_LOCKED: Final = "what is on this machine goes with it"
_NOT_VALIDATED: Final = "what the gateway would refuse goes on to the function, which refuses it, too"
_PLAIN_HTTP: Final = "the engine speaks HTTP, to this machine alone"
_UNTAGGED: Final = "nobody pays for it here"
# Dropped and left so: type, property, and why that is bearable here.
LEFT: Final = (
    ("AWS::ApiGateway::Method", "RequestValidatorId", _NOT_VALIDATED),
    ("AWS::ApiGateway::RequestValidator", "RestApiId", _NOT_VALIDATED),
    ("AWS::ApiGateway::RequestValidator", "ValidateRequestBody", _NOT_VALIDATED),
    ("AWS::ApiGateway::RequestValidator", "ValidateRequestParameters", _NOT_VALIDATED),
    ("AWS::ApiGateway::RestApi", "EndpointAccessMode", _PLAIN_HTTP),
    ("AWS::ApiGateway::RestApi", "SecurityPolicy", _PLAIN_HTTP),
    ("AWS::ApiGateway::Stage", "AccessLogSetting", "no access log is written"),
    ("AWS::CloudWatch::Alarm", "EvaluateLowSampleCountPercentile", "nobody is called for an alarm here"),
    ("AWS::CloudWatch::Dashboard", "Tags", _UNTAGGED),
    ("AWS::DynamoDB::Table", "SSESpecification", _NOT_ENCRYPTED),
    ("AWS::DynamoDB::Table", "WarmThroughput", "a table here is as fast as this machine"),
    ("AWS::Events::EventBus", "DeadLetterConfig", "no key is there to fail for an event"),
    ("AWS::Events::EventBus", "KmsKeyIdentifier", _NOT_ENCRYPTED),
    ("AWS::KMS::Key", "PendingWindowInDays", "a key goes with the engine"),
    ("AWS::Lambda::EventSourceMapping", "Tags", _UNTAGGED),
    ("AWS::Lambda::Function", "KmsKeyArn", _NOT_ENCRYPTED),
    (
        "AWS::Lambda::Function",
        "ReservedConcurrentExecutions",
        "its limits would throttle a laptop's load test",
    ),
    ("AWS::Lambda::Function", "VpcConfig", "functions are processes of this machine"),
    ("AWS::Pipes::Pipe", "KmsKeyIdentifier", _NOT_ENCRYPTED),
    ("AWS::Pipes::Pipe", "LogConfiguration", "no log of a pipe is written"),
    ("AWS::Pipes::Pipe", "TargetParameters", "the shim pipe_targets reads it"),
    ("AWS::S3::Bucket", "BucketEncryption", _NOT_ENCRYPTED),
    ("AWS::S3::Bucket", "LifecycleConfiguration", "nothing lives long enough here"),
    ("AWS::S3::Bucket", "LoggingConfiguration", "no access log is written"),
    ("AWS::S3::Bucket", "ObjectLockConfiguration", _NOT_LOCKED),
    ("AWS::S3::Bucket", "ObjectLockEnabled", _NOT_LOCKED),
    ("AWS::S3::Bucket", "OwnershipControls", "one account owns everything"),
    ("AWS::S3::Bucket", "Tags", _UNTAGGED),
    ("AWS::SNS::Topic", "KmsMasterKeyId", _NOT_ENCRYPTED),
    ("AWS::Scheduler::Schedule", "KmsKeyArn", _NOT_ENCRYPTED),
    ("AWS::StepFunctions::StateMachine", "TracingConfiguration", "there is no X-Ray"),
    ("AWS::WAFv2::WebACL", "CustomResponseBodies", "no rule of the web ACL refuses anything"),
)


class CannotFix(Exception):
    """A dropped property is not a plain value, so the call cannot be made from the template."""


def fixups(template: Mapping[str, Any], physical_ids: Mapping[str, str]) -> Iterator[tuple[str, Fixup]]:
    """Each property to set, in words, and the call for it, for one deployed template.

    `physical_ids` is by logical id, and lacks what a condition left out.

    Raises CannotFix when a value holds a reference or a condition.
    """
    for logical_id, resource in sorted(template["Resources"].items()):
        for name, value in sorted(resource.get("Properties", {}).items()):
            call = SET.get((resource["Type"], name))
            if call is not None and logical_id in physical_ids:
                physical_id = physical_ids[logical_id]
                label = f"{resource['Type']} {name} of {physical_id}"
                yield label, call(physical_id, _plain(value, f"{logical_id}.{name}"))


def left(template: Mapping[str, Any]) -> list[str]:
    """Properties of this template that the engine drops and nothing sets, each with its reason."""
    resources = template["Resources"].values()
    return [
        f"{kind} {name}: {why}"
        for kind, name, why in LEFT
        if any(resource["Type"] == kind and name in resource.get("Properties", {}) for resource in resources)
    ]


def apply(stack_name: str, client: Callable[[str], Any]) -> list[str]:
    """Make the calls for a stack on the local engine and its nested stacks; one line for each, to be printed.

    `client` gives a client for a service's name. Calls that set what is set already are made again: they
    change nothing. Raises CannotFix, and botocore's errors.
    """
    lines = []
    for template, physical_ids in _deployed(stack_name, client("cloudformation")):
        for label, fixup in fixups(template, physical_ids):
            getattr(client(fixup.service), fixup.operation)(**fixup.arguments)
            lines.append(f"set: {label}")
        lines += [f"not set: {reason}" for reason in left(template)]
    return sorted(set(lines))


def _deployed(stack_name: str, cloudformation: Any) -> Iterator[tuple[Mapping[str, Any], dict[str, str]]]:
    resources = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    template = read_template(cloudformation, StackName=stack_name)
    yield template, {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    for resource in resources:
        if resource["ResourceType"] == STACK:
            yield from _deployed(resource["PhysicalResourceId"], cloudformation)


def _plain(value: Any, where: str) -> Any:
    plain = evaluate(value, Environment())
    if not is_known(plain):
        raise CannotFix(f"{where} is not a plain value")
    return plain
