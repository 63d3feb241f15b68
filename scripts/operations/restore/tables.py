"""Restores a table of DynamoDB: beside the live one, or under its own name where that is gone; and sets what a restore
leaves out.

A restore always makes a new table. Along come items, keys, indexes and encryption; stream, TTL, point-in-time recovery,
tags and deletion protection do not
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scripts.cloudformation.live_stack import read_stack, read_template, resources_of
from scripts.command_line.copyable_command import copyable
from scripts.command_line.counted import counted
from scripts.command_line.errors import NotDeployed, NotFound, Refused, UsageError
from stacks.evaluation.intrinsics import Environment, decide_conditions, evaluate
from stacks.names import Names

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTERS: Final = "analytics"  # sums: those of two times can't be merged
TABLES: Final = ("inbox", "transactions", "notifications", COUNTERS)  # as --table names them
# Before the name, which ends in the suffix: so it is the name of no environment's table.
SIDE_PREFIX: Final = "restored-"


class Plan(NamedTuple):
    """What will be restored. at: to when; None: to the last restorable time, or to the table's end.

    backup_arn: of the backup that DynamoDB made when the table was deleted; None where the table is there.
    items, size_bytes: DynamoDB's own count, some hours old.
    """

    table: str
    into: str
    at: datetime | None
    backup_arn: str | None
    items: int
    size_bytes: int

    @property
    def lines(self) -> list[str]:
        """What it means, for the person who decides."""
        to = (
            f"{self.at:%Y-%m-%dT%H:%M:%SZ}"
            if self.at
            else "the last restorable second, some five minutes ago"
        )
        if self.backup_arn:
            return [
                f"{self.table} is gone. It comes back under its own name, as it was when it was deleted.",
                f"{counted(self.items, 'item')}, {counted(self.size_bytes, 'byte')}, from {self.backup_arn}.",
                f"Then: {copyable('restore', 'settings', '--table', short_name(self.table))}",
                "and a deploy that makes its readers anew (docs/restore.md).",
            ]
        return [
            f"{self.table} as it was at {to}, into the new table {self.into}.",
            f"{counted(self.items, 'item')}, {counted(self.size_bytes, 'byte')} (DynamoDB's count, some hours old).",
            "The live table stays as it is and in use. DynamoDB takes minutes to hours; AWS promises no time.",
            "Then:",
            *(f"  {step}" for step in steps_with_side_table(self.table)),
        ]


def steps_with_side_table(table: str) -> list[str]:
    """The commands for what was restored beside the live table, in their order."""
    name = short_name(table)
    finish = copyable("restore", "finish", "--table", name)
    if name == COUNTERS:
        return [copyable("analytics", "--reconcile"), finish]
    return [
        copyable("restore", "compare", "--table", name),
        copyable("restore", "put-back", "--table", name),
        finish,
    ]


def short_name(table: str) -> str:
    """As --table takes it, e.g. `inbox`: the one whose name, without a suffix, the table's begins with."""
    unsuffixed = Names("", "", "")
    found = (name for name in TABLES if table.startswith(getattr(unsuffixed, f"{name}_table")))
    return next(found, table)


def side_table(table: str) -> str:
    return f"{SIDE_PREFIX}{table}"


def plan_restore(dynamodb: DynamoDBClient, table: str, at: datetime | None, is_latest: bool) -> Plan:
    """at: UTC. Raises UsageError, Refused and NotFound."""
    if not exists(dynamodb, table):
        return _plan_of_deleted(dynamodb, table, at)
    if (at is None) != is_latest:
        raise UsageError(f"{table} is there: say to when", "--at 2026-11-21T08:52:59 (UTC), or --latest")
    if exists(dynamodb, side_table(table)):
        raise Refused(
            f"{side_table(table)} is there already",
            "; then: ".join(steps_with_side_table(table)),
        )
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    window: Any = backups.get("PointInTimeRecoveryDescription", {})
    if window.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise Refused(
            f"{table} has no point-in-time recovery: nothing can be restored",
            "docs/restore.md, which way for which disaster",
        )
    first, last = window["EarliestRestorableDateTime"], window["LatestRestorableDateTime"]
    if at is not None and not first <= at <= last:
        raise UsageError(
            f"{table} can be restored from {first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}",
            "give --at of a second between them, or --latest",
        )
    live = dynamodb.describe_table(TableName=table)["Table"]
    counted = live.get("ItemCount", 0), live.get("TableSizeBytes", 0)
    return Plan(table, side_table(table), at, None, *counted)


