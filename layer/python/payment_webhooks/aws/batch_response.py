"""Partial batch responses to Lambda: which messages or records of a batch are to be delivered again."""

from collections.abc import Iterable
from typing import Any

BatchResponse = dict[str, list[dict[str, str]]]


def batch_response(failed: Iterable[str]) -> BatchResponse:
    """`failed`: the ids of a queue's messages; of a stream the sequence number to deliver again from, "" for the whole
    batch. Nothing is delivered again when it is empty.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def sequence_number(record: Any) -> str:
    """The sequence number of a stream's record; empty, which is the whole batch, for a record without one."""
    try:
        number = record["dynamodb"]["SequenceNumber"]
    except (LookupError, TypeError):
        return ""
    return number if isinstance(number, str) else ""
