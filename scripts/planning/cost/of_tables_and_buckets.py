"""DynamoDB and S3: what a million webhooks cost to write, to read and to keep."""

from collections.abc import Iterator, Mapping
from functools import partial
from math import inf
from typing import Any, Final

from payment_webhooks import contract
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.of_archive import archive_table_lines, archived_objects
from scripts.planning.cost.usage import DAYS_PER_MONTH, GB, MILLION, Usage
from scripts.planning.dynamodb_units import read_units, stored_bytes, write_units
from scripts.planning.recorded_calls import INBOX, LEDGER, Work, Write
from stacks.evaluation.resolved_stack import Resource

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html: each
# object in Glacier takes 32 KB more there, and 8 KB in Standard.
GLACIER_OVERHEAD_BYTES: Final = 32 * 1024
STANDARD_OVERHEAD_BYTES: Final = 8 * 1024
GLACIER: Final = "GLACIER"


def table_lines(usage: Usage, table: Resource) -> Iterator[Line | Unpriced]:
    role, name = usage.system.role_of(table), str(table)
    if role is None:
        yield Unpriced(name, table.type, "what a webhook writes there is not known")
        return
    if table.get("BillingMode") != "PAY_PER_REQUEST":
        yield Unpriced(name, table.type, "provisioned throughput is paid by the hour")
        return
    if table.get("WarmThroughput"):
        yield Unpriced(name, table.type, "warm throughput is paid once, when it is raised")
    yield from _write_lines(usage, table, role)
    if role in (INBOX, LEDGER):
        yield from archive_table_lines(usage, table, role)
    reads = usage.workload.mean(lambda work: read_units([each for each in work.reads if each.table == role]))
    yield Line(name, "reads", MILLION * reads, usage.price("dynamodb.read_unit"), how="strongly consistent")
    kept = MILLION * usage.workload.mean(lambda work: _kept_bytes(table, role, work)) / GB
    yield Line(name, "storage", kept, usage.price("dynamodb.storage"), Span.KEPT, "with index entries")
    if table.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"):
        backup = usage.price("dynamodb.point_in_time_recovery")
        yield Line(name, "point-in-time recovery", kept, backup, Span.KEPT)


def _write_lines(usage: Usage, table: Resource, role: str) -> Iterator[Line]:
    """To the table, a refused redelivery too, and to each index."""
    price, name = usage.price("dynamodb.write_unit"), str(table)
    mean = usage.workload.mean
    written = MILLION * mean(lambda work: write_units(table, work.writes_to(role)).table)
    yield Line(name, "writes", written, price, how="a transaction counts twice")
    refused = usage.duplicates * mean(lambda work: write_units(table, _received(work, role)).table)
    yield Line(
        name, "refused writes of redeliveries", refused, price, how="a condition that fails is a write"
    )
    for index in table.get("GlobalSecondaryIndexes") or ():
        of_index = partial(_index_units, table, role, index["IndexName"])
        yield Line(name, f"writes to {index['IndexName']}", MILLION * mean(of_index), price)


def _index_units(table: Resource, role: str, index: str, work: Work) -> float:
    return write_units(table, work.writes_to(role)).indexes[index]


def _received(work: Work, role: str) -> list[Write]:
    return [each for each in work.receiver if isinstance(each, Write) and each.table == role]


def _kept_bytes(table: Resource, role: str, work: Work) -> int:
    """Each item as it is in the end."""
    keys = [part["AttributeName"] for part in table.get("KeySchema")]
    last = {tuple(write.after[key]["S"] for key in keys): write.after for write in work.writes_to(role)}
    return sum(stored_bytes(table, item) for item in last.values())


def bucket_lines(usage: Usage, bucket: Resource) -> Iterator[Line | Unpriced]:
    """The audit bucket and the archive by the life of their objects; the others only take what is out of the usual."""
    name = str(bucket)
    if _is_named(usage, bucket, contract.ENV_ARCHIVE_BUCKET):
        objects, size = archived_objects(usage)
        yield from _life_lines(usage, bucket, objects, size, "gzip to a quarter, assumed; ")
        return
    if not _is_named(usage, bucket, contract.ENV_AUDIT_BUCKET):
        payload = _is_named(usage, bucket, contract.ENV_PAYLOAD_BUCKET)
        reason = (
            "only bodies too long for a row go there" if payload else "logs and failures; no count is known"
        )
        yield Unpriced(name, bucket.type, reason)
        return
    objects, size = MILLION * usage.workload.audit_objects, MILLION * usage.workload.audit_bytes
    yield from _life_lines(usage, bucket, objects, size)


def _life_lines(usage: Usage, bucket: Resource, objects: float, size: float, how: str = "") -> Iterator[Line]:
    """From the writing of these objects to their end."""
    name = str(bucket)
    yield Line(name, "objects written", objects, usage.price("s3.put"))
    rule = _retention(bucket)
    kept_days = float(rule.get("ExpirationInDays", 0))
    hot_days = _days_until_glacier(bucket, rule)
    yield Line(
        *(name, "kept at hand", size / GB * min(hot_days, kept_days) / DAYS_PER_MONTH),
        usage.price("s3.storage"),
        how=f"{how}{min(hot_days, kept_days):g} days",
    )
    if hot_days < kept_days:
        yield from _glacier_lines(usage, name, objects, size, (kept_days - hot_days) / DAYS_PER_MONTH)


def _glacier_lines(usage: Usage, name: str, objects: float, size: float, months: float) -> Iterator[Line]:
    yield Line(name, "objects moved to Glacier", objects, usage.price("s3.glacier_transition"))
    moved = (size + objects * GLACIER_OVERHEAD_BYTES) / GB * months
    names = objects * STANDARD_OVERHEAD_BYTES / GB * months
    yield Line(name, "kept in Glacier", moved, usage.price("s3.glacier_storage"), how="32 KB more an object")
    yield Line(name, "their names at hand", names, usage.price("s3.storage"), how="8 KB an object")


def _days_until_glacier(bucket: Resource, rule: Mapping[str, Any]) -> float:
    """Endless where nothing moves: by default S3 leaves objects under 128 KB, so every audit object, at hand."""
    size = bucket.get("LifecycleConfiguration", "TransitionDefaultMinimumObjectSize")
    days = [
        float(each["TransitionInDays"])
        for each in rule.get("Transitions", ())
        if each["StorageClass"] == GLACIER and size == "varies_by_storage_class"
    ]
    return min(days, default=inf)


def _retention(bucket: Resource) -> Mapping[str, Any]:
    rules = bucket.get("LifecycleConfiguration", "Rules") or [{}]
    first: Mapping[str, Any] = next((rule for rule in rules if "ExpirationInDays" in rule), {})
    return first


def _is_named(usage: Usage, bucket: Resource, variable: str) -> bool:
    return any(usage.system.named(function, variable) == bucket for function in usage.functions())
