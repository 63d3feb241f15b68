"""Counts the rows and objects that a deletion loses, and empties versioned buckets."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from scripts.cloudformation.live_stack import LiveResource
from scripts.command_line.counted import counted
from scripts.command_line.errors import Stuck

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

BUCKET: Final = "AWS::S3::Bucket"
TABLE: Final = "AWS::DynamoDB::Table"
_COUNTED_PAGES: Final = (
    10  # of 1,000 each: to count millions of objects would take longer than to read the answer
)


@dataclass(frozen=True)
class Table:
    """`items` is DynamoDB's own count, some hours old."""

    name: str
    items: int
    is_protected: bool


@dataclass(frozen=True)
class Bucket:
    """`versions` counts versions and delete markers; there are more when `is_count_cut`."""

    name: str
    versions: int
    is_count_cut: bool

    @property
    def shown_count(self) -> str:
        return f"more than {self.versions:,}" if self.is_count_cut else f"{self.versions:,}"

    @property
    def shown_objects(self) -> str:
        least = "more than " if self.is_count_cut else ""
        return f"{least}{counted(self.versions, 'object')}, all versions"


def read_tables(dynamodb: "DynamoDBClient", resources: Iterable[LiveResource]) -> list[Table]:
    """The tables among `resources` that still exist."""
    tables = []
    for name in _physical_ids(resources, TABLE):
        try:
            table = dynamodb.describe_table(TableName=name)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            continue  # deleted by an earlier run
        tables.append(Table(name, table.get("ItemCount", 0), table.get("DeletionProtectionEnabled", False)))
    return tables


def read_buckets(s3: "S3Client", account_id: str, resources: Iterable[LiveResource]) -> list[Bucket]:
    """The buckets among `resources` that still exist, with how much is in them."""
    buckets = []
    for name in _physical_ids(resources, BUCKET):
        try:
            buckets.append(_count(s3, account_id, name))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
    return buckets


def locked_buckets(s3: "S3Client", account_id: str, buckets: Iterable[Bucket]) -> frozenset[str]:
    """Names of the buckets with Object Lock."""
    locked = set()
    for bucket in buckets:
        try:
            s3.get_object_lock_configuration(Bucket=bucket.name, ExpectedBucketOwner=account_id)
            locked.add(bucket.name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
                raise
    return frozenset(locked)


def empty_bucket(
    s3: "S3Client",
    account_id: str,
    name: str,
    deleted: Callable[[int], None] = lambda count: None,
    *,
    bypass_lock: bool = False,
) -> None:
    """Delete every version and delete marker; `deleted` is told how many after each batch.

    bypass_lock: also what Object Lock keeps in governance mode. May be interrupted and called again. Raises Stuck when
    S3 keeps an object (another lock, a denying policy).
    """
    lock: Any = {"BypassGovernanceRetention": True} if bypass_lock else {}
    # Always the first page anew: a listing that goes on while its objects disappear may skip some.
    while batch := next(_pages(s3, account_id, name)):
        answer = s3.delete_objects(
            Bucket=name, Delete={"Objects": batch, "Quiet": True}, ExpectedBucketOwner=account_id, **lock
        )
        for error in answer.get("Errors", []):
            raise Stuck(
                f"{name} keeps {error.get('Key')}: {error.get('Code')} {error.get('Message')}",
                "lift the lock or the policy that keeps it (for Object Lock in governance mode: the right "
                "s3:BypassGovernanceRetention, which destroy's policy has), then run the same command again",
            )
        deleted(len(batch))


def _count(s3: "S3Client", account_id: str, name: str) -> Bucket:
    versions = 0
    for number, page in enumerate(_pages(s3, account_id, name), start=1):
        versions += len(page)
        if number == _COUNTED_PAGES:
            return Bucket(name, versions, is_count_cut=True)
    return Bucket(name, versions, is_count_cut=False)


def _pages(s3: "S3Client", account_id: str, name: str) -> Iterator[list[Any]]:
    """Pages of at most 1,000 versions and delete markers, which is also the most that one deletion takes."""
    paginator = s3.get_paginator("list_object_versions")
    for page in paginator.paginate(Bucket=name, ExpectedBucketOwner=account_id):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        yield [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]


def _physical_ids(resources: Iterable[LiveResource], resource_type: str) -> list[str]:
    return sorted(resource.physical_id for resource in resources if resource.resource_type == resource_type)
