"""Attacks on the audit bucket of a deployed system, by who may write all of it; the engine enforces its policy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.command_line.errors import Stuck
from scripts.deployment.stored_data import empty_bucket
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import unique, user_with
from tests.support.system.system import System


@pytest.fixture
def writer(aws: Clients, system: System) -> Iterator[Any]:
    """A client of S3 that may write objects of the audit bucket, more than the audit logger may."""
    arn = f"arn:aws:s3:::{system.names.audit_bucket}"
    user = user_with(
        aws, {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": f"{arn}/*"}
    )
    yield user("s3")
    user.close()


def _multipart(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    """An upload that lacks its completion."""
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"forged")
    return {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}


ATTACKS: dict[str, Callable[[Any, str, str], Any]] = {
    "a plain PUT": lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=b'{"clean":true}'),
    "a PUT to who has not read it": lambda s3, bucket, key: s3.put_object(
        Bucket=bucket, Key=key, Body=b"forged", IfNoneMatch="*"
    ),
    "a copy": lambda s3, bucket, key: s3.copy_object(
        Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": f"other-{key}"}
    ),
    "an upload in parts": lambda s3, bucket, key: s3.complete_multipart_upload(**_multipart(s3, bucket, key)),
    "one in parts to who has not read it": lambda s3, bucket, key: s3.complete_multipart_upload(
        **_multipart(s3, bucket, key), IfNoneMatch="*"
    ),
}


@pytest.mark.parametrize("prefix", ["changes", "late", "digests"])
def test_nobody_else_writes_below_the_prefixes_of_audit_logger_and_audit_digest(
    writer: Any, system: System, prefix: str
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        writer.put_object(
            Bucket=system.names.audit_bucket, Key=f"{prefix}/{unique('new')}", Body=b"forged", IfNoneMatch="*"
        )


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_takes_the_place_of_an_audit_object(
    writer: Any, aws: Clients, system: System, attack: str
) -> None:
    bucket, key = system.names.audit_bucket, unique("kept")
    for each in (key, f"other-{key}"):
        writer.put_object(Bucket=bucket, Key=each, Body=b"true", IfNoneMatch="*")
    with pytest.raises(ClientError, match=r"AccessDenied|PreconditionFailed"):
        ATTACKS[attack](writer, bucket, key)
    versions = aws("s3").list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert len(versions) == 1
    assert aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"true"


def test_an_upload_in_parts_of_a_new_object_passes(writer: Any, system: System) -> None:
    upload = _multipart(writer, system.names.audit_bucket, unique("large"))
    writer.complete_multipart_upload(**upload, IfNoneMatch="*")


def test_a_bucket_with_locked_objects_is_emptied_by_bypass_alone(aws: Clients, system: System) -> None:
    s3, bucket, account = aws("s3"), unique("locked"), system.names.account
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    s3.put_object(Bucket=bucket, Key="a", Body=b"kept")
    with pytest.raises(Stuck, match=f"{bucket} keeps a: AccessDenied"):
        empty_bucket(s3, account, bucket)
    empty_bucket(s3, account, bucket, bypass_lock=True)
    s3.delete_bucket(Bucket=bucket)
