"""Reads the graph behind the picture of the architecture from the built templates: who sends what to whom.

Only the templates are read, with references followed over the nested stacks, so the picture shows what is deployed.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from stacks.evaluation.intrinsics import Call, Reference, Text, Value, references_in, written
from stacks.evaluation.resolved_stack import Resource, StackSource, resolve_stack

Key = tuple[str, str]  # nested stack, logical id

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
_A_SENDER: Final = ("Canary",)  # it stands outside, where providers do
SUFFIX: Final = "${EnvironmentSuffix}"


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
    stacks: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def read_graph(root: str, stacks: Mapping[str, str]) -> Graph:
    """The graph of the templates, given as JSON texts; `stacks`, the nested ones, in their order.

    No parameter has a value here, so that everything that any of them may switch on is in the graph.
    """
    source = StackSource.parse(root, stacks)
    no_values = {name: Reference((), name) for name in source.template.get("Parameters", {})}
    resolved = resolve_stack(source, no_values).values()
    system = _System([resource for resource in resolved if resource.path not in ((), _A_SENDER)])
    nodes = tuple(sorted([*system.single_nodes(), *system.counted_nodes()]))
    drawn = {node.key for node in nodes}
    shown = {edge for edge in system.edges() if {edge.start, edge.end} <= drawn and edge.start != edge.end}
    delivered = {(edge.start, edge.end) for edge in shown if edge.style != "write"}
    edges = (edge for edge in shown if edge.style != "write" or (edge.start, edge.end) not in delivered)
    return Graph(tuple(stacks), nodes, tuple(sorted(edges)))


def _key(resource: Resource | Reference) -> Key:
    return "/".join(resource.path).lower(), resource.logical_id


def _names(resource: Resource) -> list[str]:
    """The names that the resource gives itself or takes, with the environment's suffix."""
    texts = (value for name, value in resource.properties.items() if name.endswith("Name"))
    return [str(text) for text in texts if isinstance(text, Text) and SUFFIX in str(text)]


class _System:
    """Finds the resources that a property leads to: by reference, and by name."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._resources = resources
        self._keys = {_key(resource) for resource in resources}
        # A policy names what a later stack makes by its name.
        self._named = {
            name: _key(resource)
            for resource in resources
            if resource.type in KINDS
            for name in _names(resource)
        }

    def single_nodes(self) -> Iterator[Node]:
        for resource in self._resources:
            if resource.type in KINDS:
                yield Node(_key(resource), KINDS[resource.type], _label(resource))

    def counted_nodes(self) -> Iterator[Node]:
        kinds = Counter((_key(resource)[0], resource.type) for resource in self._resources)
        for (stack, resource_type), count in kinds.items():
            if resource_type in COUNTED:
                words = COUNTED[resource_type]
                yield Node((stack, resource_type), "", f"{count} {words[count > 1]}", count)

    def edges(self) -> Iterator[Edge]:
        for resource in self._resources:
            yield from self._joined(resource)
            yield from self._failures(resource)
            if resource.type == "AWS::IAM::ManagedPolicy":
                yield from self._written(resource)

    def _joined(self, resource: Resource) -> Iterator[Edge]:
        source, target = _JOINS.get(resource.type, (None, None))
        starts = self._found(resource.get(source)) if source else set[Key]()
        if target:
            ends = self._found(resource.get(target))
            yield from (Edge(start, end, "flow") for start in starts for end in ends)
            return
        yield from (Edge(start, _key(resource), "flow") for start in starts)
        for name in ("Target", "Targets", "Definition"):
            for end in self._found(_without_failures(resource.get(name))):
                yield Edge(_key(resource), end, "flow")

    def _failures(self, resource: Resource) -> Iterator[Edge]:
        function = resource.get("FunctionName")
        owners = self._found(function) if function else {_key(resource)}
        for properties in _objects(resource.properties):
            ends = self._found([properties[name] for name in _FAILURES & properties.keys()])
            yield from (Edge(owner, end, "failure") for owner in owners for end in ends)

    def _written(self, policy: Resource) -> Iterator[Edge]:
        """A policy hangs on a role, and the role on a function, pipe or schedule."""
        neighbours = [resource for resource in self._resources if resource.path == policy.path]
        attached = {
            _key(resource)
            for resource in neighbours
            if _key(policy) in self._found(resource.get("ManagedPolicyArns"))
        }
        owners = [_key(resource) for resource in neighbours if attached & self._found(resource.get("Role"))]
        for statement in _objects(policy.get("PolicyDocument", "Statement")):
            if any(_WRITES.match(action) for action in statement.get("Action", ())):
                ends = self._found(statement.get("Resource"))
                yield from (Edge(owner, end, "write") for owner in owners for end in ends)

    def _found(self, value: Value) -> set[Key]:
        """The resources that `value`, a property that may be missing, leads to."""
        if value is None:
            return set()
        text = json.dumps(written(value))
        named = {key for name, key in self._named.items() if name in text}
        return named | (self._keys & set(map(_key, references_in(value))))


def _label(resource: Resource) -> str:
    """The name that the console shows, without the environment's suffix, e.g. `lambda-webhook-receiver`; the logical id
    of a resource that has none.
    """
    names = [name.partition(SUFFIX)[0].rstrip("-") for name in _names(resource)]
    return names[0] if len(names) == 1 else resource.logical_id


def _objects(value: Value) -> Iterator[Mapping[str, Value]]:
    """Each object inside of `value` at any depth, those among them that depend on a condition."""
    match value:
        case Call():
            yield from _objects(value.argument)
        case list():
            for member in value:
                yield from _objects(member)
        case Mapping():
            yield value
            yield from _objects(list(value.values()))


def _without_failures(value: Value) -> Value:
    """`value` without the properties that say where failures go, and without roles."""
    match value:
        case Call():
            return Call(value.function, _without_failures(value.argument))
        case list():
            return [_without_failures(member) for member in value]
        case Mapping():
            left_out = {*_FAILURES, "RoleArn"}
            return {name: _without_failures(inner) for name, inner in value.items() if name not in left_out}
    return value
