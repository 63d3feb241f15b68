"""A whole deploy over recorded replies: what is asked of whom in which order, and what a refusal leaves behind."""

import json
from typing import Any

import pytest

from scripts.cloudformation.change_sets import ChangeSet
from scripts.command_line.aws_target import local_target
from scripts.command_line.environment_file import Protection
from scripts.command_line.errors import Refused
from scripts.deployment import execute_change_set
from scripts.deployment.approval import DANGERS, Consent
from scripts.deployment.context import Detached
from scripts.deployment.deploy import DeployRequest, apply, diff, drop, with_protection
from scripts.deployment.prepare import require_objects
from scripts.deployment.protection import policy_text, protection_lifted
from stacks.assembly import Assembly
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import STARTED, change_set_arn, event_of_stack, stack_arn

STACK = "payment-webhooks-dev"
ARN = change_set_arn("deploy-1")
NOBODY = Consent(yes=True, allowed=frozenset(), is_somebody_there=False)


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def stack(target: StubbedTarget, status: str) -> None:
    target.stub("cloudformation").add_response("describe_stacks", described(status))


def waiting(target: StubbedTarget, **more: Any) -> None:
    """A change set that waits, asked for without and with property values."""
    reply = plan(**more)
    named = {"ChangeSetName": "deploy-1", "StackName": STACK}
    target.stub("cloudformation").add_response("describe_change_set", reply, named)
    valued = {"ChangeSetName": ARN, "IncludePropertyValues": True}
    target.stub("cloudformation").add_response("describe_change_set", reply, valued)


def plan(**more: Any) -> dict[str, Any]:
    queue = {
        "Action": "Modify",
        "LogicalResourceId": "Q",
        "ResourceType": "AWS::SQS::Queue",
        "Replacement": "False",
    }
    return {
        "ChangeSetName": "deploy-1",
        "ChangeSetId": ARN,
        "StackId": stack_arn(STACK),
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "AVAILABLE",
        "CreationTime": STARTED,
        "Parameters": [{"ParameterKey": "ArtifactBucket", "ParameterValue": "b"}],
        "Changes": [{"Type": "Resource", "ResourceChange": queue | more}],
    }


def reviewed(target: StubbedTarget) -> None:
    """The templates, deployed and planned: the same."""
    cloudformation = target.stub("cloudformation")
    body = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    cloudformation.add_response("get_template", {"TemplateBody": body})
    stack(target, "UPDATE_COMPLETE")
    cloudformation.add_response("get_template", {"TemplateBody": body})
    stack(target, "UPDATE_COMPLETE")


def policy(target: StubbedTarget, text: str | None = None) -> None:
    """What the stack's policy says now."""
    cloudformation = target.stub("cloudformation")
    stack(target, "UPDATE_COMPLETE")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": []})
    reply = {} if text is None else {"StackPolicyBody": text}
    cloudformation.add_response("get_stack_policy", reply, {"StackName": stack_arn(STACK)})


def executed(target: StubbedTarget) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("describe_stack_events", {"StackEvents": []})
    cloudformation.add_response("execute_change_set", {}, {"ChangeSetName": ARN})
    stack(target, "UPDATE_IN_PROGRESS")
    events = [event_of_stack(STACK, "UPDATE_COMPLETE", 2), event_of_stack(STACK, "UPDATE_IN_PROGRESS", 1)]
    cloudformation.add_response("describe_stack_events", {"StackEvents": events})
    stack(target, "UPDATE_COMPLETE")  # its outputs
    stack(target, "UPDATE_COMPLETE")  # is it to be protected?


def test_a_planned_change_set_is_shown_executed_and_protected(target: StubbedTarget) -> None:
    stack(target, "UPDATE_COMPLETE")
    waiting(target)
    reviewed(target)
    policy(target)
    executed(target)
    request = {"StackName": stack_arn(STACK), "EnableTerminationProtection": True}
    target.stub("cloudformation").add_response("update_termination_protection", {}, request)
    context, told = context_for(target)
    report = apply(context, "deploy-1", DeployRequest(NOBODY, protection=Protection(termination=True)))
    assert report.result == "updated"
    assert "termination protection is on" in told.getvalue()
    target.assert_all_asked()


def test_a_dangerous_plan_is_refused_and_stays(target: StubbedTarget) -> None:
    stack(target, "UPDATE_COMPLETE")
    waiting(target, Replacement="True", PolicyAction="ReplaceAndDelete")
    reviewed(target)
    policy(target)
    context, _ = context_for(target)
    with pytest.raises(Refused) as caught:
        apply(context, "deploy-1", DeployRequest(NOBODY))
    assert "--yes --allow destroy,replace" in caught.value.next_step
    target.assert_all_asked()  # no delete_change_set, no execute_change_set


