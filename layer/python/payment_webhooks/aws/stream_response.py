"""The answer to Lambda of a function that reads a table's stream."""

from typing import Any


def stream_answer(failed_at: str | None) -> dict[str, list[dict[str, str]]]:
    """Lambda's partial batch response: deliver again from the sequence number `failed_at` on, the whole batch for
    "", nothing for None.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    return {"batchItemFailures": [] if failed_at is None else [{"itemIdentifier": failed_at}]}


def sequence_number(record: Any) -> str:
    """The sequence number of a stream's record; empty, which is the whole batch, for a record without one."""
    try:
        number = record["dynamodb"]["SequenceNumber"]
    except (LookupError, TypeError):
        return ""
    return number if isinstance(number, str) else ""
