"""What is switched off or added by hand is drift, and a repaired template switches everything on again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.acceptance.project_copy import copy_project
from scripts.local_engine.state import EngineState
from tests.support.system.deployed_system import DeployedSystem

ALL_OFF = """

_build_compute = build_compute


def build_compute() -> Template:  # type: ignore[no-redef]
    template = _build_compute()
    off = {
        "AWS::Lambda::EventSourceMapping": ("Enabled", False),
        "AWS::Pipes::Pipe": ("DesiredState", "STOPPED"),
        "AWS::Scheduler::Schedule": ("State", "DISABLED"),
    }
    for resource in template.resources.values():
        if resource.resource_type in off:
            name, value = off[resource.resource_type]
            resource.properties[name] = value
    return template
"""


@pytest.fixture(scope="module")
def switched(engine: EngineState, tmp_path_factory: pytest.TempPathFactory) -> DeployedSystem:
    system = DeployedSystem(engine, "switched", copy_project(tmp_path_factory.mktemp("project")))
    done = system.deploy()
    assert done.exit_code == 0, done.text
    return system


def drift(system: DeployedSystem) -> tuple[int, dict[str, tuple[str, str, str]]]:
    """The exit code; by resource the property, the template's value and the actual one."""
    done = system.run("deploy.py", "--suffix", system.suffix, "--local", "--drift", "--json")
    assert done.exit_code in (0, 6), done.text
    drifted = json.loads(done.stdout)["drifted"]
    differences = [(one["resource"], each) for one in drifted for each in one["differences"]]
    return done.exit_code, {
        name: (each["path"], each["expected"], each["actual"]) for name, each in differences
    }


def event_sources(system: DeployedSystem) -> Iterator[Any]:
    for source in system.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        if system.suffix in source["FunctionArn"]:
            yield source


def schedule(system: DeployedSystem) -> Any:
    names = system.names
    return system.client("scheduler").get_schedule(
        Name=names.schedule("inbox-sweeper"), GroupName=names.schedule_group
    )


def add(system: DeployedSystem) -> Iterator[None]:
    """Add to resources what no template knows, and take it away again."""
    names, everything = system.names, '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    role = {"RoleName": names.role("inbox-sweeper-schedule"), "PolicyName": "everything"}
    function = {"FunctionName": names.function("transaction-api"), "StatementId": "another-account"}
    secret = names.name("secret", "endpoint-stripe")
    system.client("iam").put_role_policy(**role, PolicyDocument=everything)
    system.client("lambda").add_permission(
        **function, Action="lambda:InvokeFunction", Principal="210987654321"
    )
    topic = names.topic_arn(names.critical_alerts_topic)
    subscribed = system.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:210987654321:theirs"
    )["SubscriptionArn"]
    system.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=everything)
    yield
    system.client("iam").delete_role_policy(**role)
    system.client("lambda").remove_permission(**function)
    system.client("sns").unsubscribe(SubscriptionArn=subscribed)
    system.client("secretsmanager").delete_resource_policy(SecretId=secret)


def switch(system: DeployedSystem, on: bool) -> None:
    """Switch one resource of each kind by its service's API."""
    state = "ENABLED" if on else "DISABLED"
    (processor,) = (each for each in event_sources(system) if "payment-processor" in each["FunctionArn"])
    functions, health = system.client("lambda"), system.names.function("health")
    functions.update_event_source_mapping(UUID=processor["UUID"], Enabled=on)
    if on:
        functions.delete_function_concurrency(FunctionName=health)
    else:
        functions.put_function_concurrency(FunctionName=health, ReservedConcurrentExecutions=0)
    pipes = system.client("pipes")
    getattr(pipes, "start_pipe" if on else "stop_pipe")(Name=system.names.processing_pipe)
    rule = {"Name": system.names.rule("high-value"), "EventBusName": system.names.event_bus}
    getattr(system.client("events"), "enable_rule" if on else "disable_rule")(**rule)
    alarms = system.client("cloudwatch")
    getattr(alarms, "enable_alarm_actions" if on else "disable_alarm_actions")(
        AlarmNames=[system.names.alarm("processing-dlq")]
    )
    members = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    kept = {name: value for name, value in schedule(system).items() if name in members}
    system.client("scheduler").update_schedule(**kept, State=state)


def test_each_kind_of_switch_and_of_addition_is_drift_when_it_was_made_by_hand(
    switched: DeployedSystem,
) -> None:
    assert drift(switched) == (0, {})
    switch(switched, on=False)
    added = add(switched)
    next(added)
    code, differences = drift(switched)
    assert list(added) == []
    switch(switched, on=True)
    assert code == 6
    (subscribed,) = (each for each in differences if each == "Messaging/CriticalAlertsTopic")
    assert differences.pop(subscribed)[:2] == ("/Subscriptions", "nothing else")
    assert "Allow" in differences.pop("Security/StripeSecret")[2]
    assert differences == {
        "Compute/InboxSweeperScheduleRole": ("/Policies", "nothing else", "everything"),
        "Compute/TransactionApi": ("/Policy", "nothing else", "another-account"),
        "Compute/Health": ("/ReservedConcurrentExecutions", "5", "0"),
        "Compute/InboxSweeperSchedule": ("/State", "ENABLED", "DISABLED"),
        "Compute/PaymentProcessorQueueSource": ("/Enabled", "true", "false"),
        "Compute/ProcessingPipe": ("/DesiredState", "RUNNING", "STOPPED"),
        "Messaging/HighValueRule": ("/State", "ENABLED", "DISABLED"),
        "Monitoring/ProcessingDlqAlarm": ("/ActionsEnabled", "true", "false"),
    }
    assert drift(switched) == (0, {})


def test_a_repaired_template_switches_everything_on_again(switched: DeployedSystem) -> None:
    module = switched.project / "stacks" / "compute" / "stack.py"
    original = module.read_text()
    module.write_text(original + ALL_OFF)
    refused = switched.deploy()
    assert refused.exit_code == 3, refused.text
    assert "--allow stop" in refused.stderr
    done = switched.deploy("--allow", "stop")
    assert done.exit_code == 0, done.text
    assert {source["State"] for source in event_sources(switched)} == {"Disabled"}
    assert drift(switched) == (0, {})  # the templates say so
    module.write_text(original)
    done = switched.deploy()
    assert done.exit_code == 0, done.text
    assert {source["State"] for source in event_sources(switched)} == {"Enabled"}
    assert schedule(switched)["State"] == "ENABLED"
    assert drift(switched) == (0, {})
