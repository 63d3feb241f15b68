"""What the services answer of their switches, where AWS answers otherwise than the local engine."""

import json
from typing import Any

import boto3
import pytest
from botocore import xform_name

from scripts.cloudformation.live_stack import LiveResource
from scripts.cloudformation.live_states import SWITCHES, live_states
from tests.support.scripts.stubs import stack_arn, stubbed

STACK = stack_arn("payment-webhooks-dev-Compute")
UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


def read(
    resource_type: str, operation: str, answer: Any, asked: Any, physical_id: str, **properties: Any
) -> object:
    switch = SWITCHES[resource_type]
    client, stub = stubbed(switch.service)
    stub.add_response(operation, answer, asked)
    return switch.read(client, physical_id, properties)


def test_a_rule_of_a_bus_of_its_own_has_the_bus_in_its_id() -> None:
    asked = {"Name": "rule-dev", "EventBusName": "bus-dev"}
    state = read(
        "AWS::Events::Rule",
        "describe_rule",
        {"State": "DISABLED"},
        asked,
        "bus-dev|rule-dev",
        EventBusName="bus-dev",
    )
    assert state == "DISABLED"


@pytest.mark.parametrize(
    ("desired", "current", "state"),
    [
        ("RUNNING", "RUNNING", "RUNNING"),
        ("RUNNING", "STARTING", "RUNNING"),
        ("RUNNING", "START_FAILED", "START_FAILED"),
        ("STOPPED", "STOPPING", "STOPPED"),
        ("STOPPED", "STOPPED", "STOPPED"),
    ],
)
def test_a_pipe_that_is_on_its_way_is_where_it_goes(desired: str, current: str, state: str) -> None:
    answer = {"DesiredState": desired, "CurrentState": current}
    assert read("AWS::Pipes::Pipe", "describe_pipe", answer, {"Name": "pipe"}, "pipe") == state


@pytest.mark.parametrize(("state", "enabled"), [("Updating", True), ("Enabling", True), ("Disabling", False)])
def test_an_event_source_that_is_on_its_way_is_where_it_goes(state: str, enabled: bool) -> None:
    kind = "AWS::Lambda::EventSourceMapping"
    assert read(kind, "get_event_source_mapping", {"State": state}, {"UUID": UUID}, UUID) is enabled


@pytest.mark.parametrize("resource_type", sorted(SWITCHES))
def test_what_switches_it_on_is_a_command_of_the_aws_command_line(resource_type: str) -> None:
    """By the model that boto3 and the command line share. A schedule can only be given anew, with all of it."""
    words = SWITCHES[resource_type].on("physical-id", {"EventBusName": "bus-dev"})
    if resource_type == "AWS::Scheduler::Schedule":
        assert words == ()
        return
    service, operation, *options = words
    model = boto3.client(service, region_name="us-east-1").meta.service_model
    names = {xform_name(name, "-"): name for name in model.operation_names}
    known = {
        f"--{xform_name(name, '-')}" for name in model.operation_model(names[operation]).input_shape.members
    }
    assert {option for option in options if option.startswith("--")} <= known
    assert "physical-id" in options


def test_no_reserved_concurrency_stops_nothing() -> None:
    asked = {"FunctionName": "f"}
    kind, operation = "AWS::Lambda::Function", "get_function_concurrency"
    assert read(kind, operation, {}, asked, "f", ReservedConcurrentExecutions="5") == "5"
    stopped = {"ReservedConcurrentExecutions": 0}
    assert read(kind, operation, stopped, asked, "f", ReservedConcurrentExecutions="5") == 0


def test_the_template_s_value_counts_and_what_is_gone_is_said() -> None:
    cloudformation, stub = stubbed("cloudformation")
    resources = {
        "Off": {"Properties": {"Enabled": False}},
        "Parameter": {"Properties": {"Enabled": {"Ref": "Wanted"}}},
        "Silent": {},
        "Gone": {"Properties": {"Enabled": True}},
    }
    template = json.dumps({"Resources": resources})
    stub.add_response("get_template", {"TemplateBody": template})
    stack = {"StackName": "s", "StackId": STACK, "StackStatus": "UPDATE_COMPLETE", "CreationTime": 0}
    parameters = [{"ParameterKey": "Wanted", "ParameterValue": "false"}]
    stub.add_response("describe_stacks", {"Stacks": [{**stack, "Parameters": parameters}]})
    functions, answers = stubbed("lambda")
    for _ in range(3):
        answers.add_response("get_event_source_mapping", {"State": "Disabled"})
    answers.add_client_error("get_event_source_mapping", "ResourceNotFoundException")
    kind = "AWS::Lambda::EventSourceMapping"
    members = [LiveResource(STACK, name, UUID, kind) for name in resources]
    states = list(live_states(cloudformation, lambda service: functions, members))
    assert [(each.resource.logical_id, each.expected, each.actual) for each in states] == [
        ("Off", "false", "false"),
        ("Parameter", "false", "false"),
        ("Silent", "true", "false"),
        ("Gone", "true", None),
    ]


@pytest.mark.parametrize(("given", "expected"), [("5", "5"), ("0", "unreserved")])
def test_a_condition_decides_what_the_template_says(given: str, expected: str) -> None:
    cloudformation, stub = stubbed("cloudformation")
    reserved = {"Fn::If": ["IsGiven", {"Ref": "Concurrency"}, {"Ref": "AWS::NoValue"}]}
    properties = {"ReservedConcurrentExecutions": reserved, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    template = {
        "Conditions": {"IsGiven": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Concurrency"}, "0"]}]}},
        "Resources": {"Health": {"Properties": properties}},
    }
    stub.add_response("get_template", {"TemplateBody": json.dumps(template)})
    stack = {"StackName": "s", "StackId": STACK, "StackStatus": "UPDATE_COMPLETE", "CreationTime": 0}
    parameters = [{"ParameterKey": "Concurrency", "ParameterValue": given}]
    stub.add_response("describe_stacks", {"Stacks": [{**stack, "Parameters": parameters}]})
    functions, answers = stubbed("lambda")
    answers.add_response("get_function_concurrency", {})
    member = LiveResource(STACK, "Health", "lambda-health-dev", "AWS::Lambda::Function")
    (state,) = live_states(cloudformation, lambda service: functions, [member])
    assert (state.expected, state.actual) == (expected, expected)
