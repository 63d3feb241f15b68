"""Nobody puts another object in the place of an audit object, and what somebody deletes is kept for its time."""

import tomllib
from typing import Any

import pytest

from stacks.evaluation.iam_decisions import Request, allows, statements_of
from stacks.system_rules.parameter_sets import ENVIRONMENTS
from tests.support.templates.resources import resource
from tests.support.templates.role_decisions import assembled, role_may
from tests.support.templates.role_decisions import resource as resolved

CREATES, IS_A_STEP = {"s3:ObjectCreationOperation": "true"}, {"s3:ObjectCreationOperation": "false"}
CONDITIONAL = {**CREATES, "s3:if-none-match": "*"}


def _object(key: str = "changes/date=2026-11-21/minute=0853/1.jsonl.gz") -> str:
    return f"arn:aws:s3:::{resolved('AuditBucket').get('BucketName')}/{key}"


def test_an_audit_object_is_written_once_and_never_replaced() -> None:
    assert role_may("AuditLogger", "s3:PutObject", _object(), CONDITIONAL)
    assert not role_may("AuditLogger", "s3:PutObject", _object(), CREATES)


def test_one_role_alone_writes_below_each_prefix_whatever_the_rights_of_others_are() -> None:
    (policy,) = (
        each.get("PolicyDocument")
        for each in assembled().of_type("AWS::S3::BucketPolicy")
        if each.logical_id == "AuditBucketPolicy"
    )
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    account = f"arn:aws:iam::{assembled().account}:role"
    administrator = f"{account}/administrator"
    roles = {
        f"{account}/{resolved(f'{name}Role').get('RoleName')}": name
        for name in ("AuditLogger", "AuditDigest")
    }

    def writers(key: str) -> set[str]:
        return {
            roles.get(each, each)
            for each in (*roles, administrator)
            for sent in [{**CONDITIONAL, "aws:SecureTransport": "true", "aws:PrincipalArn": each}]
            if allows([everything, *statements_of(policy)], Request(each, "s3:PutObject", _object(key), sent))
        }

    assert writers("changes/date=2026-11-21/1") == writers("late/2026-11-21T08/1") == {"AuditLogger"}
    assert writers("digests/date=2026-11-21/hour=08.json") == {"AuditDigest"}
    assert administrator in writers("elsewhere")


def test_the_steps_of_a_multipart_upload_pass_and_its_completion_is_held_to_the_same() -> None:
    assert role_may("AuditLogger", "s3:PutObject", _object(), IS_A_STEP)
    assert not role_may("AuditLogger", "s3:PutObject", _object(), CREATES)


@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:GetObject",
    ],
)
def test_who_writes_the_audit_neither_reads_nor_deletes_it_nor_changes_its_lock(action: str) -> None:
    assert not role_may("AuditLogger", action, _object(), CONDITIONAL)


def test_old_versions_of_audit_objects_are_kept_as_long_as_the_audit() -> None:
    (rule,) = resource("data", "AuditBucket")["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": {"Ref": "AuditRetentionDays"}}
    assert rule["ExpirationInDays"] == {"Ref": "AuditRetentionDays"}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize(
    ("parameter_set", "lock"),
    [
        ("defaults", None),
        (
            "production in a private network",
            {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}},
            },
        ),
    ],
)
def test_production_locks_audit_objects_for_as_long_as_they_are_kept(parameter_set: str, lock: Any) -> None:
    bucket = resolved("AuditBucket", parameter_set)
    assert bucket.get("ObjectLockConfiguration") == lock
    assert bucket.get("ObjectLockEnabled") is (True if lock else None)


def test_no_other_bucket_has_a_lock() -> None:
    for title in ("PayloadBucket", "ArchiveBucket", "FailuresBucket", "AccessLogBucket"):
        assert resolved(title).get("ObjectLockEnabled") is None


def test_every_file_of_production_locks_them_as_a_lock_can_not_be_taken_back() -> None:
    files = {path.stem: tomllib.loads(path.read_text())["parameters"] for path in ENVIRONMENTS.glob("*.toml")}
    production = {name for name, given in files.items() if given.get("CostCenter") == "payments-production"}
    locked = {name for name, given in files.items() if given.get("AuditObjectLock") == "governance"}
    assert locked == production == {"prod", "black-friday"}
