"""E9006: an event source mapping has settings that Lambda refuses together."""

import re
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
SERVICES = {
    "AWS::SQS::Queue": "sqs",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::DynamoDB::GlobalTable": "dynamodb",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::Kinesis::StreamConsumer": "kinesis",
}
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
            service = _service(properties.get("EventSourceArn"), cfn)
            path: list[str | int] = ["Resources", name, "Properties"]
            matches += [RuleMatch(path, fault) for fault in _faults(service, properties)]
        return matches


def _service(source: Any, cfn: Template) -> str:
    """`sqs`, `dynamodb` or `kinesis`, as the source's ARN or what it refers to tells; else empty."""
    text = str(source)
    found = set(re.findall(r":(sqs|dynamodb|kinesis):", text))
    found |= {
        SERVICES.get(str(resource.get("Type")), "another")
        for name, resource in cfn.get_resources().items()
        if re.search(rf"['{{]{re.escape(name)}['.}}]", text)
    }
    return found.pop() if len(found) == 1 else ""


def _faults(service: str, properties: dict[str, Any]) -> list[str]:
    filters = properties.get("FilterCriteria")
    faults = []
    if (
        isinstance(filters, dict)
        and isinstance(filters.get("Filters"), list)
        and len(filters["Filters"]) > FILTERS
    ):
        faults.append(f"more than {FILTERS} filters")
    if service == "sqs":
        faults += [
            f"{setting} is for streams; the source is a queue"
            for setting in OF_STREAMS
            if setting in properties and "AWS::NoValue" not in str(properties[setting])
        ]
        batch = properties.get("BatchSize")
        if (
            isinstance(batch, int)
            and batch > BATCH_WITHOUT_WINDOW
            and not properties.get("MaximumBatchingWindowInSeconds")
        ):
            faults.append(f"a batch of {batch} of a queue needs MaximumBatchingWindowInSeconds of at least 1")
    if service in ("dynamodb", "kinesis"):
        if "StartingPosition" not in properties:
            faults.append("a stream needs StartingPosition")
        if "ScalingConfig" in properties:
            faults.append("ScalingConfig is for queues; the source is a stream")
    if service == "dynamodb" and properties.get("StartingPosition") == "AT_TIMESTAMP":
        faults.append("a stream of DynamoDB takes no AT_TIMESTAMP")
    return faults