def _plan_of_deleted(dynamodb: DynamoDBClient, table: str, at: datetime | None) -> Plan:
    """From the backup that DynamoDB keeps for 35 days of a table that had point-in-time recovery
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_beforeyoubegin.html).
    """
    if at is not None:
        raise UsageError(f"{table} is gone: only its end can be restored", "leave --at out")
    summaries = dynamodb.list_backups(TableName=table, BackupType="ALL")["BackupSummaries"]
    if not summaries:
        raise NotFound(f"there is neither {table} nor a backup of it", "check --suffix, --region and --local")
    newest = max(summaries, key=lambda each: each["BackupCreationDateTime"])
    found = dynamodb.describe_backup(BackupArn=newest["BackupArn"])["BackupDescription"]
    items = found.get("SourceTableDetails", {}).get("ItemCount", 0)
    return Plan(table, table, None, newest["BackupArn"], items, newest.get("BackupSizeBytes", 0))


def begin(dynamodb: DynamoDBClient, plan: Plan) -> None:
    """Ask DynamoDB for it; it goes on by itself."""
    if plan.backup_arn:
        dynamodb.restore_table_from_backup(TargetTableName=plan.into, BackupArn=plan.backup_arn)
        return
    when: Any = {"RestoreDateTime": plan.at} if plan.at else {"UseLatestRestorableTime": True}
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=plan.table,
        TargetTableName=plan.into,
        GlobalSecondaryIndexOverride=[],  # nobody queries it, and without them it is there sooner
        **when,
    )


def exists(dynamodb: DynamoDBClient, table: str) -> bool:
    try:
        dynamodb.describe_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def require_restored(dynamodb: DynamoDBClient, table: str) -> None:
    """Raises NotFound where no side table of `table` is there, NotDeployed where the table itself is not either."""
    if not exists(dynamodb, side_table(table)):
        if not exists(dynamodb, table):
            raise NotDeployed(f"table {table}")
        raise NotFound(
            f"there is no {side_table(table)}",
            f"make it: {copyable('restore', 'start', '--table', short_name(table), '--latest')}",
        )


def check_restored(dynamodb: DynamoDBClient, table: str) -> None:
    """Raises NotFound while the side table of `table` is not there or not done, Refused where it is under another key
    or has other keys than the live one.
    """
    side = side_table(table)
    require_restored(dynamodb, table)
    there, live = (dynamodb.describe_table(TableName=name)["Table"] for name in (side, table))
    if there["TableStatus"] != "ACTIVE":
        raise NotFound(f"{side} is not ready: {there['TableStatus']}", "wait, and ask again")
    for name, of in (("keys", lambda found: found["KeySchema"]), ("encryption", _key_arn)):
        if of(there) != of(live):
            raise Refused(f"{side} has other {name} than {table}", "look at it before anything is put back")


def _key_arn(description: Any) -> str:
    return str(description.get("SSEDescription", {}).get("KMSMasterKeyArn", ""))


class Setting(NamedTuple):
    """What a restore left out. `call` sets it."""

    name: str
    call: Callable[[], object]


def missing_settings(
    cloudformation: CloudFormationClient, dynamodb: DynamoDBClient, stack: str, table: str
) -> Iterator[Setting]:
    """What the deployed template says of a table and DynamoDB does not have. Raises NotDeployed."""
    properties = _properties(cloudformation, stack, table)
    live = dynamodb.describe_table(TableName=table)["Table"]
    expiry = properties.get("TimeToLiveSpecification")
    found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if expiry and found.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        yield Setting(
            "time to live",
            lambda: dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry),
        )
    recovery = properties["PointInTimeRecoverySpecification"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        yield Setting(
            "point-in-time recovery",
            lambda: dynamodb.update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification=recovery
            ),
        )
    tags = dynamodb.list_tags_of_resource(ResourceArn=live["TableArn"]).get("Tags", [])
    lacking = [tag for tag in properties["Tags"] if tag not in tags]
    if lacking:
        yield Setting("tags", lambda: dynamodb.tag_resource(ResourceArn=live["TableArn"], Tags=lacking))
    # A table takes one UpdateTable at a time.
    stream = properties.get("StreamSpecification")
    if stream and not live.get("StreamSpecification", {}).get("StreamEnabled"):
        wanted: Any = {"StreamEnabled": True, **stream}
        yield Setting("stream", lambda: dynamodb.update_table(TableName=table, StreamSpecification=wanted))
    elif properties["DeletionProtectionEnabled"] and not live.get("DeletionProtectionEnabled"):
        yield Setting(
            "deletion protection",
            lambda: dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True),
        )


def _properties(cloudformation: CloudFormationClient, stack: str, table: str) -> Any:
    """A table's properties, as deployed, with the values of parameters in them."""
    resources = resources_of(cloudformation, stack)
    resource = next((each for each in resources if each.physical_id == table), None)
    if resource is None:
        raise NotDeployed(f"table {table} in stack {stack}")
    template = read_template(cloudformation, StackName=resource.stack_id)
    environment = Environment(names=read_stack(cloudformation, resource.stack_id).parameters)
    decided = decide_conditions(template.get("Conditions", {}), environment)
    known = Environment(names=environment.names, conditions=decided)
    return evaluate(template["Resources"][resource.logical_id]["Properties"], known)
