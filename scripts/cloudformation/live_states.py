"""Reads from the services themselves what stops or blinds the system when it is switched off by hand.

Drift detection looks only at properties that a template sets explicitly
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html), and that of the local
engine at few types. What stands in SWITCHES is read on both and compared with the template's value, or with what AWS
takes where the template has none.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
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

    `default`: what AWS takes where the template says nothing. `read` gets the service's client, the physical id and
    the template's properties; it returns None when the resource is gone, or raises the service's error.
    """

    service: str
    property_name: str
    default: object
    read: Callable[[Any, str, Properties], object]


class LiveState(NamedTuple):
    """A resource's switch as text: as the template wants it and as it is; `actual` is None when it is gone."""

    resource: LiveResource
    property_name: str
    expected: str
    actual: str | None


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
    name = physical_id.rpartition("|")[2]
    return client.describe_rule(Name=name, EventBusName=properties.get("EventBusName", "default"))["State"]


def _alarm(client: Any, name: str, _: Properties) -> object:
    alarms = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    return alarms[0]["ActionsEnabled"] if alarms else None


def _reserved_concurrency(client: Any, name: str, properties: Properties) -> object:
    """None reserved stops nothing, so it counts as what the template says; the local engine never reserves any."""
    reserved = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    return properties.get("ReservedConcurrentExecutions", _UNRESERVED) if reserved is None else reserved


SWITCHES: Final[Mapping[str, Switch]] = {
    "AWS::CloudWatch::Alarm": Switch("cloudwatch", "ActionsEnabled", True, _alarm),
    "AWS::Events::Rule": Switch("events", "State", "ENABLED", _rule),
    "AWS::Lambda::EventSourceMapping": Switch("lambda", "Enabled", True, _event_source),
    "AWS::Lambda::Function": Switch(
        "lambda", "ReservedConcurrentExecutions", _UNRESERVED, _reserved_concurrency
    ),
    "AWS::Pipes::Pipe": Switch("pipes", "DesiredState", "RUNNING", _pipe),
    "AWS::Scheduler::Schedule": Switch("scheduler", "State", "ENABLED", _schedule),
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
    return LiveState(resource, switch.property_name, expected, None if actual is None else _text(actual))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
