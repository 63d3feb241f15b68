"""--status: what is there, how it is protected, what is asked for and not on yet, what waits, what to do next."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO

import pytest

from scripts.cloudformation.next_commands import DeploySettings
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.deployment.context import Context
from scripts.deployment.deploy_record import record_text
from scripts.deployment.protection import policy_text
from scripts.deployment.status import guards_data, show_status
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.fake_cloudformation import FakeChangeSet, FakeStack
from tests.support.scripts.stubs import change_set_arn, stack_resource

SETTINGS = DeploySettings("environments/prod.toml", ("CostCenter=4 7",))
EVERYTHING = Protection(termination=True, stack_policy=True, tables=True)
COMMAND = "python scripts/deploy.py --suffix dev --region eu-west-1"


@pytest.fixture
def target() -> FakedTarget:
    return faked_target()


def system(
    target: FakedTarget,
    status: str,
    record: str,
    *,
    policy: str | None = None,
    table_is_protected: bool = False,
    plans: Mapping[str, str] = {},
) -> tuple[Context, StringIO]:
    """A --status without a file, of a stack with a nested one, a table, and `plans` (name: description) that wait."""
    inside = [
        stack_resource("A", "AWS::DynamoDB::Table", "table-a"),
        stack_resource("B", "T", "b", "UPDATE_FAILED"),
    ]
    stack = target.cloudformation.add_stack(status, policy=policy)
    target.cloudformation.add_nested("Data", inside, policy=policy, status="UPDATE_FAILED")
    executed = FakeChangeSet("deploy0", [], execution_status="EXECUTE_COMPLETE", description=record)
    obsolete = FakeChangeSet("deployold", [], execution_status="OBSOLETE")
    waiting = [FakeChangeSet(name, [], description=text) for name, text in plans.items()]
    stack.change_sets = {change_set.name: change_set for change_set in (executed, obsolete, *waiting)}
    stack.change_set_id = executed.arn
    table = {"TableName": "table-a", "DeletionProtectionEnabled": table_is_protected}
    target.stub("dynamodb").add_response("describe_table", {"Table": table})
    context, output = context_for(target)
    return replace(context, commands=replace(context.commands, settings=None)), output


def test_the_status_says_what_to_do_next_with_the_settings_of_the_last_deploy(target: FakedTarget) -> None:
    context, output = system(target, "UPDATE_ROLLBACK_COMPLETE", record_text(SETTINGS, NO_PROTECTION))
    assert show_status(context, NO_PROTECTION, as_json=False) == 0
    flags = "--environment environments/prod.toml --parameter 'CostCenter=4 7'"
    assert f"correct the cause, then: {COMMAND} {flags}\n" in output.getvalue()
    assert "1 CREATE_COMPLETE, 1 UPDATE_FAILED" in output.getvalue()
    assert "not on yet" not in output.getvalue()


def test_code_that_was_not_deployed_stands_out(target: FakedTarget) -> None:
    context, output = system(target, "UPDATE_COMPLETE", record_text(SETTINGS, NO_PROTECTION))
    function = stack_resource("Health", "AWS::Lambda::Function", "lambda-health-dev")
    target.cloudformation.add_nested("Compute", [function])
    answer = {"CodeSha256": base64.b64encode(bytes.fromhex("c3" * 32)).decode()}
    target.stub("lambda").add_response("get_function_configuration", answer)
    show_status(context, NO_PROTECTION, as_json=False)
    assert "0 of 1 functions and layers have the code that was deployed" in output.getvalue()
    assert f"NOT THE DEPLOYED CODE: Compute/Health has {'c3' * 32}" in output.getvalue()


def test_a_plan_is_applied_with_its_own_file_and_can_be_dropped(target: FakedTarget) -> None:
    plans = {"deploy1": record_text(SETTINGS, NO_PROTECTION), "somebodys": "by hand"}
    context, output = system(target, "UPDATE_COMPLETE", "made by hand", plans=plans)
    show_status(context, NO_PROTECTION, as_json=False)
    planned = change_set_arn("deploy1")
    assert f"{COMMAND} --environment environments/prod.toml --apply {planned}\n" in output.getvalue()
    assert f"{COMMAND} --drop {planned}\n" in output.getvalue()
    assert f"{COMMAND} --apply {change_set_arn('somebodys')}\n" in output.getvalue()
    assert "deployold" not in output.getvalue()


def test_protection_that_is_asked_for_and_not_on_is_pending(
    target: FakedTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    context, _ = system(target, "CREATE_COMPLETE", record_text(SETTINGS, EVERYTHING))
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


def test_what_is_on_is_not_pending(target: FakedTarget) -> None:
    context, output = system(
        target,
        "CREATE_COMPLETE",
        record_text(SETTINGS, NO_PROTECTION),
        policy=policy_text(guarded=True),
        table_is_protected=True,
    )
    target.cloudformation.root.is_protected = True
    show_status(context, EVERYTHING, as_json=False)
    assert "termination protection is on; 2 of 2 stacks" in output.getvalue()
    assert "1 of 1 tables refuse deletion" in output.getvalue()
    assert "not on yet" not in output.getvalue()
    assert "next:" not in output.getvalue()


@pytest.mark.parametrize("stands", [True, False])
def test_a_network_that_is_left_is_named_with_the_command_that_removes_it(
    target: FakedTarget, stands: bool
) -> None:
    """Its deletion fails while Lambda's interfaces are in it, and no stack lists it any more."""
    if stands:
        context, output = system(target, "UPDATE_COMPLETE", record_text(SETTINGS, NO_PROTECTION))
    else:
        context, output = context_for(target)
    left = f"{context.names.stack}-Network-1A2B3C"
    for name, status in (
        (left, "DELETE_FAILED"),
        (f"{context.names.stack}-Network-OLD", "DELETE_COMPLETE"),
        (f"{context.names.stack}-2-Network-OTHER", "DELETE_FAILED"),  # of the environment dev-2
    ):
        target.cloudformation.stacks[name] = FakeStack(name, status)
    show_status(context, NO_PROTECTION, as_json=False)
    remove = f"aws cloudformation delete-stack --stack-name {left} --region eu-west-1\n"
    assert f"to remove it:  {remove}" in output.getvalue()
    assert "OLD" not in output.getvalue()
    assert "OTHER" not in output.getvalue()


def test_the_status_of_nothing_is_shown_with_an_exit_code_of_its_own(target: FakedTarget) -> None:
    context, output = context_for(target)
    assert show_status(context, NO_PROTECTION, as_json=False) == 2
    assert "there is no such stack" in output.getvalue()


def test_a_policy_guards_when_it_lets_nothing_go_in_whatever_words() -> None:
    everything = {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    assert guards_data(policy_text(guarded=True))
    assert guards_data(json.dumps({"Statement": [everything]}))
    assert not guards_data(policy_text(guarded=False))
    assert not guards_data(None)
