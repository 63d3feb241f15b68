"""Reads from the services themselves what stops or blinds the system when it is switched off by hand.

Drift detection looks only at properties that a template sets explicitly
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html), and that of the local
engine at few types. What stands in SWITCHES is read on both and compared with the template's value, or with what AWS
takes where the template has none.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveResource, read_stack, read_template
from stacks.evaluation.intrinsics import Environment, Value, decide_conditions, evaluate, is_known

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

Clients: TypeAlias = Callable[[str], Any]  # a boto3 client by its service's name
Properties: TypeAlias = Mapping[
    str, Value
]  # of the template, those that are known; physical ids stand for references
_UNRESERVED: Final = "unreserved"
_NOT_THERE: Final = ("NotFoundException", "ResourceNotFoundException")


class Switch(NamedTuple):
    """A property by which a resource is switched off, and how its service tells of it.

    `default`: what AWS takes where the template says nothing, and how it is switched on. `read` gets the service's
    client, the physical id and the template's properties; it returns None when the resource is gone, or raises the
    service's error. `on`: words of the AWS command line that switch it on; none where no short command does.
    """

    service: str
    property_name: str
    default: object
    read: Callable[[Any, str, Properties], object]
    on: Callable[[str, Properties], Sequence[str]]


class LiveState(NamedTuple):
    """A resource's switch as text: as the template wants it and as it is; `actual` is None when it is gone.

    `on`: words of the AWS command line that switch it on; empty where it is gone, or the template wants it otherwise.
    """

    resource: LiveResource
    property_name: str
    expected: str
    actual: str | None
    on: tuple[str, ...] = ()


def _event_source(client: Any, uuid: str, _: Properties) -> object:
    return client.get_event_source_mapping(UUID=uuid)["State"] not in ("Disabled", "Disabling")


def _pipe(client: Any, name: str, _: Properties) -> object:
    pipe = client.describe_pipe(Name=name)
    on_its_way = pipe["CurrentState"] in ("CREATING", "STARTING", "STOPPING", "UPDATING")
    return pipe["DesiredState" if on_its_way else "CurrentState"]


def _schedule(client: Any, name: str, properties: Properties) -> object:
    return client.get_schedule(Name=name, GroupName=properties.get("GroupName", "default"))["State"]


def _rule(client: Any, physical_id: str, properties: Properties) -> object:
    # Of a bus of its own the physical id is BUS|NAME, though the resource's page shows the name only:
    # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1131
    return client.describe_rule(
        Name=_rule_name(physical_id), EventBusName=properties.get("EventBusName", "default")
    )["State"]


def _rule_name(physical_id: str) -> str:
    return physical_id.rpartition("|")[2]


def _alarm(client: Any, name: str, _: Properties) -> object:
    alarms = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    return alarms[0]["ActionsEnabled"] if alarms else None


def _reserved_concurrency(client: Any, name: str, properties: Properties) -> object:
    """None reserved stops nothing, so it counts as what the template says; the local engine never reserves any."""
    reserved = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    return properties.get("ReservedConcurrentExecutions", _UNRESERVED) if reserved is None else reserved


# https://docs.aws.amazon.com/cli/latest/reference/: a schedule has no such command, only one that gives all of it anew.
def _alarm_on(name: str, _: Properties) -> Sequence[str]:
    return "cloudwatch", "enable-alarm-actions", "--alarm-names", name


def _rule_on(physical_id: str, properties: Properties) -> Sequence[str]:
    bus = str(properties.get("EventBusName", "default"))
    return "events", "enable-rule", "--name", _rule_name(physical_id), "--event-bus-name", bus


def _event_source_on(uuid: str, _: Properties) -> Sequence[str]:
    return "lambda", "update-event-source-mapping", "--uuid", uuid, "--enabled"


def _pipe_on(name: str, _: Properties) -> Sequence[str]:
    return "pipes", "start-pipe", "--name", name


def _unreserved(name: str, _: Properties) -> Sequence[str]:
    return "lambda", "delete-function-concurrency", "--function-name", name


SWITCHES: Final[Mapping[str, Switch]] = {
    "AWS::CloudWatch::Alarm": Switch("cloudwatch", "ActionsEnabled", True, _alarm, _alarm_on),
    "AWS::Events::Rule": Switch("events", "State", "ENABLED", _rule, _rule_on),
    "AWS::Lambda::EventSourceMapping": Switch("lambda", "Enabled", True, _event_source, _event_source_on),
    "AWS::Lambda::Function": Switch(
        "lambda", "ReservedConcurrentExecutions", _UNRESERVED, _reserved_concurrency, _unreserved
    ),
    "AWS::Pipes::Pipe": Switch("pipes", "DesiredState", "RUNNING", _pipe, _pipe_on),
    "AWS::Scheduler::Schedule": Switch("scheduler", "State", "ENABLED", _schedule, lambda *_: ()),
}


def live_states(
    cloudformation: "CloudFormationClient", client: Clients, resources: Iterable[LiveResource]
) -> Iterator[LiveState]:
    """The state of every resource whose type is in SWITCHES. `resources` are all of the root and its nested stacks."""
    everything = list(resources)
    switched = [resource for resource in everything if resource.resource_type in SWITCHES]
    services = {name: client(name) for name in {SWITCHES[one.resource_type].service for one in switched}}
    for stack_id in sorted({resource.stack_id for resource in switched}):
        template = read_template(cloudformation, StackName=stack_id)
        environment = _environment(
            template,
            read_stack(cloudformation, stack_id).parameters,
            {one.logical_id: one.physical_id for one in everything if one.stack_id == stack_id},
        )
        for resource in switched:
            if resource.stack_id == stack_id:
                declared = template["Resources"][resource.logical_id].get("Properties", {})
                known = {
                    name: value for name, value in evaluate(declared, environment).items() if is_known(value)
                }
                switch = SWITCHES[resource.resource_type]
                yield _state(services[switch.service], switch, resource, known)


def _environment(
    template: Mapping[str, Any], parameters: Mapping[str, str], physical_ids: Mapping[str, str]
) -> Environment:
    names = {**parameters, **physical_ids}
    conditions = decide_conditions(template.get("Conditions", {}), Environment(names=names))
    return Environment(names=names, conditions=conditions)


def _state(client: Any, switch: Switch, resource: LiveResource, properties: Properties) -> LiveState:
    expected = _text(properties.get(switch.property_name, switch.default))
    try:
        actual = switch.read(client, resource.physical_id, properties)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THERE:
            raise
        actual = None
    if actual is None:
        return LiveState(resource, switch.property_name, expected, None)
    on = switch.on(resource.physical_id, properties) if expected == _text(switch.default) else ()
    return LiveState(resource, switch.property_name, expected, _text(actual), tuple(on))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
