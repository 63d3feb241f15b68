"""What only gets another logical id, or moves to another nested stack, is told as that, with the way that keeps it."""

import json
from typing import Any

import pytest

from scripts.review.model import Danger, Review
from scripts.review.renames import REFUSED_TYPES, rename_notes
from scripts.review.render.json_document import review_document
from scripts.review.replacement import facts_of, schema_folder
from scripts.review.template_diff import diff_templates
from stacks.evaluation.resolved_stack import StackSource, resolve_stack
from tests.support.scripts.prepared_changes import system, system_changes, system_review_of

FACTS_OF = facts_of(schema_folder(), "us-east-1")
QUEUE = "AWS::SQS::Queue"


def reviewed(before: dict[str, Any], after: dict[str, Any]) -> Review:
    old, new = (resolve_stack(StackSource({"Resources": side}), {}) for side in (before, after))
    return diff_templates("dev", old, new, FACTS_OF)


def queue(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": QUEUE, "Properties": {"QueueName": name, **more}}


def reader(of: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": {"Fn::GetAtt": [of, "Arn"]}}
    document = {"Statement": [statement]}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}


def test_a_rename_is_told_and_what_follows_widens_nothing() -> None:
    review = reviewed({"Old": queue("q"), "P": reader("Old")}, {"New": queue("q"), "P": reader("New")})
    assert [(one.before, one.after) for one in review.renames] == [("Old", "New")]
    (policy,) = [change for change in review.changes if change.logical_id == "P"]
    assert (policy.danger, policy.access) == (Danger.CHANGES, ())
    notes = " ".join(rename_notes(review.renames))
    assert "Old → New: renamed, otherwise the same" in notes
    assert "aws cloudformation create-stack-refactor" in notes


def test_another_property_is_no_rename_and_of_several_alike_none_is_guessed() -> None:
    assert not reviewed({"Old": queue("q")}, {"New": queue("q", DelaySeconds=1)}).renames
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    assert not reviewed({"A": topic, "B": topic}, {"C": topic, "D": topic}).renames


@pytest.mark.fact("R9014")
def test_a_nested_stack_that_is_renamed_is_one_sentence_with_what_a_refactoring_refuses() -> None:
    by_name = {change.name: change for change in system_changes()}
    review = system_review_of(by_name["15-stack-renamed"], FACTS_OF)
    first, way = rename_notes(review.renames)
    assert first == f"Messaging → Queues: {len(review.renames)} resources move, otherwise the same"
    assert len(review.renames) > 20
    assert "with the stack policies off" in way
    ours = {one["Type"] for template in system().values() for one in template["Resources"].values()}
    assert ours >= REFUSED_TYPES
    method = {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "GET"}}
    (_, way) = rename_notes(reviewed({"A": method}, {"B": method}).renames)
    assert "not for ApiGateway::Method" in way


def test_json_has_the_renames() -> None:
    document = json.loads(json.dumps(review_document(reviewed({"Old": queue("q")}, {"New": queue("q")}))))
    assert document["renames"] == [{"resource_type": QUEUE, "before": "Old", "after": "New"}]
    assert list(document["will_fail"]) == ["New"]
