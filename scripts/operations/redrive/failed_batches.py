"""Moves batches of the streams that a function gave up back: calls the function with them, and deletes them after.

Lambda writes such a batch, whole, to the failures bucket: what the stream has long forgotten is still there. The audit
logger writes what is there already under the same key, and the analytics processor counts each effect once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import counted_of
from payment_webhooks.analytics.stream_batch import UNREADABLE, UNREADABLE_PREFIX
from scripts.operations.redrive.letters import (
    UNREADABLE_LETTER,
    Letter,
    UnreadableLetter,
    failed_stream_batch,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

UNREADABLE_REASON: Final = "effect can't be read"


class _Batch(NamedTuple):
    """`event`: what `function` is called with. `records`: those of which it must be proven that they were counted, as
    the function keeps what it can't read under the same key, and says so in its log alone.
    """

    function: str
    reason: str
    event: bytes
    records: Sequence[Any] = ()


class FailedBatches:
    """The failures bucket. `functions`: those that may be called; the first counts effects into `analytics_table`."""

    to = "the function that gave it up"

    def __init__(
        self,
        s3: S3Client,
        lambda_: LambdaClient,
        dynamodb: DynamoDBClient,
        bucket: str,
        analytics_table: str,
        functions: Sequence[str],
    ) -> None:
        self._s3 = s3
        self._lambda = lambda_
        self._dynamodb = dynamodb
        self._bucket = bucket
        self._table = analytics_table
        self._functions = functions

    def letters(self) -> Generator[Letter]:
        """All that are there."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        for item in (item for page in pages for item in page.get("Contents", ())):
            batch, since = self._read(item["Key"]), item["LastModified"]
            if batch is None:
                yield Letter(item["Key"], item["Key"], "not of a function", since, UNREADABLE_LETTER)
            else:
                yield Letter(item["Key"], batch.function, batch.reason, since)

    def move(self, idents: Collection[str], pause: Callable[[int], None]) -> Iterator[tuple[int, int]]:
        """As DeadLetterQueue.move does, one by one."""
        for key in idents:
            batch = self._read(key)
            moved = batch is not None and self._taken(batch)
            if moved:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
            yield int(moved), int(not moved)
            pause(1)

    def _read(self, key: str) -> _Batch | None:
        content = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            if key.startswith(UNREADABLE_PREFIX):
                records = json.loads(content)["Records"]
                return _Batch(self._functions[0], UNREADABLE_REASON, content, records)
            batch = _Batch(*failed_stream_batch(content))
        except (UnreadableLetter, ValueError, LookupError, TypeError):
            return None
        return batch if batch.function in self._functions else None

    def _taken(self, batch: _Batch) -> bool:
        answer: Any = self._lambda.invoke(FunctionName=batch.function, Payload=batch.event)
        said = json.loads(answer["Payload"].read())
        done = "FunctionError" not in answer and said == {"batchItemFailures": []}
        return done and all(map(self._is_counted, batch.records))

    def _is_counted(self, record: Any) -> bool:
        """Whether there is a marker of its effect. What this program can't read either, is not."""
        try:
            counted = counted_of(record)
        except UNREADABLE:
            return False
        if counted is None:
            return True
        names = (contract.ANALYTICS_KEY, contract.ANALYTICS_ENTRY)
        key: Any = {name: {"S": text} for name, text in zip(names, counted.keys, strict=True)}
        return "Item" in self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
