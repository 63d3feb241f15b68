"""Creates and checks the bucket for templates, layer and code: one for an account and region."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from scripts.artifacts.uploads import USED
from scripts.command_line.errors import Refused, UsageError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# Years for which the bucket has rules: whoever deploys needs no right to write rules on a New Year's Day.
_YEARS: Final = range(2026, 2046)
# What somebody put something else over stays readable by its version, which is what a roll-back asks for.
_OLD_VERSIONS_DAYS: Final = 365
_LEFTOVERS: Final[Any] = {
    "ID": "leftovers",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    "NoncurrentVersionExpiration": {"NoncurrentDays": _OLD_VERSIONS_DAYS},
}
# By the account's own key for S3: a key of a stack would go when its environment is destroyed.
_ENCRYPTION: Final[Any] = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
    "BucketKeyEnabled": True,
}


def _expiry(year: int) -> Any:
    """What was used last in that year expires when a whole year has passed: each deploy tags what it needs and what it
    may have to roll back to. By a date, as S3 counts days from the upload.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """
    return {
        "ID": f"{USED}-{year}",
        "Status": "Enabled",
        "Filter": {"Tag": {"Key": USED, "Value": str(year)}},
        "Expiration": {"Date": datetime(year + 2, 1, 1, tzinfo=UTC)},
    }


_RULES: Final[Any] = [_LEFTOVERS, *map(_expiry, _YEARS)]
_CLOSED: Final[Any] = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


def ensure_bucket(s3: "S3Client", name: str, account_id: str, region: str, partition: str = "aws") -> bool:
    """Create the bucket, or finish its creation; True when it was not ready before.

    Encrypted, versioned, closed to the public and to plain http. Raises Refused when somebody else has the
    name.
    """
    if not _exists(s3, name, account_id):
        _create(s3, name, region)
    owned: dict[str, Any] = {"Bucket": name, "ExpectedBucketOwner": account_id}
    # Versioning is turned on last: a bucket without it is one whose making was interrupted.
    if s3.get_bucket_versioning(**owned).get("Status") == "Enabled":
        return False
    s3.put_public_access_block(**owned, PublicAccessBlockConfiguration=_CLOSED)
    s3.put_bucket_encryption(**owned, ServerSideEncryptionConfiguration={"Rules": [_ENCRYPTION]})
    s3.put_bucket_policy(**owned, Policy=json.dumps(_tls_only_policy(name, partition)))
    s3.put_bucket_lifecycle_configuration(**owned, LifecycleConfiguration={"Rules": _RULES})
    s3.put_bucket_tagging(**owned, Tagging={"TagSet": [{"Key": "Project", "Value": "payment-webhooks"}]})
    s3.put_bucket_versioning(**owned, VersioningConfiguration={"Status": "Enabled"})
    return True


def renew_expiry(s3: "S3Client", name: str, account_id: str) -> bool:
    """Set today's rules of expiry on a bucket that an earlier version of this tool made; True when it had another.

    Never for a bucket given by --artifact-bucket.
    """
    owned: dict[str, Any] = {"Bucket": name, "ExpectedBucketOwner": account_id}
    try:
        rules: Any = s3.get_bucket_lifecycle_configuration(**owned).get("Rules", [])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    if sorted(map(_core, rules)) == sorted(map(_core, _RULES)):
        return False
    s3.put_bucket_lifecycle_configuration(**owned, LifecycleConfiguration={"Rules": _RULES})
    return True


def _core(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a rule says, in whichever form: S3 also takes and gives an empty prefix as no filter, or outside of it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
    """
    filters = {name: value for name, value in rule.get("Filter", {}).items() if value}
    times = (
        rule.get("Expiration", {}).get("Days"),
        rule.get("Expiration", {}).get("Date"),
        rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
        rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
    )
    said = (rule.get("ID"), rule.get("Status"), filters or rule.get("Prefix") or None, *times)
    return tuple(map(str, said))


def require_bucket(s3: "S3Client", name: str, account_id: str, region: str) -> None:
    """Raise UsageError unless a bucket given by --artifact-bucket exists and lies in `region`, Refused unless it is the
    account's own.
    """
    if not _exists(s3, name, account_id):
        raise UsageError(f"there is no bucket {name}", "make it, or leave out --artifact-bucket")
    place = s3.get_bucket_location(Bucket=name, ExpectedBucketOwner=account_id).get("LocationConstraint")
    if (place or "us-east-1") != region:
        raise UsageError(
            f"the bucket {name} lies in {place}, not in {region}: Lambda needs its code there",
            f"give one of {region}, or leave out --artifact-bucket",
        )


def _exists(s3: "S3Client", name: str, account_id: str) -> bool:
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=account_id)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            return False
        if status == 403:
            raise Refused(
                f"the bucket {name} belongs to another account, or these credentials may not use it",
                "check the credentials' rights on s3; nothing was uploaded",
            ) from error
        raise
    return True


def _create(s3: "S3Client", name: str, region: str) -> None:
    # us-east-1 is the one region that refuses its own name as a location constraint.
    place: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(
            Bucket=name, ObjectOwnership="BucketOwnerEnforced", **({} if region == "us-east-1" else place)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":  # another deploy was faster
            raise


def _tls_only_policy(name: str, partition: str) -> dict[str, Any]:
    bucket = f"arn:{partition}:s3:::{name}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
