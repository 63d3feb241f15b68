"""The bucket of artifacts: made on first use, ours alone, and what one brings along."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY

from scripts.artifacts.bucket import ensure_bucket, renew_expiry, require_bucket
from scripts.command_line.errors import Refused, UsageError
from stacks.names import Names
from tests.support.scripts.stubs import ACCOUNT_ID, REGION, stubbed

BUCKET = Names("", ACCOUNT_ID, REGION).artifact_bucket
OWNED = {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT_ID}


def rules(leftovers_days: int = 365) -> dict[str, Any]:
    """What was last used in 2026 expires at the end of 2027, and so on."""
    of_years = [
        {
            "ID": f"used-{year}",
            "Status": "Enabled",
            "Filter": {"Tag": {"Key": "used", "Value": str(year)}},
            "Expiration": {"Date": datetime(year + 2, 1, 1, tzinfo=UTC)},
        }
        for year in range(2026, 2046)
    ]
    leftovers = {
        "ID": "leftovers",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "NoncurrentVersionExpiration": {"NoncurrentDays": leftovers_days},
    }
    return {"Rules": [leftovers, *of_years]}


def test_the_expiry_of_our_own_bucket_follows_the_tool() -> None:
    s3, stub = stubbed("s3")
    stub.add_response("get_bucket_lifecycle_configuration", rules(30), OWNED)
    wanted = {**OWNED, "LifecycleConfiguration": rules()}
    stub.add_response("put_bucket_lifecycle_configuration", {}, wanted)
    assert renew_expiry(s3, BUCKET, ACCOUNT_ID)
    stub.add_client_error("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
    stub.add_response("put_bucket_lifecycle_configuration", {}, wanted)
    assert renew_expiry(s3, BUCKET, ACCOUNT_ID)
    stub.add_response("get_bucket_lifecycle_configuration", {"Rules": rules()["Rules"][::-1]}, OWNED)
    assert not renew_expiry(s3, BUCKET, ACCOUNT_ID)
    stub.assert_no_pending_responses()


EVERYTHING: tuple[Any, ...] = (
    {"Filter": {"Prefix": ""}},
    {"Filter": {}},
    {"Prefix": ""},
    {"Filter": {}, "Prefix": ""},
)
PARTS: tuple[Any, ...] = (
    {"Filter": {"Prefix": "a/"}},
    {"Prefix": "a/"},
    {"Filter": {"Tag": {"Key": "a", "Value": "b"}}},
)


@pytest.mark.parametrize(
    ("form", "is_renewed"),
    [*((form, False) for form in EVERYTHING), *((form, True) for form in PARTS)],
    ids=str,
)
def test_each_form_in_which_s3_may_tell_the_rule_is_the_same_rule(form: Any, is_renewed: bool) -> None:
    s3, stub = stubbed("s3")
    rule, *others = rules()["Rules"]
    told = {name: value for name, value in rule.items() if name != "Filter"} | form
    stub.add_response("get_bucket_lifecycle_configuration", {"Rules": [told, *others]}, OWNED)
    if is_renewed:
        stub.add_response("put_bucket_lifecycle_configuration", {})
    assert renew_expiry(s3, BUCKET, ACCOUNT_ID) is is_renewed
    stub.assert_no_pending_responses()


def test_a_bucket_that_is_ready_is_left_alone() -> None:
    s3, stub = stubbed("s3")
    stub.add_response("head_bucket", {}, OWNED)
    stub.add_response("get_bucket_versioning", {"Status": "Enabled"}, OWNED)
    assert ensure_bucket(s3, BUCKET, ACCOUNT_ID, REGION) is False
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("exists", [False, True])
def test_a_bucket_is_made_or_an_interrupted_making_finished(exists: bool) -> None:
    s3, stub = stubbed("s3")
    if exists:
        stub.add_response("head_bucket", {}, OWNED)
    else:
        stub.add_client_error("head_bucket", "404", http_status_code=404, expected_params=OWNED)
        stub.add_response(
            "create_bucket",
            {},
            {
                "Bucket": BUCKET,
                "ObjectOwnership": "BucketOwnerEnforced",
                "CreateBucketConfiguration": {"LocationConstraint": REGION},
            },
        )
    stub.add_response("get_bucket_versioning", {}, OWNED)
    blocked = dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    stub.add_response("put_public_access_block", {}, {**OWNED, "PublicAccessBlockConfiguration": blocked})
    stub.add_response("put_bucket_encryption", {}, {**OWNED, "ServerSideEncryptionConfiguration": ANY})
    stub.add_response("put_bucket_policy", {}, {**OWNED, "Policy": DeniesPlainHttp()})
    stub.add_response("put_bucket_lifecycle_configuration", {}, {**OWNED, "LifecycleConfiguration": ANY})
    stub.add_response("put_bucket_tagging", {}, {**OWNED, "Tagging": ANY})
    stub.add_response(
        "put_bucket_versioning", {}, {**OWNED, "VersioningConfiguration": {"Status": "Enabled"}}
    )
    assert ensure_bucket(s3, BUCKET, ACCOUNT_ID, REGION) is True
    stub.assert_no_pending_responses()


class DeniesPlainHttp:
    """Equal to any policy text that denies everything without TLS, on the bucket and on what is in it."""

    def __eq__(self, other: object) -> bool:
        (statement,) = json.loads(str(other))["Statement"]
        return bool(
            statement["Effect"] == "Deny"
            and statement["Principal"] == "*"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            and statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        )

    def __hash__(self) -> int:
        return 0


def test_somebody_elses_bucket_is_refused() -> None:
    s3, stub = stubbed("s3")
    stub.add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(Refused, match="belongs to another account"):
        ensure_bucket(s3, BUCKET, ACCOUNT_ID, REGION)


def test_the_first_region_gets_no_location_constraint() -> None:
    s3, stub = stubbed("s3")
    stub.add_client_error("head_bucket", "404", http_status_code=404)
    stub.add_response("create_bucket", {}, {"Bucket": BUCKET, "ObjectOwnership": "BucketOwnerEnforced"})
    stub.add_response("get_bucket_versioning", {"Status": "Enabled"})
    ensure_bucket(s3, BUCKET, ACCOUNT_ID, "us-east-1")
    stub.assert_no_pending_responses()


def test_a_bucket_name_fits_in_every_region() -> None:
    assert len(Names("", ACCOUNT_ID, "ap-southeast-99").artifact_bucket) <= 63


@pytest.mark.parametrize(("place", "region"), [(None, "us-east-1"), (REGION, REGION)])
def test_a_bucket_brought_along_must_lie_in_the_region(place: str | None, region: str) -> None:
    s3, stub = stubbed("s3")
    reply = {"LocationConstraint": place} if place else {}
    for _ in range(2):
        stub.add_response("head_bucket", {}, OWNED)
        stub.add_response("get_bucket_location", reply, OWNED)
    require_bucket(s3, BUCKET, ACCOUNT_ID, region)
    with pytest.raises(UsageError, match="ap-south-1"):
        require_bucket(s3, BUCKET, ACCOUNT_ID, "ap-south-1")


def test_a_bucket_brought_along_must_exist() -> None:
    s3, stub = stubbed("s3")
    stub.add_client_error("head_bucket", "404", http_status_code=404)
    with pytest.raises(UsageError, match="there is no bucket"):
        require_bucket(s3, BUCKET, ACCOUNT_ID, REGION)
