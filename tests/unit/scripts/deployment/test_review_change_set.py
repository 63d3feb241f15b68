"""The review from a change set and from templates: deployed ones, built ones, those of a plan that waits."""

import io
import json
import re
from typing import Any

import pytest
from botocore.response import StreamingBody

from scripts.cloudformation.change_sets import ChangeSet
from scripts.command_line.errors import Refused
from scripts.deployment.review_change_set import proposed_source, review_change_set, review_templates
from scripts.deployment.review_output import ReviewOutput
from scripts.review.model import Danger
from stacks.evaluation.resolved_stack import StackSource
from stacks.wiring.nested_stack import template_key
from tests.support.scripts.deployment_context import StubbedTarget, context_for, described, stubbed_target
from tests.support.scripts.stubs import ACCOUNT_ID, STARTED, change_set_arn, stack_arn, stack_resource

STACK = "payment-webhooks-dev"
NESTED = "AWS::CloudFormation::Stack"
ARN, CHILD = change_set_arn("deploy-1"), stack_arn("child")


def data(visibility: int, name: str = "queue-dev") -> dict[str, Any]:
    properties = {"QueueName": name, "VisibilityTimeout": visibility}
    return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}}


KEY = template_key("data", json.dumps(data(30)))
URL = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/${ArtifactBucket}/" + KEY}
ROOT = {
    "Parameters": {"Password": {"Type": "String", "NoEcho": True}, "ArtifactBucket": {"Type": "String"}},
    "Resources": {"Data": {"Type": NESTED, "Properties": {"TemplateURL": URL, "Parameters": {}}}},
}


def uploaded(target: StubbedTarget, template: dict[str, Any]) -> None:
    """What the bucket holds under the name of data(30)."""
    text = json.dumps(template).encode()
    reply = {"Body": StreamingBody(io.BytesIO(text), len(text)), "LastModified": STARTED}
    asked = {"Bucket": "b", "Key": KEY, "ExpectedBucketOwner": ACCOUNT_ID}
    target.stub("s3").add_response("get_object", reply, asked)


@pytest.fixture
def target() -> StubbedTarget:
    return stubbed_target()


