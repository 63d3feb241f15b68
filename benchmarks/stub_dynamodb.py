"""A table of DynamoDB with its indexes, as far as lists read it, in a process of its own.

It takes as long as DynamoDB is assumed to: a call 5 ms, and each item in its answer 0.1 ms. Its pages of 1 MB and its
read units are by DynamoDB's documents:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

import json
import math
import subprocess
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any, Final

from quiet_stub import QuietStub

CALL_SECONDS: Final = 0.005
ITEM_SECONDS: Final = 0.0001
PAGE_BYTES: Final = 1_048_576
UNIT_BYTES: Final = 4096
Item = dict[str, dict[str, Any]]


class Index:
    """The table itself, or one of its indexes: its items by their partition, in order. `keys` of the table."""

    def __init__(self, definition: Mapping[str, Any], keys: tuple[str, str], items: Iterable[Item]) -> None:
        self.partition, self.sort = key_names(definition)
        self._keys = {self.partition, self.sort, *keys}
        projection = definition.get("Projection", {"ProjectionType": "ALL"})
        self._keys |= set(projection.get("NonKeyAttributes", ()))
        has_all = projection["ProjectionType"] == "ALL"
        self._partitions: dict[str, list[tuple[tuple[str, ...], Item]]] = {}
        for item in items:
            if {self.partition, self.sort} <= item.keys():
                order = tuple(item[name]["S"] for name in (self.sort, *keys))
                kept = item if has_all else self._key(item)
                self._partitions.setdefault(item[self.partition]["S"], []).append((order, kept))
        for found in self._partitions.values():
            found.sort(key=lambda each: each[0])

    def _key(self, item: Item) -> Item:
        return {name: item[name] for name in self._keys if name in item}

    def query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        partition = values.pop(next(iter(values)))
        entries = self._partitions.get(partition, [])
        if values:  # BETWEEN
            low, high = values.values()
            times = [order[0] for order, _ in entries]
            entries = entries[bisect_left(times, low) : bisect_right(times, high)]
        found = [item for _, item in entries]
        if request.get("ScanIndexForward") is False:
            found.reverse()
        start = request.get("ExclusiveStartKey")
        if start is not None:
            found = found[1 + next(n for n, item in enumerate(found) if start.items() <= item.items()) :]
        limit = min(request.get("Limit", len(found)), _in_a_page(found))
        more = {"LastEvaluatedKey": self._key(found[limit - 1])} if len(found) > limit else {}
        return {"Items": found[:limit], **more}


def size_of(item: Item) -> int:
    """As DynamoDB counts it for texts, numbers apart: names and values."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


def _in_a_page(items: list[Item]) -> int:
    """How many of the first fit into one."""
    size = 0
    for number, item in enumerate(items):
        size += size_of(item)
        if size > PAGE_BYTES:
            return number
    return len(items)


def _units(size: int, is_consistent: bool) -> float:
    return max(1, math.ceil(size / UNIT_BYTES)) / (1 if is_consistent else 2)


class StubTable(QuietStub):
    """`indexes` by name, None for the table; `items` by their keys."""

    disable_nagle_algorithm = True  # or the answer's second packet waits 40 ms
    indexes: dict[str | None, Index]
    items: dict[tuple[str, ...], Item]

    def do_POST(self) -> None:
        started = time.perf_counter()
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        answer, count = self._query(request) if operation == "Query" else self._batch_get(request)
        content = json.dumps(answer).encode()
        taken = time.perf_counter() - started  # counts as DynamoDB's
        time.sleep(max(0.0, CALL_SECONDS + ITEM_SECONDS * count - taken))
        self.answer(content)

    def _query(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        answer = self.indexes[request.get("IndexName")].query(request)
        size = sum(map(size_of, answer["Items"]))
        units = _units(size, request.get("ConsistentRead", False))
        answer["ConsumedCapacity"] = {"CapacityUnits": units}
        return answer, len(answer["Items"])

    def _batch_get(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        ((name, asked),) = request["RequestItems"].items()
        keys = [tuple(key[each]["S"] for each in self._names()) for key in asked["Keys"]]
        found = [self.items[key] for key in keys if key in self.items]
        units = sum(_units(size_of(item), asked.get("ConsistentRead", False)) for item in found)
        answer = {"Responses": {name: found}, "UnprocessedKeys": {}}
        return {**answer, "ConsumedCapacity": [{"TableName": name, "CapacityUnits": units}]}, len(found)

    def _names(self) -> tuple[str, str]:
        return self.indexes[None].partition, self.indexes[None].sort


@contextmanager
def stub_dynamodb(definition: Mapping[str, Any], items: Iterable[Item]) -> Iterator[str]:
    """Runs the stub; gives its URL. `definition`: the table's properties in the template."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([definition, list(items)]) + "\n")
        process.stdin.flush()
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def key_names(definition: Mapping[str, Any]) -> tuple[str, str]:
    partition, sort = (part["AttributeName"] for part in definition["KeySchema"])
    return partition, sort


def main() -> None:
    table, items = json.loads(sys.stdin.readline())
    keys = key_names(table)
    StubTable.indexes = {
        each.get("IndexName"): Index(each, keys, items) for each in (table, *table["GlobalSecondaryIndexes"])
    }
    StubTable.items = {tuple(item[name]["S"] for name in keys): item for item in items}
    with ThreadingHTTPServer(("127.0.0.1", 0), StubTable) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
