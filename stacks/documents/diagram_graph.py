"""What the templates say about who sends what to whom: the graph behind the picture of the architecture.

Read from the built templates alone, references followed over the nested stacks, so the picture cannot say what is not
deployed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stacks.names import title

Key = tuple[str, str]  # layer, logical id

# What a box stands for. Roles, policies, log groups and the like belong to one of these and are not drawn.
KINDS: Final = {
    "AWS::ApiGateway::RestApi": "REST API",
    "AWS::DynamoDB::Table": "table",
    "AWS::Events::EventBus": "event bus",
    "AWS::Events::Rule": "rule",
    "AWS::KMS::Key": "key",
    "AWS::Lambda::Function": "function",
    "AWS::Pipes::Pipe": "pipe",
    "AWS::S3::Bucket": "bucket",
    "AWS::SNS::Topic": "topic",
    "AWS::SQS::Queue": "queue",
    "AWS::Scheduler::Schedule": "schedule",
    "AWS::StepFunctions::StateMachine": "state machine",
    "AWS::WAFv2::WebACL": "web ACL",
}
# Too many and too alike for a box each: one box, with their number.
COUNTED: Final = {
    "AWS::CloudWatch::Alarm": ("alarm", "alarms"),
    "AWS::CloudWatch::Dashboard": ("dashboard", "dashboards"),
    "AWS::EC2::Subnet": ("subnet", "subnets"),
    "AWS::EC2::VPCEndpoint": ("VPC endpoint", "VPC endpoints"),
    "AWS::Logs::QueryDefinition": ("saved query", "saved queries"),
    "AWS::SecretsManager::Secret": ("secret", "secrets"),
}
# Resources that join two others: the properties that say which.
_JOINS: Final = {
    "AWS::Events::Rule": ("EventBusName", None),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn", "FunctionName"),
    "AWS::Pipes::Pipe": ("Source", None),
    "AWS::Lambda::Permission": ("SourceArn", "FunctionName"),
    "AWS::SNS::Subscription": ("TopicArn", "Endpoint"),
    "AWS::WAFv2::WebACLAssociation": ("WebACLArn", "ResourceArn"),
}
_WRITES: Final = re.compile(
    r"(dynamodb:(Put|Update|Transact|BatchWrite)|sqs:SendMessage|s3:PutObject|sns:Publish|events:PutEvents"
    r"|states:StartExecution|lambda:InvokeFunction)"
)
_FAILURES: Final = frozenset({"DeadLetterConfig", "DestinationConfig", "RedrivePolicy", "OnFailure"})
SUFFIX: Final = "${EnvironmentSuffix}"
_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z0-9.:]+)\}")


class Node(NamedTuple):
    """A box: `number` is more than 1 where it stands for several resources."""

    key: Key
    kind: str
    label: str
    number: int = 1


class Edge(NamedTuple):
    """`style` is flow (a service delivers), write (a function's role lets it), or failure (where what fails goes)."""

    start: Key
    end: Key
    style: str


class Graph(NamedTuple):
    layers: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def read_graph(root: str, layers: Mapping[str, str]) -> Graph:
    """The graph of the templates, given as JSON texts; `layers` in their order."""
    templates = {name: json.loads(text) for name, text in layers.items()}
    system = _System(json.loads(root), templates)
    nodes = tuple(sorted([*_single_nodes(templates), *_counted_nodes(templates)]))
    drawn = {node.key for node in nodes}
    found = {edge for edge in system.edges() if {edge.start, edge.end} <= drawn and edge.start != edge.end}
    said = {(edge.start, edge.end) for edge in found if edge.style != "write"}
    edges = (edge for edge in found if edge.style != "write" or (edge.start, edge.end) not in said)
    return Graph(tuple(layers), nodes, tuple(sorted(edges)))


def _single_nodes(templates: Mapping[str, Any]) -> Iterator[Node]:
    for layer, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            kind = KINDS.get(resource["Type"])
            if kind:
                yield Node((layer, logical_id), kind, _name(logical_id, resource.get("Properties", {})))


def _counted_nodes(templates: Mapping[str, Any]) -> Iterator[Node]:
    for layer, template in templates.items():
        types = [resource["Type"] for resource in template["Resources"].values()]
        for resource_type, words in COUNTED.items():
            if resource_type in types:
                count = types.count(resource_type)
                yield Node((layer, resource_type), "", f"{count} {words[count > 1]}", count)


def _name(logical_id: str, properties: Mapping[str, Any]) -> str:
    """The name that the console shows, without the environment's suffix, e.g. `lambda-webhook-receiver`; the logical id
    of a resource that has none.
    """
    names = (_text(value) for name, value in properties.items() if name.endswith("Name"))
    own = [text.partition(SUFFIX)[0].rstrip("-") for text in names if SUFFIX in text]
    return own[0] if len(own) == 1 else logical_id


def _text(value: object) -> str:
    text = value.get("Fn::Sub", "") if isinstance(value, Mapping) else value
    return text if isinstance(text, str) else ""


class _System:
    """Follows references over the nested stacks: a parameter leads to what the root fills it with."""

    def __init__(self, root: Mapping[str, Any], templates: Mapping[str, Any]) -> None:
        self._templates = templates
        self._layers = {title(name): name for name in templates}
        self._filled = {
            name: root["Resources"][title(name)]["Properties"].get("Parameters", {}) for name in templates
        }
        self._named = dict(self._physical_names())

    def edges(self) -> Iterator[Edge]:
        for layer, template in self._templates.items():
            for logical_id, resource in template["Resources"].items():
                properties = resource.get("Properties", {})
                yield from self._joined((layer, logical_id), resource["Type"], properties)
                yield from self._failures((layer, logical_id), properties)
                if resource["Type"] == "AWS::IAM::ManagedPolicy":
                    yield from self._written((layer, logical_id), properties)

    def _joined(self, key: Key, resource_type: str, properties: Mapping[str, Any]) -> Iterator[Edge]:
        layer = key[0]
        source, target = _JOINS.get(resource_type, (None, None))
        starts = self.found(layer, properties.get(source)) if source else set[Key]()
        if target:
            ends = self.found(layer, properties.get(target))
            yield from (Edge(start, end, "flow") for start in starts for end in ends)
            return
        yield from (Edge(start, key, "flow") for start in starts)
        for name in ("Target", "Targets", "Definition"):
            given = properties.get(name)
            for end in self.found(layer, _without_failures(given)) if given else ():
                yield Edge(key, end, "flow")

    def _failures(self, key: Key, properties: Mapping[str, Any]) -> Iterator[Edge]:
        layer = key[0]
        owners = self.found(layer, properties["FunctionName"]) if "FunctionName" in properties else {key}
        for value in _below(properties, _FAILURES.__contains__):
            for owner in owners:
                yield from (Edge(owner, end, "failure") for end in self.found(layer, value))

    def _written(self, policy: Key, properties: Mapping[str, Any]) -> Iterator[Edge]:
        """A policy hangs on a role, and the role on a function, pipe or schedule."""
        layer = policy[0]
        resources = self._templates[layer]["Resources"]
        attached = {
            (layer, name)
            for name, resource in resources.items()
            if policy in self.found(layer, resource.get("Properties", {}).get("ManagedPolicyArns"))
        }
        owners = [
            (layer, name)
            for name, resource in resources.items()
            if attached & self.found(layer, resource.get("Properties", {}).get("Role"))
        ]
        for statement in properties["PolicyDocument"]["Statement"]:
            if any(_WRITES.match(action) for action in statement.get("Action", ())):
                ends = self.found(layer, statement.get("Resource"))
                yield from (Edge(owner, end, "write") for owner in owners for end in ends)

    def found(self, layer: str, value: object) -> set[Key]:
        """The resources that `value`, written in `layer`, leads to."""
        found: set[Key] = set()
        for name in _references(value):
            found |= self._resolved(layer, name)
        text = json.dumps(value)
        if SUFFIX not in text:
            return found
        return found | {key for name, key in self._named.items() if name in text}

    def _resolved(self, layer: str, name: str) -> set[Key]:
        if name in self._templates[layer]["Resources"]:
            return {(layer, name)}
        given = self._filled[layer].get(name)
        if not isinstance(given, Mapping) or "Fn::GetAtt" not in given:
            return set()
        stack, output = given["Fn::GetAtt"]
        giver = self._layers[stack]
        outputs = self._templates[giver]["Outputs"]
        return self.found(giver, outputs[output.removeprefix("Outputs.")]["Value"])

    def _physical_names(self) -> Iterator[tuple[str, Key]]:
        """Where a policy names what a later layer makes, it does so by its name."""
        for layer, template in self._templates.items():
            for logical_id, resource in template["Resources"].items():
                for name, value in resource.get("Properties", {}).items():
                    if name.endswith("Name") and isinstance(value, dict) and resource["Type"] in KINDS:
                        text = value.get("Fn::Sub")
                        if isinstance(text, str) and SUFFIX in text:
                            yield text, (layer, logical_id)


def _references(value: object) -> Iterator[str]:
    """The names of everything that `value` refers to."""
    if isinstance(value, dict):
        for name, argument in value.items():
            yield from _reference(name, argument)
            yield from _references(argument)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)


def _reference(name: str, argument: Any) -> Iterator[str]:
    if name == "Ref":
        yield argument
    elif name == "Fn::GetAtt":
        yield argument[0]
    elif name == "Fn::Sub":
        text = argument if isinstance(argument, str) else argument[0]
        yield from (placeholder.partition(".")[0] for placeholder in _PLACEHOLDER.findall(text))


def _below(value: object, wanted: Callable[[str], bool]) -> Iterator[object]:
    if isinstance(value, list):
        for member in value:
            yield from _below(member, wanted)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if wanted(name):
                yield inner
            else:
                yield from _below(inner, wanted)


def _without_failures(value: object) -> object:
    if isinstance(value, list):
        return [_without_failures(member) for member in value]
    if isinstance(value, dict):
        left_out = {*_FAILURES, "RoleArn"}
        return {name: _without_failures(inner) for name, inner in value.items() if name not in left_out}
    return value