def no_stack(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_client_error("describe_stacks", "ValidationError", "it does not exist")


def deployed(target: StubbedTarget, nested: dict[str, Any]) -> None:
    cloudformation = target.stub("cloudformation")
    cloudformation.add_response("describe_stacks", described("UPDATE_COMPLETE"))
    cloudformation.add_response("get_template", {"TemplateBody": json.dumps(ROOT)})
    resources = [
        stack_resource("Data", NESTED, CHILD),
        stack_resource("Gone", NESTED, "x", "DELETE_COMPLETE"),
    ]
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": resources})
    body = {"TemplateBody": json.dumps(nested)}
    cloudformation.add_response("get_template", body, {"StackName": CHILD, "TemplateStage": "Original"})


def new(nested: dict[str, Any]) -> StackSource:
    return StackSource(ROOT, {"Data": StackSource(nested)})


VALUES = {"Password": "hunter2-secret", "ArtifactBucket": "b"}


def test_a_first_creation_adds_and_needs_nothing(target: StubbedTarget) -> None:
    no_stack(target)
    context, _ = context_for(target)
    review = review_templates(context, new(data(30)), VALUES)
    assert (review.danger, review.needs) == (Danger.ADDS, frozenset())


def test_deployed_templates_are_compared_with_new_ones_in_nested_stacks(target: StubbedTarget) -> None:
    deployed(target, data(30))
    context, _ = context_for(target)
    review = review_templates(context, new(data(60)), VALUES)
    (change,) = review.changes
    assert (change.shown_path, change.danger) == ("Data/Queue", Danger.CHANGES)
    (changed,) = change.properties
    assert (changed.path, changed.before, changed.after) == ("VisibilityTimeout", 30, 60)
    target.assert_all_asked()


def test_a_value_that_must_not_be_shown_is_nowhere(target: StubbedTarget) -> None:
    deployed(target, data(30))
    context, output = context_for(target)
    leaking = data(30, name="queue-hunter2-secret")
    review = review_templates(context, new(leaking), VALUES)
    ReviewOutput().show(context, review)
    assert "hunter2" not in output.getvalue()
    assert "****" in output.getvalue()


def test_what_the_change_set_does_not_show_comes_from_the_templates(target: StubbedTarget) -> None:
    """The local engine, and CloudFormation on a first creation, give no change sets of nested stacks."""
    deployed(target, data(30))
    target.stub("cloudformation").add_response("describe_stacks", described("UPDATE_COMPLETE"))
    entry = {"Action": "Modify", "LogicalResourceId": "Data", "ResourceType": NESTED, "Replacement": "False"}
    page = {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": entry}]}
    change_set = ChangeSet(ARN, "deploy-1", stack_arn(STACK), {ARN: [page]}, {ARN: [page]})
    context, _ = context_for(target)
    review = review_change_set(context, change_set, new(data(30, "queue-other-dev")), VALUES)
    (change,) = review.changes
    assert (change.shown_path, change.danger) == ("Data/Queue", Danger.DESTROYS_DATA)
    assert review.needs == {"destroy", "replace"}
    assert review.notes == (
        "in nested stacks: predicted from the templates, as the change set does not show it",
    )
    assert not [reason for reason in change.reasons if "does not show" in reason]


def test_the_templates_of_a_plan_are_read_from_the_plan_and_the_bucket(target: StubbedTarget) -> None:
    request = {"StackName": stack_arn(STACK), "ChangeSetName": ARN, "TemplateStage": "Original"}
    target.stub("cloudformation").add_response("get_template", {"TemplateBody": json.dumps(ROOT)}, request)
    uploaded(target, data(30))
    context, _ = context_for(target)
    change_set = ChangeSet(ARN, "deploy-1", stack_arn(STACK), parameters={"ArtifactBucket": "b"})
    assert proposed_source(context, change_set).nested["Data"].template == data(30)
    target.assert_all_asked()


def test_a_template_that_is_not_what_its_name_says_is_refused(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_response("get_template", {"TemplateBody": json.dumps(ROOT)})
    uploaded(target, data(30, "another-queue"))
    context, _ = context_for(target)
    change_set = ChangeSet(ARN, "deploy-1", stack_arn(STACK), parameters={"ArtifactBucket": "b"})
    with pytest.raises(Refused, match="is not what was uploaded"):
        proposed_source(context, change_set)


def test_a_plan_whose_template_is_gone_is_refused(target: StubbedTarget) -> None:
    target.stub("cloudformation").add_response("get_template", {"TemplateBody": json.dumps(ROOT)})
    target.stub("s3").add_client_error("get_object", "NoSuchKey", http_status_code=404)
    context, _ = context_for(target)
    change_set = ChangeSet(ARN, "deploy-1", stack_arn(STACK), parameters={"ArtifactBucket": "b"})
    with pytest.raises(Refused, match=f"{re.escape(KEY)} of the change set is gone from b"):
        proposed_source(context, change_set)


CONFIGURATION = "/payment-webhook/dev/config"


def configuration(description: str) -> dict[str, Any]:
    properties = {"Name": CONFIGURATION, "Type": "String", "Value": "{}", "Description": description}
    return {"Resources": {"Configuration": {"Type": "AWS::SSM::Parameter", "Properties": properties}}}


def test_a_configuration_set_by_hand_is_said_to_be_written_again(target: StubbedTarget) -> None:
    deployed(target, configuration("old"))
    live = {"Parameters": [{"Name": CONFIGURATION, "Value": '{"retries": {}}'}]}
    target.stub("ssm").add_response("get_parameters", live, {"Names": [CONFIGURATION]})
    context, _ = context_for(target)
    review = review_templates(context, new(configuration("new")), VALUES)
    assert review.danger is Danger.CHANGES  # a warning: nobody is asked for more
    (note,) = review.notes
    assert note.endswith('writes the template\'s value again; until now it is: {"retries": {}}')
    target.assert_all_asked()


def test_a_value_that_may_not_be_read_stops_no_review(target: StubbedTarget) -> None:
    deployed(target, configuration("old"))
    target.stub("ssm").add_client_error("get_parameters", "AccessDeniedException")
    context, _ = context_for(target)
    (note,) = review_templates(context, new(configuration("new")), VALUES).notes
    assert note.startswith("not checked, as these credentials may not read it")


def stores() -> dict[str, Any]:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "table-dev", "KeySchema": []}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-dev"}}
    return {"Resources": {"Table": table, "Bucket": bucket, **data(30)["Resources"]}}


def test_what_goes_is_counted(target: StubbedTarget) -> None:
    deployed(target, stores())
    table = {"Table": {"ItemCount": 338}}
    target.stub("dynamodb").add_response("describe_table", table, {"TableName": "table-dev"})
    versions = {"Versions": [{"Key": "k", "VersionId": "1"}, {"Key": "k", "VersionId": "2"}]}
    target.stub("s3").add_response("list_object_versions", versions)
    context, _ = context_for(target)
    review = review_templates(context, new(data(30)), VALUES)
    said = {change.logical_id: (change.losses, change.reasons) for change in review.changes}
    items, objects = "deleted with all its items (about 338)", "deleted with all its objects (2)"
    assert said == {"Table": ((items,), (items,)), "Bucket": ((objects,), (objects,))}
    target.assert_all_asked()


def test_what_may_not_be_counted_stops_no_review(target: StubbedTarget) -> None:
    deployed(target, stores())
    target.stub("dynamodb").add_client_error("describe_table", "AccessDeniedException")
    context, _ = context_for(target)
    review = review_templates(context, new(data(30)), VALUES)
    assert {change.danger for change in review.changes} == {Danger.DESTROYS_DATA}


def test_a_review_says_of_what_and_when_it_is(target: StubbedTarget) -> None:
    deployed(target, data(30))
    context, _ = context_for(target)
    origin = review_templates(context, new(data(60)), VALUES).origin
    assert (origin["account"], origin["region"], origin["environment_file"]) == (
        ACCOUNT_ID,
        context.target.region,
        "",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", origin["time"])
    assert re.fullmatch(r"([0-9a-f]{40}|unknown)\+?", origin["commit"])
