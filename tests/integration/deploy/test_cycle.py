"""The life of a deployment: created, unchanged, planned, protected, destroyed. Updates: test_acceptance.py."""

import json
from pathlib import Path

import pytest

from scripts.acceptance.project_copy import copy_project
from scripts.deployment.named_resources import names_that_hold
from scripts.local_engine.state import EngineState
from stacks.names import SUFFIX_LENGTH_MAXIMUM
from tests.support.system.deploy_cycle import RENAMED_QUEUE
from tests.support.system.system import System

LONGEST_SUFFIX = "longest-of-all-names"


@pytest.fixture(scope="module")
def cycle(engine: EngineState, tmp_path_factory: pytest.TempPathFactory) -> System:
    """Deployed from a copy of the project, under the longest suffix that there is."""
    assert len(LONGEST_SUFFIX) == SUFFIX_LENGTH_MAXIMUM
    system = System(engine, LONGEST_SUFFIX, copy_project(tmp_path_factory.mktemp("project")))
    done = system.deploy()
    assert done.exit_code == 0, done.text
    return system


def stack_status(system: System) -> str:
    stacks = system.client("cloudformation").describe_stacks(StackName=system.names.stack)["Stacks"]
    return str(stacks[0]["StackStatus"])


def test_nothing_changed_is_success_and_says_so(cycle: System) -> None:
    done = cycle.deploy()
    assert done.exit_code == 0, done.text
    assert "nothing to do" in done.text.lower()


def test_a_plan_waits_and_is_applied(cycle: System, tmp_path: Path) -> None:
    page, text = tmp_path / "review.html", tmp_path / "review.md"
    command = ("deploy.py", "--suffix", cycle.suffix, "--local")
    plan = cycle.run(
        *(*command, "--plan", "--json", "--parameter", "CostCenter=9"),
        *("--html", str(page), "--markdown", str(text)),
    )
    assert plan.exit_code == 0, plan.text
    planned = json.loads(plan.stdout)
    assert planned["review"]["danger"] == "CHANGES"
    assert "CostCenter" in text.read_text()
    assert "<html" in page.read_text()
    status = json.loads(cycle.run(*command, "--status", "--json").stdout)
    assert status["change_sets"] == [planned["change_set"]]
    applied = cycle.run(*command, "--apply", planned["change_set"], "--yes")
    assert applied.exit_code == 0, applied.text
    tags = cycle.client("dynamodb").list_tags_of_resource(ResourceArn=inbox_arn(cycle))["Tags"]
    assert {"Key": "CostCenter", "Value": "9"} in tags
    assert cycle.run(*command, "--apply", planned["change_set"], "--yes").exit_code == 3


def test_what_was_changed_by_hand_is_drift(cycle: System) -> None:
    command = ("deploy.py", "--suffix", cycle.suffix, "--local", "--drift", "--json")
    before = cycle.run(*command)
    assert (before.exit_code, json.loads(before.stdout)["drifted"]) == (0, []), before.text
    queues = cycle.client("sqs")
    url = queues.get_queue_url(QueueName=f"queue-processing-{cycle.suffix}")["QueueUrl"]
    old = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    after = cycle.run(*command)
    queues.set_queue_attributes(QueueUrl=url, Attributes=old)
    assert after.exit_code == 6, after.text
    (drifted,) = json.loads(after.stdout)["drifted"]
    assert (drifted["resource"], drifted["differences"][0]["actual"]) == ("Messaging/ProcessingQueue", "7")


def test_a_configuration_changed_by_hand_is_said_before_it_is_written_again(cycle: System) -> None:
    parameters, name = cycle.client("ssm"), cycle.names.config_parameter
    old = parameters.get_parameter(Name=name)["Parameter"]["Value"]
    parameters.put_parameter(Name=name, Value='{"retries": {}}', Overwrite=True)
    other = ("--parameter", 'HighValueThresholds={"default": 7}')
    difference = cycle.run("deploy.py", "--suffix", cycle.suffix, "--local", "--diff", "--json", *other)
    parameters.put_parameter(Name=name, Value=old, Overwrite=True)
    (note,) = [note for note in json.loads(difference.stdout)["notes"] if name in note]
    assert note.endswith('until now it is: {"retries": {}}')


def test_a_machine_may_not_destroy_data_unless_it_is_allowed(cycle: System) -> None:
    """Log groups lose what is older than their retention."""
    parameter = ("--parameter", "LogRetentionDays=1")
    refused = cycle.deploy(*parameter)
    assert refused.exit_code == 3, refused.text
    assert "--allow destroy" in refused.stderr
    difference = cycle.run(
        "deploy.py", "--suffix", cycle.suffix, "--local", "--diff", "--json", "--exit-code", *parameter
    )
    assert (difference.exit_code, json.loads(difference.stdout)["needs"]) == (6, ["destroy"])
    allowed = cycle.deploy(*parameter, "--allow", "destroy")
    assert allowed.exit_code == 0, allowed.text


def test_protection_is_put_on_lifted_and_put_back(cycle: System, tmp_path: Path) -> None:
    environment = tmp_path / "guarded.toml"
    environment.write_text("[protection]\ntermination = true\nstack_policy = true\ntables = true\n")
    done = cycle.deploy("--environment", str(environment))
    assert done.exit_code == 0, done.text
    assert is_guarded(cycle)
    refused = cycle.destroy()
    assert refused.exit_code == 3, refused.text
    remembered = cycle.deploy("--parameter", "CostCenter=10")
    assert f"with {environment}, as the last deploy" in remembered.stderr
    assert remembered.exit_code == 0, remembered.text
    without_the_file = ("--environment", "none", "--lift-protection", "--parameter", "CostCenter=9")
    refused = cycle.deploy(*without_the_file)
    assert refused.exit_code == 3, refused.text  # the tables would not refuse deletion any more
    lifted = cycle.deploy(*without_the_file, "--allow", "destroy")
    assert lifted.exit_code == 0, lifted.text
    assert "stack policies are back" in lifted.stderr
    assert is_guarded(cycle)
    assert_the_live_policy_is_heeded(cycle)
    client = cycle.client("cloudformation")
    client.update_termination_protection(StackName=cycle.names.stack, EnableTerminationProtection=False)


