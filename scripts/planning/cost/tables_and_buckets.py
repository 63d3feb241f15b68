"""Bill of DynamoDB and S3: a million webhooks written, read, archived and stored."""

from collections.abc import Iterator, Mapping
from functools import partial
from math import inf
from typing import Any, Final

from payment_webhooks import contract
from scripts.planning.cost.bill import Line, Span, Unpriced
from scripts.planning.cost.usage import DAYS_PER_MONTH, GB, HOURS_PER_MONTH, MILLION, Usage, unpriced
from scripts.planning.dynamodb_units import read_units, stored_bytes, write_units
from scripts.planning.recorded_calls import (
    COMPRESSED_TO,
    INBOX,
    LEDGER,
    OBJECTS_PER_ITEM,
    Read,
    Work,
    record_archival,
)
from stacks.evaluation.resolved_stack import Resource

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html: each
# object in Glacier takes 32 KB more there, and 8 KB in Standard.
# S3 user guide, "Transitioning objects": smaller ones stay, unless the rule says otherwise.
GLACIER_MINIMUM_BYTES: Final = 128 * 1024
GLACIER_OVERHEAD_BYTES: Final = 32 * 1024
STANDARD_OVERHEAD_BYTES: Final = 8 * 1024
GLACIER: Final = "GLACIER"
COMPRESSED_NOTE: Final = "gzip to a quarter, assumed; "
ARCHIVED_PER_WEBHOOK: Final = 2  # itself, and its payment
# Of an audit object, as measured: with its own hour, two before it and half an hour after it; and its
# place in the list, compressed.
LISTINGS_OF_AN_OBJECT: Final = 3.5
OBJECTS_A_LISTING: Final = 1000
LISTED_BYTES: Final = 42
DIGEST_REQUESTS: Final = (
    3 + 2 + 4
)  # of an hour: listings; list and digest; the digest before it again, by each run


def table_lines(usage: Usage, table: Resource) -> Iterator[Line | Unpriced]:
    role = usage.deployment.role_of(table)
    if role is None:
        yield unpriced(table, "what a webhook writes there is not known")
        return
    if table.get("BillingMode") != "PAY_PER_REQUEST":
        yield unpriced(table, "provisioned throughput is paid by the hour")
        return
    if table.get("WarmThroughput"):
        yield unpriced(table, "warm throughput is paid once, when it is raised")
    yield from _write_lines(usage, table, role)
    if role in (INBOX, LEDGER):
        yield from _archiver_lines(usage, table, role)
    if role == INBOX:
        yield from _reconciler_lines(usage, table, role)
    reads = MILLION * usage.workload.mean(lambda work: read_units(work.calls.reads_of(role)))
    yield usage.line(table, "reads", reads, "dynamodb.read_unit", note="strongly consistent")
    stored = MILLION * usage.workload.mean(lambda work: _stored_bytes(table, role, work)) / GB
    yield usage.line(table, "storage", stored, "dynamodb.storage", Span.STORAGE, "with index entries")
    if table.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"):
        price = "dynamodb.point_in_time_recovery"
        yield usage.line(table, "point-in-time recovery", stored, price, Span.STORAGE)


def _write_lines(usage: Usage, table: Resource, role: str) -> Iterator[Line]:
    """To the table, a refused redelivery too, and to each index."""
    price, mean = "dynamodb.write_unit", usage.workload.mean
    units = MILLION * mean(lambda work: write_units(table, work.calls.writes_to(role)).table)
    yield usage.line(table, "writes", units, price, note="a transaction counts twice")
    refused = usage.duplicates * mean(lambda work: write_units(table, work.receiver.writes_to(role)).table)
    note = "a condition that fails is a write"
    yield usage.line(table, "refused writes of redeliveries", refused, price, note=note)
    for index in table.get("GlobalSecondaryIndexes") or ():
        units = MILLION * mean(partial(_index_units, table, role, index["IndexName"]))
        yield usage.line(table, f"writes to {index['IndexName']}", units, price)


def _archiver_lines(usage: Usage, table: Resource, role: str) -> Iterator[Line]:
    """Reads and writes of the archiver; deletion by time to live is free."""
    mean = usage.workload.mean
    reads = MILLION * mean(lambda work: read_units(record_archival(work).calls.reads_of(role)))
    yield usage.line(table, "reads of the archiver", reads, "dynamodb.read_unit")
    writes = MILLION * mean(
        lambda work: write_units(table, record_archival(work).calls.writes_to(role)).total
    )
    note = "with its indexes; expiry is free"
    yield usage.line(table, "writes of the archiver", writes, "dynamodb.write_unit", note=note)


def _reconciler_lines(usage: Usage, table: Resource, role: str) -> Iterator[Line]:
    """Each webhook as it is compared with its provider's list: in its own hour, and in the overlap of the next."""
    looks = usage.workload.mean(
        lambda work: read_units([Read(role, (write.after,)) for write in work.receiver.writes_to(role)[:1]])
    )
    note = "where endpoints have API credentials"
    yield usage.line(table, "reads of the reconciler", 2 * MILLION * looks, "dynamodb.read_unit", note=note)