def test_what_the_live_policy_forbids_is_refused_whatever_the_file_says(target: StubbedTarget) -> None:
    """Neither --allow nor an environment file without protection gets it past the policy that the stack has."""
    stack(target, "UPDATE_COMPLETE")
    waiting(target, Replacement="Conditional", PolicyAction="ReplaceAndDelete")
    reviewed(target)
    policy(target, policy_text(guarded=True))
    context, _ = context_for(target)
    everything = Consent(yes=True, allowed=frozenset(DANGERS), is_somebody_there=False)
    with pytest.raises(Refused, match=r"Q \(Update:Replace\)") as caught:
        apply(context, "deploy-1", DeployRequest(everything))
    assert "--lift-protection" in caught.value.next_step
    target.assert_all_asked()


def test_a_plan_whose_code_is_gone_is_refused_before_anything_else(target: StubbedTarget) -> None:
    target.stub("s3").add_client_error("head_object", "404", http_status_code=404)
    context, _ = context_for(target)
    with pytest.raises(Refused, match=r"layers/a\.zip"):
        require_objects(context, {"ArtifactBucket": "b", "LayerKey": "layers/a.zip"})


def test_without_a_stack_there_is_no_plan(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", "does not exist")
    context, _ = context_for(target)
    with pytest.raises(Refused, match="there is no change set"):
        apply(context, "deploy-1", DeployRequest(NOBODY))


def test_a_dropped_plan_takes_its_empty_stack_with_it(target: StubbedTarget) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("describe_change_set", plan())
    cloudformation.add_response("delete_change_set", {}, {"ChangeSetName": ARN})
    stack(target, "REVIEW_IN_PROGRESS")
    cloudformation.add_response("list_change_sets", {"Summaries": []})
    cloudformation.add_response("delete_stack", {}, {"StackName": stack_arn(STACK)})
    cloudformation.add_response("list_stacks", {"StackSummaries": []})
    context, _ = context_for(target)
    assert drop(context, "deploy-1")
    target.assert_all_asked()


def test_a_plan_that_was_executed_is_not_dropped_and_that_is_no_error(target: StubbedTarget) -> None:
    """The last job of a CI run may find it either way."""
    reply = plan() | {"ExecutionStatus": "EXECUTE_FAILED"}
    target.stub("cloudformation").add_response("describe_change_set", reply)
    context, _ = context_for(target)
    assert not drop(context, "deploy-1")
    target.assert_all_asked()


@pytest.mark.parametrize(
    ("given", "tables", "wanted"),
    [({}, True, "true"), ({"DeletionProtection": "false"}, True, "false"), ({}, False, None)],
)
def test_what_the_command_says_goes_before_what_the_file_protects(
    given: dict[str, str], tables: bool, wanted: str | None
) -> None:
    assert with_protection(given, Protection(tables=tables)).get("DeletionProtection") == wanted


def test_ctrl_c_detaches_and_the_lifted_policies_are_back(target: StubbedTarget) -> None:
    """What has begun goes on without us, guarded."""
    cloudformation = target.stub("cloudformation")
    stack(target, "UPDATE_COMPLETE")
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": []})
    cloudformation.add_response("get_stack_policy", {})
    cloudformation.add_response("set_stack_policy", {})
    cloudformation.add_response("describe_stack_events", {"StackEvents": []})
    cloudformation.add_response("execute_change_set", {}, {"ChangeSetName": ARN})
    stack(target, "UPDATE_IN_PROGRESS")
    started = {"StackEvents": [event_of_stack(STACK, "UPDATE_IN_PROGRESS", 1)]}
    cloudformation.add_response("describe_stack_events", started)
    stack(target, "UPDATE_IN_PROGRESS")
    cloudformation.add_response("set_stack_policy", {})

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    context, told = context_for(target, sleep=interrupt)
    guarded = Protection(stack_policy=True)
    with (
        pytest.raises(Detached),
        protection_lifted(context, target.client("cloudformation"), guarded, lift=True),
    ):
        execute_change_set.execute(
            context, target.client("cloudformation"), ChangeSet(ARN, "deploy-1", stack_arn(STACK))
        )
    assert "stack policies are back" in told.getvalue()
    target.assert_all_asked()


def test_a_diff_of_broken_templates_is_refused_as_a_deploy_of_them_is() -> None:
    """`Fn::Sub` of a number is no template at all: cfn-lint says where, instead of a traceback of the review's."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": 7}}}
    broken = Assembly(json.dumps({"Parameters": {}, "Resources": {"Queue": queue}}), {})
    context, _ = context_for(local_target("http://127.0.0.1:1", "us-east-1"))
    with pytest.raises(Refused, match="cfn-lint refuses the templates") as caught:
        diff(context, broken, {}, DeployRequest(NOBODY))
    assert "build_template.py --check" in caught.value.next_step