def assert_the_live_policy_is_heeded(system: System) -> None:
    """A deploy without the file, with every danger allowed, that renames a queue: refused before it is executed."""
    stack = system.project / "stacks" / "messaging" / "stack.py"
    original = stack.read_text()
    stack.write_text(original + RENAMED_QUEUE)
    try:
        refused = system.deploy("--environment", "none", "--allow", "destroy,replace,stop,iam,public")
    finally:
        stack.write_text(original)
    assert refused.exit_code == 3, refused.text
    assert "the stack policies forbid Messaging/SchedulesDlq (Update:Replace)" in refused.stderr
    assert "--lift-protection" in refused.stderr
    assert stack_status(system) == "UPDATE_COMPLETE"


def is_guarded(system: System) -> bool:
    """Every stack of the tree has a policy that denies replacing and deleting what holds data."""
    client = system.client("cloudformation")
    nested = client.describe_stack_resources(StackName=system.names.stack)["StackResources"]
    stacks = [system.names.stack, *(one["PhysicalResourceId"] for one in nested)]
    return all('"Deny"' in client.get_stack_policy(StackName=each)["StackPolicyBody"] for each in stacks)


def inbox_arn(system: System) -> str:
    table = system.client("dynamodb").describe_table(TableName=system.names.inbox_table)["Table"]
    return str(table["TableArn"])


def test_a_protected_stack_keeps_its_contents(cycle: System) -> None:
    """Refused before a bucket is emptied, not after."""
    bucket, key = cycle.names.audit_bucket, "webhooks/kept.json"
    cycle.client("s3").put_object(Bucket=bucket, Key=key, Body=b"{}")
    protect = cycle.client("cloudformation").update_termination_protection
    protect(StackName=cycle.names.stack, EnableTerminationProtection=True)
    try:
        refused = cycle.destroy()
    finally:
        protect(StackName=cycle.names.stack, EnableTerminationProtection=False)
    assert refused.exit_code == 3, refused.text
    assert cycle.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"{}"


def test_a_change_set_that_is_not_named_is_wrong_usage(cycle: System) -> None:
    for mode in ("--apply", "--drop"):
        done = cycle.deploy(mode, "")
        assert done.exit_code == 2, done.text


def test_a_change_set_of_another_environment_is_refused(cycle: System) -> None:
    command = ("deploy.py", "--local", "--suffix")
    planned = cycle.run(*command, cycle.suffix, "--plan", "--parameter", "CostCenter=11")
    assert planned.exit_code == 0, planned.text
    client = cycle.client("cloudformation")
    summaries = client.list_change_sets(StackName=cycle.names.stack)["Summaries"]
    (arn,) = [each["ChangeSetId"] for each in summaries if each["ExecutionStatus"] == "AVAILABLE"]
    for mode in ("--apply", "--drop"):
        done = cycle.run(*command, "another", mode, arn)
        assert done.exit_code == 2, done.text
    assert cycle.run(*command, cycle.suffix, "--drop", arn).exit_code == 0


def test_destroy_leaves_nothing_behind(cycle: System) -> None:
    bucket = cycle.names.audit_bucket
    cycle.client("s3").put_object(Bucket=bucket, Key="webhooks/a.json", Body=b"{}")
    cycle.client("s3").delete_object(Bucket=bucket, Key="webhooks/a.json")  # leaves a version and a marker
    wrong = cycle.run("destroy.py", "--suffix", cycle.suffix, "--local", "--yes", "another")
    assert wrong.exit_code in (2, 3), wrong.text
    assert stack_status(cycle).endswith("_COMPLETE")
    done = cycle.destroy()
    assert done.exit_code == 0, done.text
    assert names_that_hold(cycle.client, cycle.suffix) == {}
    again = cycle.destroy()
    assert again.exit_code == 0, again.text


def test_a_change_set_under_a_planned_name_is_not_the_one_that_was_planned(cycle: System) -> None:
    """Who may plan may delete a change set and make another one of its name."""
    command = ("deploy.py", "--suffix", cycle.suffix, "--local")
    done = cycle.run(*command, "--plan", "--json", "--parameter", "CostCenter=21")
    planned = json.loads(done.stdout)["change_set"]
    client, stack, name = cycle.client("cloudformation"), cycle.names.stack, planned.split("/")[1]
    reviewed = client.describe_change_set(ChangeSetName=planned)
    client.delete_change_set(ChangeSetName=planned)
    other = [
        {**each, "ParameterValue": "22"} if each["ParameterKey"] == "CostCenter" else each
        for each in reviewed["Parameters"]
    ]
    client.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        TemplateBody=json.dumps(client.get_template(StackName=stack)["TemplateBody"]),
        Parameters=other,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert cycle.run(*command, "--apply", planned, "--yes").exit_code == 1
    by_name = cycle.run(*command, "--apply", name, "--yes")
    assert by_name.exit_code == 3
    assert "give its ARN" in by_name.stderr
    [live] = client.describe_stacks(StackName=stack)["Stacks"]
    assert {"ParameterKey": "CostCenter", "ParameterValue": "22"} not in live["Parameters"]
    client.delete_change_set(StackName=stack, ChangeSetName=name)
