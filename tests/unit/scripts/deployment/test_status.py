"""--status: what is there, how it is protected, what is asked for and not on yet, what waits, what to do next."""

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cloudformation.next_commands import DeploySettings
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.deployment.context import Context
from scripts.deployment.deploy_record import description
from scripts.deployment.protection import policy_text
from scripts.deployment.status import guards, show_status
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import change_set_arn, stack_arn, stack_resource

STACK = "payment-webhooks-dev"
NESTED = "AWS::CloudFormation::Stack"
LAST = change_set_arn("deploy-0")
SETTINGS = DeploySettings("environments/prod.toml", ("CostCenter=4 7",))
EVERYTHING = Protection(termination=True, stack_policy=True, tables=True)


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def not_told(target: StubbedTarget) -> tuple[Context, Any]:
    """The context of a --status that was given no file."""
    context, told = context_for(target)
    return replace(context, commands=replace(context.commands, settings=None)), told


def stack(target: StubbedTarget, status: str, **more: Any) -> None:
    reply = described(status)
    reply["Stacks"][0] |= {"ChangeSetId": LAST, **more}
    target.stub("cloudformation").add_response("describe_stacks", reply)


def remembered(target: StubbedTarget, text: str) -> None:
    reply = {"ChangeSetName": "deploy-0", "Status": "CREATE_COMPLETE", "Description": text}
    target.stub("cloudformation").add_response("describe_change_set", reply, {"ChangeSetName": LAST})


def contents(target: StubbedTarget, *, policy: str | None, table_is_protected: bool, plans: Any = ()) -> None:
    cloudformation = target.stub("cloudformation")
    summaries = [{"ExecutionStatus": "AVAILABLE", **plan} for plan in plans]
    obsolete = {"ChangeSetName": "deploy-old", "ExecutionStatus": "OBSOLETE"}
    cloudformation.add_response("list_change_sets", {"Summaries": [*summaries, obsolete]})
    nested = stack_resource("Data", NESTED, stack_arn("child"), "UPDATE_FAILED")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [nested]})
    inside = [
        stack_resource("A", "AWS::DynamoDB::Table", "table-a"),
        stack_resource("B", "T", "b", "UPDATE_FAILED"),
    ]
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": inside})
    for _ in range(2):
        cloudformation.add_response("get_stack_policy", {"StackPolicyBody": policy} if policy else {})
    table = {"TableName": "table-a", "DeletionProtectionEnabled": table_is_protected}
    target.stub("dynamodb").add_response("describe_table", {"Table": table})


def test_the_status_says_what_to_do_next_with_the_settings_of_the_last_deploy(target: StubbedTarget) -> None:
    stack(target, "UPDATE_ROLLBACK_COMPLETE")
    remembered(target, description(SETTINGS, NO_PROTECTION))
    contents(target, policy=None, table_is_protected=False)
    context, told = not_told(target)
    assert show_status(context, NO_PROTECTION, as_json=False) == 0
    text = told.getvalue()
    assert (
        "correct the cause, then: python scripts/deploy.py --suffix dev --region eu-west-1 "
        "--environment environments/prod.toml --parameter 'CostCenter=4 7'\n"
    ) in text
    assert "1 CREATE_COMPLETE, 1 UPDATE_FAILED" in text
    assert "not on yet" not in text
    target.assert_all_asked()


def test_a_plan_is_applied_with_its_own_file_and_can_be_dropped(target: StubbedTarget) -> None:
    stack(target, "UPDATE_COMPLETE")
    remembered(target, "made by hand")
    plan = {"ChangeSetName": "deploy-1", "Description": description(SETTINGS, NO_PROTECTION)}
    contents(target, policy=None, table_is_protected=False, plans=[plan, {"ChangeSetName": "somebodys"}])
    context, told = not_told(target)
    show_status(context, NO_PROTECTION, as_json=False)
    text = told.getvalue()
    base = "python scripts/deploy.py --suffix dev --region eu-west-1"
    assert f"{base} --environment environments/prod.toml --apply deploy-1\n" in text
    assert f"{base} --drop deploy-1\n" in text
    assert f"{base} --apply somebodys\n" in text
    assert "deploy-old" not in text


def test_protection_that_is_asked_for_and_not_on_is_pending(
    target: StubbedTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    stack(target, "CREATE_COMPLETE")
    remembered(target, description(SETTINGS, EVERYTHING))
    contents(target, policy=None, table_is_protected=False)
    context, _ = not_told(target)
    show_status(context, NO_PROTECTION, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["pending_protection"] == [
        "termination protection",
        "stack policies",
        "deletion protection of table-a",
    ]
    assert document["next"].endswith("--environment environments/prod.toml --parameter 'CostCenter=4 7'")
    assert document["protection"]["stacks_without_policy"] == ["root", "Data"]
    assert document["nested"][0]["resources"] == {"CREATE_COMPLETE": 1, "UPDATE_FAILED": 1}


def test_what_is_on_is_not_pending(target: StubbedTarget) -> None:
    stack(target, "CREATE_COMPLETE", EnableTerminationProtection=True)
    remembered(target, description(SETTINGS, NO_PROTECTION))
    contents(target, policy=policy_text(guarded=True), table_is_protected=True)
    context, told = not_told(target)
    show_status(context, EVERYTHING, as_json=False)
    assert "termination protection is on; 2 of 2 stacks" in told.getvalue()
    assert "1 of 1 tables refuse deletion" in told.getvalue()
    assert "not on yet" not in told.getvalue()
    assert "next:" not in told.getvalue()


def test_the_status_of_nothing_is_no_error(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", "it does not exist")
    context, told = context_for(target)
    assert show_status(context, NO_PROTECTION, as_json=False) == 0
    assert "there is no such stack" in told.getvalue()


def test_a_policy_guards_when_it_lets_nothing_go_in_whatever_words() -> None:
    everything = {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    assert guards(policy_text(guarded=True))
    assert guards(json.dumps({"Statement": [everything]}))
    assert not guards(policy_text(guarded=False))
    assert not guards(None)
