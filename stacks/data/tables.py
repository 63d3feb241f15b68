"""DynamoDB tables with the house rules: our key, point-in-time recovery, on demand, a full stream."""

from typing import Any

from troposphere import If, NoValue, Sub, Template
from troposphere.dynamodb import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeySchema,
    PointInTimeRecoverySpecification,
    Projection,
    SSESpecification,
    StreamSpecification,
    Table,
    TimeToLiveSpecification,
    WarmThroughput,
)

from stacks import retention
from stacks.parameters.tables import DELETION_PROTECTION, WARM_THROUGHPUT


class RecoverableTable(Table):
    """On demand, recoverable to any second of the last days."""

    BillingMode = "PAY_PER_REQUEST"
    PointInTimeRecoverySpecification = PointInTimeRecoverySpecification(
        PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=retention.TABLE_BACKUPS.days
    )


class StreamedTable(RecoverableTable):
    """A table with a stream of old and new images, which serves as outbox."""

    StreamSpecification = StreamSpecification(StreamViewType="NEW_AND_OLD_IMAGES")


def streamed_table(
    template: Template,
    title: str,
    name: str,
    key_arn: Any,
    keys: tuple[str, str],
    indexes: list[GlobalSecondaryIndex],
    **properties: Any,
) -> StreamedTable:
    """A table with `keys` (partition, sort); every key attribute of table and indexes is a string."""
    rules = _house_rules(template, name, key_arn, keys, indexes)
    table = StreamedTable(title, **rules, **properties)
    for table_index in indexes:
        # An index has a throughput of its own, and a slow one holds the table back.
        table_index.WarmThroughput = rules["WarmThroughput"]
    if indexes:
        table.GlobalSecondaryIndexes = indexes
    return template.add_resource(table)


def expiring_table(
    template: Template, title: str, name: str, key_arn: Any, keys: tuple[str, str], expires_at: str
) -> RecoverableTable:
    """A table without stream or index. DynamoDB deletes an item after the time in its attribute `expires_at`."""
    rules = _house_rules(template, name, key_arn, keys, [])
    expiry = TimeToLiveSpecification(AttributeName=expires_at, Enabled=True)
    return template.add_resource(RecoverableTable(title, TimeToLiveSpecification=expiry, **rules))


def _house_rules(
    template: Template, name: str, key_arn: Any, keys: tuple[str, str], indexes: list[GlobalSecondaryIndex]
) -> dict[str, Any]:
    protected = DELETION_PROTECTION.is_true(template)
    return {
        "TableName": Sub(name),
        "KeySchema": _key_schema(*keys),
        "AttributeDefinitions": _attributes(keys, indexes),
        "SSESpecification": SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=key_arn),
        "DeletionProtectionEnabled": If(protected, True, False),
        "WarmThroughput": _warm_throughput(template),
    }


def _warm_throughput(template: Template) -> If:
    units = WARM_THROUGHPUT.ref(template)
    warm = WarmThroughput(ReadUnitsPerSecond=units, WriteUnitsPerSecond=units)
    return If(WARM_THROUGHPUT.is_given(template), warm, NoValue)


def index(
    name: str, partition: str, sort: str, projection: str = "ALL", included: tuple[str, ...] = ()
) -> GlobalSecondaryIndex:
    """An index; only items that have both attributes are in it. `included`: attributes beside the keys."""
    shown = (
        Projection(ProjectionType="INCLUDE", NonKeyAttributes=list(included))
        if included
        else Projection(ProjectionType=projection)
    )
    return GlobalSecondaryIndex(IndexName=name, KeySchema=_key_schema(partition, sort), Projection=shown)


def _key_schema(partition: str, sort: str) -> list[KeySchema]:
    return [
        KeySchema(AttributeName=partition, KeyType="HASH"),
        KeySchema(AttributeName=sort, KeyType="RANGE"),
    ]


def _attributes(keys: tuple[str, str], indexes: list[GlobalSecondaryIndex]) -> list[AttributeDefinition]:
    schemas = [_key_schema(*keys), *(table_index.KeySchema for table_index in indexes)]
    names = sorted({part.AttributeName for schema in schemas for part in schema})
    return [AttributeDefinition(AttributeName=name, AttributeType="S") for name in names]
