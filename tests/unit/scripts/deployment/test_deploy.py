"""A whole deploy against CloudFormation in memory: what is changed, and what a refusal leaves behind."""

import json

import pytest

from scripts.cloudformation.change_sets import ChangeSet
from scripts.command_line.aws_target import local_target
from scripts.command_line.environment_file import NO_PROTECTION, Protection
from scripts.command_line.errors import NotDeployed, Refused
from scripts.deployment import execute_change_set
from scripts.deployment.approval import DANGERS, Consent
from scripts.deployment.context import Detached
from scripts.deployment.deploy import DeployRequest, apply, diff, drop
from scripts.deployment.prepare import require_objects
from scripts.deployment.protection import policy_text, protection_lifted
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import FakedTarget, context_for, faked_target
from tests.support.scripts.stubs import change_set_arn

NOBODY = Consent(yes=True, allowed=frozenset(), is_somebody_there=False)

PLANNED = change_set_arn("deploy-1")


@pytest.fixture
def target() -> FakedTarget:
    """With a stack that has one queue and one change set over it."""
    target = faked_target()
    target.cloudformation.add_stack("UPDATE_COMPLETE")
    target.cloudformation.add_change_set()
    return target


def test_a_planned_change_set_is_shown_executed_and_protected(target: FakedTarget) -> None:
    context, output = context_for(target)
    report = apply(context, PLANNED, DeployRequest(NOBODY, protection=Protection(termination=True)))
    assert report.result == "updated"
    assert "termination protection is on" in output.getvalue()
    assert target.cloudformation.changes == ["execute_change_set", "update_termination_protection"]
    assert target.cloudformation.root.is_protected


def test_a_dangerous_plan_is_refused_and_stays(target: FakedTarget) -> None:
    target.cloudformation.add_change_set(Replacement="True", PolicyAction="ReplaceAndDelete")
    context, _ = context_for(target)
    with pytest.raises(Refused) as caught:
        apply(context, PLANNED, DeployRequest(NOBODY))
    assert "adds --allow destroy,replace" in caught.value.next_step
    assert target.cloudformation.changes == []


def test_what_the_live_policy_forbids_is_refused_whatever_the_file_says(target: FakedTarget) -> None:
    """Neither --allow nor an environment file without protection gets it past the policy that the stack has."""
    target.cloudformation.add_change_set(Replacement="Conditional", PolicyAction="ReplaceAndDelete")
    target.cloudformation.root.policy = policy_text(guarded=True)
    context, _ = context_for(target)
    everything = Consent(yes=True, allowed=frozenset(DANGERS), is_somebody_there=False)
    with pytest.raises(Refused, match=r"Q \(Update:Replace\)") as caught:
        apply(context, PLANNED, DeployRequest(everything))
    assert "--lift-protection" in caught.value.next_step
    assert target.cloudformation.changes == []


def test_a_plan_whose_code_is_gone_is_refused_before_anything_else(target: FakedTarget) -> None:
    target.stub("s3").add_client_error("head_object", "404", http_status_code=404)
    context, _ = context_for(target)
    with pytest.raises(Refused, match=r"layers/a\.zip"):
        require_objects(context, {"ArtifactBucket": "b", "LayerKey": "layers/a.zip"})


def test_without_a_stack_there_is_no_plan() -> None:
    context, _ = context_for(faked_target())
    with pytest.raises(NotDeployed, match="there is no stack"):
        apply(context, PLANNED, DeployRequest(NOBODY))


def test_a_dropped_plan_takes_its_empty_stack_with_it(target: FakedTarget) -> None:
    target.cloudformation.root.status = "REVIEW_IN_PROGRESS"
    context, _ = context_for(target)
    assert drop(context, "deploy-1")
    assert target.cloudformation.stacks == {}


def test_a_plan_that_was_executed_is_not_dropped_and_that_is_no_error(target: FakedTarget) -> None:
    """The last job of a CI run may find it either way."""
    target.cloudformation.root.change_sets["deploy-1"].execution_status = "EXECUTE_FAILED"
    context, _ = context_for(target)
    assert not drop(context, "deploy-1")
    assert target.cloudformation.changes == []


@pytest.mark.parametrize(
    ("given", "tables", "wanted"),
    [({}, True, "true"), ({"DeletionProtection": "false"}, True, "false"), ({}, False, None)],
)
def test_what_the_command_says_goes_before_what_the_file_protects(
    given: dict[str, str], tables: bool, wanted: str | None
) -> None:
    assert Protection(tables=tables).with_tables(given).get("DeletionProtection") == wanted


def test_ctrl_c_detaches_and_the_lifted_policies_are_back(target: FakedTarget) -> None:
    """What has begun goes on without us, guarded."""
    root = target.cloudformation.root
    root.policy = own_policy = policy_text(guarded=True)
    target.cloudformation.ends(None)

    def interrupt(_seconds: float) -> None:
        assert root.policy == policy_text(guarded=False)
        raise KeyboardInterrupt

    context, output = context_for(target, sleep=interrupt)
    change_set = ChangeSet(root.change_sets["deploy-1"].arn, "deploy-1", root.stack_id)

    with pytest.raises(Detached), protection_lifted(context, NO_PROTECTION, lift=True):
        execute_change_set.execute(context, change_set)
    assert "stack policies are back" in output.getvalue()
    assert root.policy == own_policy
    assert root.status == "UPDATE_IN_PROGRESS"


def test_a_diff_of_broken_templates_is_refused_as_a_deploy_of_them_is() -> None:
    """`Fn::Sub` of a number is no template at all: cfn-lint says where, instead of a traceback of the review's."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": 7}}}
    broken = Assembly(json.dumps({"Parameters": {}, "Resources": {"Queue": queue}}), {})
    context, _ = context_for(local_target("http://127.0.0.1:1", "us-east-1"))
    with pytest.raises(Refused, match="cfn-lint refuses the templates") as caught:
        diff(context, broken, {}, DeployRequest(NOBODY))
    assert "build_template.py --check" in caught.value.next_step
