"""The private network deployed, switched off and on again, with webhooks through it.

The engine has neither NAT gateways nor flow logs, and runs functions in no network: that they are in one is asserted
on the templates.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from payment_webhooks.money import amount_text
from scripts.command_line.project_paths import ENVIRONMENTS
from scripts.local_engine.state import EngineState
from stacks.network.vpc_endpoints import INTERFACES
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.environment_files import assert_as_the_file_says, read_settings
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, body_of, processed

MODE = "NetworkMode=vpc"


SUFFIX = "private"
# The thresholds of environments/private-network.toml, in minor units.
YEN, POUNDS = 1_500_000, 800_000


@pytest.fixture(scope="module")
def private(engine: EngineState) -> Iterator[System]:
    system = _deployed(engine)
    done = system.secrets("internal", "set", "--mode", "live", key="whsec_0123456789abcdef")
    assert done.exit_code == 0, done.text
    yield system
    done = system.destroy()
    assert done.exit_code == 0, done.text


def _deployed(engine: EngineState, *parameters: str, allow: str = "iam") -> System:
    """The system as it is after this deployment: what it has read of the last one is forgotten."""
    system = System(engine, SUFFIX)
    chosen = (flag for each in parameters for flag in ("--parameter", each))
    done = system.deploy(*chosen, "--allow", allow)
    assert done.exit_code == 0, done.text
    return system


def _webhook_is_processed(system: System) -> None:
    _send(system, in_house_event())


def _send(system: System, event: dict[str, Any]) -> None:
    assert system.send("internal", body_of(event)).status_code == 200
    system.wait_for_trace(f"internal:{event['id']}", processed)


def _of_the_network(system: System, listed: str) -> list[dict[str, Any]]:
    found = system.client("ec2")
    named = [{"Name": "tag:Environment", "Values": [system.names.suffix]}]
    answer: dict[str, Any] = getattr(found, f"describe_{listed}")(Filters=named)
    return next(value for name, value in answer.items() if name != "ResponseMetadata")


def test_into_a_private_network_and_out_again_without_replacing_a_function(
    engine: EngineState, private: System
) -> None:
    made = _made(private)
    _assert_without_network(private, made)

    inside = _deployed(engine, MODE, "InterfaceEndpoints=true", "NatGateways=2", "VpcCidr=172.20.0.0/20")
    (vpc,) = _of_the_network(inside, "vpcs")
    assert (vpc["VpcId"], vpc["CidrBlock"]) == (inside.outputs["VpcId"], "172.20.0.0/20")
    subnets = _of_the_network(inside, "subnets")
    assert sorted(each["CidrBlock"] for each in subnets) == [f"172.20.{at}.0/24" for at in range(4)]
    zones = {each["AvailabilityZone"] for each in subnets}
    assert zones == {_parameters(inside)[name] for name in ("ZoneOne", "ZoneTwo")}
    assert len(zones) == 2
    services = {each["ServiceName"].split(".")[-1] for each in _of_the_network(inside, "vpc_endpoints")}
    assert services == {"dynamodb", "s3", *INTERFACES}
    assert _made(inside) == made
    _webhook_is_processed(inside)
    moved = inside.deploy("--parameter", MODE, "--parameter", "VpcCidr=172.20.16.0/20")
    assert moved.exit_code == 3, moved.text
    assert "can't become 172.20.16.0/20 while the network stands" in moved.text

    # The network and its flow log go.
    outside = _deployed(engine, "NetworkMode=none", allow="destroy,iam,public,replace")
    _assert_without_network(outside, made)


def _assert_without_network(system: System, made: dict[str, str]) -> None:
    assert system.outputs["VpcId"] == "none"
    assert _of_the_network(system, "vpcs") == []
    assert _made(system) == made
    _webhook_is_processed(system)


def _parameters(system: System) -> dict[str, str]:
    (stack,) = system.client("cloudformation").describe_stacks(StackName=system.names.stack)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def _made(system: System) -> dict[str, str]:
    """Name and ARN of each function, and the API, table and queue that the outputs name."""
    stacks = system.client("cloudformation")
    (compute,) = [
        each["PhysicalResourceId"]
        for each in stacks.describe_stack_resources(StackName=system.names.stack)["StackResources"]
        if each["LogicalResourceId"] == "Compute"
    ]
    kept = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in stacks.describe_stack_resources(StackName=compute)["StackResources"]
        if each["ResourceType"] == "AWS::Lambda::Function"
    }
    outputs = ("ApiId", "InboxTableName", "ProcessingQueueUrl", "DataKeyArn")
    return kept | {name: system.outputs[name] for name in outputs}


def test_the_settings_file_tells_of_high_value_by_currency(engine: EngineState) -> None:
    system = System(engine, "private-file")
    file = ENVIRONMENTS / "private-network.toml"
    done = system.deploy("--environment", str(file), "--verbose")
    assert done.exit_code == 0, done.text
    _, parameters, protected = read_settings(file)
    assert_as_the_file_says(system, parameters, protected)
    for missing in ("AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::FlowLog"):
        assert missing in done.text
    done = system.secrets("internal", "set", "--mode", "live", key="whsec_0123456789abcdef")
    assert done.exit_code == 0, done.text
    (vpc,) = _of_the_network(system, "vpcs")
    assert (vpc["VpcId"], vpc["CidrBlock"]) == (system.outputs["VpcId"], "10.64.0.0/20")

    alerts = Subscription(system, system.outputs["CriticalAlertsTopicArn"], "test-private-alerts")
    paid = {("JPY", YEN): 0, ("JPY", YEN + 1): 1, ("GBP", POUNDS): 0, ("GBP", POUNDS + 1): 1}
    sent = {case: _paid(system, *case) for case in paid}
    for case, told in paid.items():
        if told:
            (alert,) = alerts.wait_for(sent[case])
            currency, amount_minor = case
            assert amount_text(amount_minor, currency) in alert["sentence"]
    for case, told in paid.items():
        assert len(alerts.messages(sent[case])) == told
    done = system.destroy()
    assert done.exit_code == 0, done.text


def _paid(system: System, currency: str, amount_minor: int) -> str:
    """A payment that is processed; its transaction."""
    event = in_house_event() | {"currency": currency, "amount_minor": amount_minor}
    _send(system, event)
    return f"internal:{event['transaction_id']}"
