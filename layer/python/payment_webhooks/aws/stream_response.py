"""What a function that reads a table's stream answers to Lambda."""


def stream_answer(failed_at: str | None) -> dict[str, list[dict[str, str]]]:
    """Lambda's partial batch response: deliver again from the sequence number `failed_at` on, the whole batch for
    "", nothing for None.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    return {"batchItemFailures": [] if failed_at is None else [{"itemIdentifier": failed_at}]}
