"""Audit records a second of one audit logger: a full batch, which is one object, against batches of one record.

    python benchmarks/audit_batch.py [--rounds 7] [--records 100] [--json]

In one process, in turn (A B A B), against a stub of S3 in another process that takes 20 ms for each object. The
CPU of an object is shown too: at 512 MB a function has under a third of a processor, so CPU, not waiting, may be
what limits it there.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import project_imports  # noqa: F401
from stub_services import PUT_SECONDS, stub_services

from payment_webhooks.audit.batch import write_batch
from payment_webhooks.audit.tampering import LedgerWatch
from payment_webhooks.aws.botocore_clients import make_s3_client
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket

ENVIRONMENT: Final = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


def record(number: int) -> dict[str, Any]:
    keys = {"webhookId": {"S": f"stripe:evt_{number}"}, "timestamp": {"S": "2025-10-09T06:07:40.000000Z"}}
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_760_000_000,
            "Keys": keys,
            "NewImage": {**keys, "status": {"S": "received"}, "payload": {"S": "x" * 3000}},
            "SequenceNumber": str(number),
        },
    }


NO_WATCH = LedgerWatch(lambda _: (), lambda _: (), lambda _: None)  # the records are the inbox's


def one_by_one(records: list[dict[str, Any]], bucket: WriteOnceBucket) -> None:
    for each in records:
        together([each], bucket)


def together(records: list[dict[str, Any]], bucket: WriteOnceBucket) -> None:
    result = write_batch(records, bucket, NO_WATCH, lambda: 1_760_000_000)
    assert result.written == len(records), result


def wall_and_cpu(call: Callable[[], None]) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - started, time.process_time() - cpu


def measure(rounds: int, count: int) -> dict[str, dict[str, float]]:
    ways = {"one by one": one_by_one, "one batch": together}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    records = [record(number) for number in range(count)]
    with stub_services({}) as url:
        os.environ.update({**ENVIRONMENT, "AWS_ENDPOINT_URL": url})
        bucket = WriteOnceBucket(make_s3_client(os.environ), "audit", "audit_bucket_unavailable")
        for way in ways.values():
            way(records, bucket)  # warm-up: connections and code
        for _ in range(rounds):
            for name, way in ways.items():
                taken[name].append(wall_and_cpu(lambda way=way: way(records, bucket)))  # type: ignore[misc]
    return {
        name: {
            "records_per_second": count / statistics.median(wall for wall, _ in values),
            "cpu_milliseconds_each": statistics.median(cpu for _, cpu in values) / count * 1000,
        }
        for name, values in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=int, default=100, help="in a batch")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    arguments = parser.parse_args()
    measured = measure(arguments.rounds, arguments.records)
    if arguments.json:
        print(json.dumps(measured, indent=2))
        return
    print(
        f"batches of {arguments.records}, {PUT_SECONDS * 1000:g} ms an object, medians of {arguments.rounds}"
    )
    for name, figures in measured.items():
        rate, cpu = figures["records_per_second"], figures["cpu_milliseconds_each"]
        print(f"{name:12} {rate:7.0f} records/s {cpu:7.2f} ms CPU each")


if __name__ == "__main__":
    main()
