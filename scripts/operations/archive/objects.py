"""The archive bucket as scripts read it: manifests, parts held against them, and the parts of one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from payment_webhooks import contract
from payment_webhooks.archive.parts import MANIFEST_PREFIX, sha256_of, unpack
from payment_webhooks.archive.webhooks import as_inbox_item
from payment_webhooks.ledger import archived_rows as summaries
from payment_webhooks.ledger.archived_rows import ArchivedPart
from scripts.command_line.copyable_command import copyable
from scripts.command_line.errors import NotFound, ToolError
from scripts.operations.cold_objects import InGlacier, read_object

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

READS_AT_ONCE: Final = 16
Verdict = Literal["right", "missing", "altered", "cold"]


@dataclass(frozen=True)
class Checked:
    """A part held against its manifest. cold: in Glacier, so it can't be read before it is restored."""

    key: str
    verdict: Verdict


def manifests(s3: S3Client, bucket: str, archive: str, day: str | None) -> Iterator[dict[str, Any]]:
    """The manifests of an archive, of one day or of all, in the order of their days.

    They are never cold: S3 moves no object under 128 KB (stacks/data/buckets.py), and they have less than one.
    """
    prefix = f"{MANIFEST_PREFIX}{archive}/" + (f"date={day}/" if day else "")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            yield found


def check(s3: S3Client, bucket: str, manifest: dict[str, Any]) -> Checked:
    """Reads the whole part: its hash, its size, and that it has as many lines as the manifest counts."""
    key = str(manifest["key"])
    try:
        content = read_object(s3, bucket, key)
    except InGlacier:
        return Checked(key, "cold")
    except s3.exceptions.NoSuchKey:
        return Checked(key, "missing")
    if (sha256_of(content), len(content)) != (manifest["sha256"], manifest["bytes"]):
        return Checked(key, "altered")
    return Checked(key, "right" if len(unpack(content)) == manifest[manifest["archive"]] else "altered")


def parts_of(dynamodb: DynamoDBClient, table: str, transaction_id: str) -> list[ArchivedPart]:
    """Where the rows of a transaction are archived. Raises NotFound."""
    answer = dynamodb.get_item(
        TableName=table,
        ConsistentRead=True,
        Key={
            contract.TRANSACTION_ID: {"S": transaction_id},
            contract.TRANSACTION_TIMESTAMP: {"S": contract.ARCHIVE_SUMMARY},
        },
    )
    if "Item" not in answer:
        raise NotFound(
            f"nothing of {transaction_id} is archived",
            f"what the table has: {copyable('transactions', 'show', transaction_id)}",
        )
    return list(summaries.from_item(answer["Item"]).parts)


def archived_lines(s3: S3Client, parts: list[ArchivedPart], transaction_id: str) -> list[dict[str, Any]]:
    """Each part as the summary names it, with the line that the archive has. Raises ToolError for a part that is not
    what the summary says, InGlacier for one that can't be read.
    """
    found = []
    for part in parts:
        bucket, _, key = part.location.removeprefix("s3://").partition("/")
        content = read_object(s3, bucket, key)
        proof = {"key": key, "sha256": part.sha256}
        lines = [line for line in _proven(content, proof, bucket) if line["transaction_id"] == transaction_id]
        found.append({**part._asdict(), "lines": lines})
    return found


def webhooks_in(
    s3: S3Client,
    bucket: str,
    parts: Sequence[Mapping[str, Any]],
    is_wanted: Callable[[dict[str, Any]], bool],
) -> tuple[list[dict[str, Any]], list[InGlacier]]:
    """The archived webhooks that are wanted, as items of the inbox with their bodies, and the parts in Glacier.

    `parts`: their manifests. Raises ToolError for a part that is not what its manifest says.
    """

    def read(part: Mapping[str, Any]) -> list[dict[str, Any]] | InGlacier:
        key = str(part["key"])
        try:
            content = read_object(s3, bucket, key)
        except InGlacier as cold:
            return cold
        items = (as_inbox_item(line, f"s3://{bucket}/{key}") for line in _proven(content, part, bucket))
        return [item for item in items if is_wanted(item)]

    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        answers = list(pool.map(read, parts))
    cold = [each for each in answers if isinstance(each, InGlacier)]
    return [item for each in answers if not isinstance(each, InGlacier) for item in each], cold


def _proven(content: bytes, proof: Mapping[str, Any], bucket: str) -> list[dict[str, Any]]:
    """The lines of a part with the hash of `proof`, such as its manifest. Raises ToolError where it has another."""
    if sha256_of(content) != proof["sha256"]:
        raise ToolError(
            f"s3://{bucket}/{proof['key']} is not what was archived", "docs/archive.md, damaged objects"
        )
    return unpack(content)
