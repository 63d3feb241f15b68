"""A whole list of payments by status, page by page, as the function of the transaction API reads it: calls and time.

    python benchmarks/list_payments.py [OTHER CHECKOUT] [--payments 10000] [--rounds 3] [--json]

The payments have succeeded, evenly over seven days; each is as the checkout's own code writes it, and so are table and
indexes. DynamoDB is a stub in another process (stub_dynamodb.py says what it takes). With another checkout of this
project both are measured in turn (A B A B); medians are shown.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from project_imports import ROOT
from stub_dynamodb import Item, stub_dynamodb

DAYS: Final = 7
FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)
PAGE: Final = 100
# sys.argv: the checkout. Prints the ledger's items of one payment that has succeeded.
WRITE: Final = """\
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/layer/python"]
from scripts.planning.recorded_calls import LEDGER, record_webhook
writes = record_webhook(1000, False).processor.writes_to(LEDGER)
print(json.dumps([write.after for write in writes]))
"""
# sys.argv: the checkout, how many in a page, first and last day. Prints seconds, pages and payments.
LIST: Final = """\
import json, os, sys, time
sys.path[:0] = [sys.argv[1] + "/functions/transaction_api", sys.argv[1] + "/layer/python"]
class Context:
    aws_request_id = "benchmark"
    def get_remaining_time_in_millis(self):
        return 29_000
import handler
query = {"status": "succeeded", "limit": sys.argv[2], "from": sys.argv[3], "to": sys.argv[4]}
event = {"httpMethod": "GET", "resource": "/transactions", "queryStringParameters": query}
pages, listed = 0, set()
started = time.perf_counter()
while True:
    answer = json.loads(handler.handler(event, Context())["body"])
    pages += 1
    listed |= {each["transaction_id"] for each in answer["transactions"]}
    if answer["next_cursor"] is None:
        break
    query["cursor"] = answer["next_cursor"]
os.write(2, json.dumps([time.perf_counter() - started, pages, len(listed)]).encode())
"""


def main() -> int:
    arguments = _arguments()
    checkouts = {"here": ROOT, **({"other": arguments.other.resolve()} if arguments.other else {})}
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in checkouts}
    for _ in range(arguments.rounds):
        for name, checkout in checkouts.items():
            rounds[name].append(listing(checkout, arguments.payments))
    result = {
        name: {**found[0], "seconds": round(statistics.median(each["seconds"] for each in found), 2)}
        for name, found in rounds.items()
    }
    print(json.dumps(result, indent=2) if arguments.json else _as_text(result))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", nargs="?", type=Path, help="another checkout to compare with")
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    return parser.parse_args()


def listing(checkout: Path, count: int) -> dict[str, Any]:
    """One list of all payments: seconds, pages, and calls of DynamoDB by their operation."""
    resources = json.loads((checkout / "output/data.template.json").read_text())["Resources"]
    one: list[Item] = json.loads(_run(WRITE, checkout).stdout)
    items = [item for number in range(count) for item in copies(one, number, count)]
    with stub_dynamodb(resources["TransactionsTable"]["Properties"], items) as url:
        last = FIRST + timedelta(days=DAYS - 1)
        days = [day.date().isoformat() for day in (FIRST, last)]
        seconds, pages, listed = json.loads(_run(LIST, checkout, str(PAGE), *days, url=url).stderr)
        with closing(HTTPConnection(url.removeprefix("http://"))) as connection:
            connection.request("GET", "/")
            calls = json.load(connection.getresponse())
    if listed != count:
        raise SystemExit(f"{checkout}: {listed} of {count} payments were listed")
    return {"seconds": seconds, "pages": pages, "calls": calls}


def copies(one: list[Item], number: int, count: int) -> Iterator[Item]:
    """The items of another payment like this one: with ids, times and shards of its own."""
    (row,) = (item for item in one if "event_id" in item and "webhook_id" in item)
    now, when = row["occurred_at"]["S"], FIRST + timedelta(days=DAYS) * (number / count)
    told = f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"
    bare_id = row["transaction_id"]["S"].partition(":")[2]
    text = (
        json.dumps(one)
        .replace(bare_id, f"pi_{number:024}")
        .replace(row["event_id"]["S"], f"evt_{number:024}")
    )
    for item in json.loads(text.replace(now, told).replace(now[:10], told[:10])):
        for name in item:
            if name.endswith("_shard"):
                item[name] = {"S": f"{item[name]['S'].rpartition('#')[0]}#{number % 10}"}
        yield item


def _run(program: str, checkout: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": url,
        "TRANSACTIONS_TABLE": "table-transactions",
        "PATH": os.environ["PATH"],
    }
    process = subprocess.run(
        [sys.executable, "-c", program, str(checkout), *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )
    if process.returncode != 0:
        raise SystemExit(process.stderr)
    return process


def _as_text(result: dict[str, dict[str, Any]]) -> str:
    return "\n".join(
        f"{name:6} {found['seconds']:8.2f} s, {found['pages']} pages, "
        f"{sum(found['calls'].values()):,} calls: {found['calls']}"
        for name, found in result.items()
    )


if __name__ == "__main__":
    sys.exit(main())
