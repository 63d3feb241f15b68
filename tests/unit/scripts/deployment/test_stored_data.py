"""Rows and objects of a stack are counted, and a bucket is emptied of every version."""

from typing import Any

import pytest

from scripts.cloudformation.live_stack import LiveResource, resources_of
from scripts.command_line.errors import Stuck
from scripts.deployment import stored_data
from stacks.names import Names
from tests.support.scripts.stubs import ACCOUNT_ID, REGION, STARTED, stack_arn, stack_resource, stubbed

STACK, CHILD = "payment-webhooks-dev", "payment-webhooks-dev-Data-1A"
BUCKET = "s3-audit-dev"
NAMES = Names("dev", ACCOUNT_ID, REGION)


def test_resources_of_nested_stacks_are_found_and_deleted_ones_left_out() -> None:
    client, stub = stubbed("cloudformation")
    nested = stack_resource("Data", "AWS::CloudFormation::Stack", stack_arn(CHILD))
    stub.add_response("list_stack_resources", {"StackResourceSummaries": [nested]}, {"StackName": STACK})
    of_child = [
        stack_resource("AuditBucket", stored_data.BUCKET, BUCKET),
        stack_resource("Gone", stored_data.BUCKET, "gone", "DELETE_COMPLETE"),
    ]
    page = {"StackResourceSummaries": of_child[:1], "NextToken": "2"}
    stub.add_response("list_stack_resources", page, {"StackName": stack_arn(CHILD)})
    page = {"StackResourceSummaries": of_child[1:]}
    stub.add_response("list_stack_resources", page, {"StackName": stack_arn(CHILD), "NextToken": "2"})
    found = list(resources_of(client, STACK))
    assert [item.physical_id for item in found] == [stack_arn(CHILD), BUCKET]
    assert {item.since for item in found} == {STARTED}


def versions(*keys: str, markers: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "Versions": [{"Key": key, "VersionId": "v1"} for key in keys],
        "DeleteMarkers": [{"Key": key, "VersionId": "v2"} for key in markers],
    }


def test_versions_and_delete_markers_go_in_batches_until_none_is_left() -> None:
    s3, stub = stubbed("s3")
    stub.add_response("list_object_versions", versions("a", "b", markers=("a",)))
    objects = [
        {"Key": "a", "VersionId": "v1"},
        {"Key": "b", "VersionId": "v1"},
        {"Key": "a", "VersionId": "v2"},
    ]
    asked = {
        "Bucket": BUCKET,
        "Delete": {"Objects": objects, "Quiet": True},
        "ExpectedBucketOwner": ACCOUNT_ID,
    }
    stub.add_response("delete_objects", {}, asked)
    stub.add_response("list_object_versions", versions("written-meanwhile"))
    stub.add_response("delete_objects", {})
    stub.add_response("list_object_versions", {})
    counts: list[int] = []
    stored_data.empty_bucket(s3, ACCOUNT_ID, BUCKET, counts.append)
    assert counts == [3, 1]
    stub.assert_no_pending_responses()


def test_an_object_that_s3_keeps_is_named() -> None:
    s3, stub = stubbed("s3")
    stub.add_response("list_object_versions", versions("a"))
    refusal = {"Key": "a", "VersionId": "v1", "Code": "AccessDenied", "Message": "object is locked"}
    stub.add_response("delete_objects", {"Errors": [refusal]})
    with pytest.raises(Stuck, match="keeps a: AccessDenied object is locked"):
        stored_data.empty_bucket(s3, ACCOUNT_ID, BUCKET)


def test_counting_a_huge_bucket_stops_early() -> None:
    s3, stub = stubbed("s3")
    for number in range(10):
        page = {**versions(*(f"k{n}" for n in range(3))), "IsTruncated": True, "NextKeyMarker": f"{number}"}
        stub.add_response("list_object_versions", {**page, "NextVersionIdMarker": "v"})
    (bucket,) = stored_data.read_buckets(
        s3, ACCOUNT_ID, [LiveResource(STACK, "B", BUCKET, stored_data.BUCKET)]
    )
    assert bucket.shown_count == "more than 30"


def test_what_an_earlier_run_deleted_is_passed_over() -> None:
    s3, stub = stubbed("s3")
    stub.add_client_error("list_object_versions", "NoSuchBucket")
    assert (
        stored_data.read_buckets(s3, ACCOUNT_ID, [LiveResource(STACK, "B", BUCKET, stored_data.BUCKET)]) == []
    )
    dynamodb, stub = stubbed("dynamodb")
    stub.add_client_error("describe_table", "ResourceNotFoundException")
    assert stored_data.read_tables(dynamodb, [LiveResource(STACK, "T", "table", stored_data.TABLE)]) == []