def _index_units(table: Resource, role: str, index: str, work: Work) -> float:
    return write_units(table, work.calls.writes_to(role)).indexes[index]


def _stored_bytes(table: Resource, role: str, work: Work) -> int:
    """Bytes of each item as it is in the end."""
    keys = [part["AttributeName"] for part in table.get("KeySchema")]
    last = {tuple(write.after[key]["S"] for key in keys): write.after for write in work.calls.writes_to(role)}
    return sum(stored_bytes(table, item) for item in last.values())


def bucket_lines(usage: Usage, bucket: Resource) -> Iterator[Line | Unpriced]:
    """The audit bucket and the archive by the life of their objects; no count is known for the others."""
    if usage.names_resource(contract.ENV_ARCHIVE_BUCKET, bucket):
        objects = MILLION * ARCHIVED_PER_WEBHOOK * OBJECTS_PER_ITEM
        lines = MILLION * usage.workload.mean(lambda work: record_archival(work).line_bytes)
        yield from _life_lines(usage, bucket, objects, lines * COMPRESSED_TO, COMPRESSED_NOTE)
    elif usage.names_resource(contract.ENV_AUDIT_BUCKET, bucket):
        yield from _audit_lines(usage, bucket)
    elif usage.names_resource(contract.ENV_PAYLOAD_BUCKET, bucket):
        yield unpriced(bucket, "only bodies too long for a row go there")
    else:
        yield unpriced(bucket, "logs and failures; no count is known")


def _audit_lines(usage: Usage, bucket: Resource) -> Iterator[Line | Unpriced]:
    """One object for each batch with a webhook in it, of whoever writes there."""
    writers = [
        consumer
        for consumer in usage.deployment.consumers
        if usage.deployment.environment_resource(consumer.worker, contract.ENV_AUDIT_BUCKET) == bucket
    ]
    if not writers:
        yield unpriced(bucket, "what writes there is not known")
        return
    objects = min(sum(map(usage.batches, writers)), MILLION * usage.workload.audit_records)
    size = MILLION * usage.workload.audit_bytes * COMPRESSED_TO
    yield from _life_lines(usage, bucket, objects, size, COMPRESSED_NOTE)
    yield from _digest_lines(usage, bucket, objects)


def _digest_lines(usage: Usage, bucket: Resource, objects: float) -> Iterator[Line]:
    """Listings of the objects, and the lists and digests of each hour, kept as long as they."""
    listings = objects * LISTINGS_OF_AN_OBJECT / OBJECTS_A_LISTING
    yield usage.line(bucket, "listed for digests", listings, "s3.put", note="a thousand a call")
    requests = HOURS_PER_MONTH * DIGEST_REQUESTS
    yield usage.line(bucket, "requests for digests", requests, "s3.put", Span.MONTH, "however few objects")
    months = float(_expiration_rule(bucket).get("ExpirationInDays", 0)) / DAYS_PER_MONTH
    yield usage.line(bucket, "lists of digests", objects * LISTED_BYTES / GB * months, "s3.storage")


def _life_lines(
    usage: Usage, bucket: Resource, objects: float, size: float, note: str = ""
) -> Iterator[Line]:
    """From the writing of these objects (`size` bytes in all) to their end."""
    yield usage.line(bucket, "objects written", objects, "s3.put")
    rule = _expiration_rule(bucket)
    kept_days = float(rule.get("ExpirationInDays", 0))
    glacier_days = _days_until_glacier(rule, size / objects)
    standard_days = min(glacier_days, kept_days)
    stored = size / GB * standard_days / DAYS_PER_MONTH
    yield usage.line(bucket, "kept at hand", stored, "s3.storage", note=f"{note}{standard_days:g} days")
    if glacier_days < kept_days:
        months = (kept_days - glacier_days) / DAYS_PER_MONTH
        yield usage.line(bucket, "objects moved to Glacier", objects, "s3.glacier_transition")
        stored = (size + objects * GLACIER_OVERHEAD_BYTES) / GB * months
        yield usage.line(bucket, "kept in Glacier", stored, "s3.glacier_storage", note="32 KB more an object")
        names = objects * STANDARD_OVERHEAD_BYTES / GB * months
        yield usage.line(bucket, "their names at hand", names, "s3.storage", note="8 KB an object")


def _days_until_glacier(rule: Mapping[str, Any], object_bytes: float) -> float:
    """Endless where nothing moves: S3 leaves objects under 128 KB, so every audit object, at hand."""
    days = [
        float(transition["TransitionInDays"])
        for transition in rule.get("Transitions", ())
        if transition["StorageClass"] == GLACIER and object_bytes >= GLACIER_MINIMUM_BYTES
    ]
    return min(days, default=inf)


def _expiration_rule(bucket: Resource) -> Mapping[str, Any]:
    """The first lifecycle rule that expires objects; empty when there is none."""
    rules = bucket.get("LifecycleConfiguration", "Rules") or [{}]
    rule: Mapping[str, Any] = next((rule for rule in rules if "ExpirationInDays" in rule), {})
    return rule
