"""E9006: an event source mapping has settings that Lambda refuses together."""

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

OF_STREAMS = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)
BATCH_WITHOUT_WINDOW = 10  # of a standard queue
FILTERS = 5  # without a higher quota


class EventSourceMappingSettings(CloudFormationLintRule):
    id = "E9006"
    shortdesc = "An event source mapping has no settings that Lambda refuses together"
    description = (
        "Lambda refuses the settings of streams on a queue and ScalingConfig on a stream; a batch of more than ten of "
        "a queue without MaximumBatchingWindowInSeconds; a stream without StartingPosition; AT_TIMESTAMP for DynamoDB; "
        "more than five filters."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
    tags = ["resources", "lambda"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::Lambda::EventSourceMapping").items():
            properties = resource.get("Properties", {})
            kind = _kind(properties.get("EventSourceArn"), cfn)
            path: list[str | int] = ["Resources", name, "Properties"]
            matches += [RuleMatch(path, fault) for fault in _faults(kind, properties)]
        return matches


def _kind(source: Any, cfn: Template) -> str:
    """`queue`, `stream`, or empty when the source's type can't be seen: its text, or what it refers to, tells it."""
    text = str(source).lower()
    resources = cfn.get_resources()
    types = {str(resources[name].get("Type")) for name in resources if f"'{name.lower()}'" in text}
    if "AWS::SQS::Queue" in types or ":sqs:" in text or "queuearn" in text:
        return "queue"
    if types & {"AWS::DynamoDB::Table", "AWS::Kinesis::Stream"} or "stream" in text:
        return "stream"
    return ""


def _faults(kind: str, properties: dict[str, Any]) -> list[str]:
    filters = properties.get("FilterCriteria")
    faults = []
    if (
        isinstance(filters, dict)
        and isinstance(filters.get("Filters"), list)
        and len(filters["Filters"]) > FILTERS
    ):
        faults.append(f"more than {FILTERS} filters")
    if kind == "queue":
        faults += [
            f"{setting} is for streams; the source is a queue"
            for setting in OF_STREAMS
            if setting in properties
        ]
        batch = properties.get("BatchSize")
        if (
            isinstance(batch, int)
            and batch > BATCH_WITHOUT_WINDOW
            and not properties.get("MaximumBatchingWindowInSeconds")
        ):
            faults.append(f"a batch of {batch} of a queue needs MaximumBatchingWindowInSeconds of at least 1")
    if kind == "stream":
        if "StartingPosition" not in properties:
            faults.append("a stream needs StartingPosition")
        if "ScalingConfig" in properties:
            faults.append("ScalingConfig is for queues; the source is a stream")
    return faults
