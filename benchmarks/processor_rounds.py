"""One round of processor_warm.py, in an interpreter that has one checkout's library and handler.

sys.argv: the number of payments, the folder of the handler, that of the library. Prints microseconds of CPU a webhook.
"""

import base64
import gc
import hashlib
import io
import json
import os
import re
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

EVENTS: Final = Path(__file__).parents[1] / "tests" / "events" / "stripe"
STORED: Final = Path(__file__).parents[1] / "tests" / "vectors" / "stored" / "inbox_webhook.json"
WARM_UP: Final = 10  # payments that are not counted
NAMES: Final = {"Inbox": ("webhookId", "timestamp"), "Ledger": ("transaction_id", "timestamp")}
CREATED: Final = "2025-10-09T06:07:40.000000Z"


class Services:
    """DynamoDB in memory, as far as the processor asks it, and a bus that takes everything. `seconds`: of CPU, spent
    here."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in NAMES}
        self.published = 0
        self.seconds = 0.0

    def answer(self, target: str, body: bytes) -> bytes:
        operation, request = target.rpartition(".")[2], json.loads(body)
        if operation == "PutEvents":
            self.published += 1
            return b'{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}'
        if operation == "GetParameter":
            return b'{"Parameter":{"Value":"{}","Version":1}}'
        if operation == "Query":
            (wanted,) = request["ExpressionAttributeValues"].values()
            items = self.tables[request["TableName"]].get(wanted["S"], {})
            found = [items[key] for key in sorted(items)]
            return json.dumps({"Items": found, "Count": len(found)}, separators=(",", ":")).encode()
        if operation == "TransactWriteItems":
            for action in request["TransactItems"]:
                self.put(action["Put"]["TableName"], action["Put"]["Item"])
        return b"{}"

    def put(self, table: str, item: dict[str, Any]) -> None:
        partition, sort = NAMES[table]
        self.tables[table].setdefault(item[partition]["S"], {})[item[sort]["S"]] = item


class Socket:
    """A connection's socket: takes a request, and answers it when it is read from."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sent = b""

    def settimeout(self, seconds: float) -> None:
        """Nothing to wait for."""

    def setsockopt(self, *option: int) -> None:
        """Sends at once anyway."""

    def sendall(self, content: bytes) -> None:
        self._sent += content

    def makefile(self, mode: str) -> io.BufferedReader:
        began = time.process_time()
        head, _, body = self._sent.partition(b"\r\n\r\n")
        self._sent = b""
        target = re.search(rb"(?im)^x-amz-target: (.+?)\r?$", head)
        assert target is not None
        content = self._services.answer(target[1].decode(), body)
        headers = (
            "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Sat, 21 Nov 2026 06:00:00 GMT\r\n"
            "Content-Type: application/x-amz-json-1.0\r\nConnection: keep-alive\r\n"
            f"Content-Length: {len(content)}\r\nx-amzn-RequestId: {'A' * 52}\r\nx-amz-crc32: 123456789\r\n\r\n"
        )
        answer: Any = io.BytesIO(headers.encode() + content)
        self._services.seconds += time.process_time() - began
        return io.BufferedReader(answer)

    def close(self) -> None:
        """Nothing to close."""


class Context:
    aws_request_id = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def bodies(number: int) -> list[bytes]:
    payment = f"pi_{number:08d}"
    texts = [
        (EVENTS / f"{name}.json").read_text()
        for name in ("pi_failed", "pi_succeeded", "refund_created_pending")
    ]
    found = []
    for step, text in enumerate(texts):
        event = json.loads(text)
        event["id"], event["livemode"] = f"evt_{number}_{step}", True
        subject = event["data"]["object"]
        if step < 2:
            subject["id"] = payment
        else:
            subject.update({"payment_intent": payment, "id": f"re_{number}", "status": "succeeded"})
        found.append(json.dumps(event).encode())
    return found


def stored(template: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    event_id = json.loads(body)["id"]
    return {
        **template,
        "webhookId": {"S": f"stripe:{event_id}"},
        "timestamp": {"S": CREATED},
        "event_id": {"S": event_id},
        "payload": {"S": body.decode()},
        "payload_sha256": {"S": hashlib.sha256(body).hexdigest()},
    }


def message(item: Mapping[str, Any]) -> dict[str, Any]:
    body = json.dumps({name: item[name]["S"] for name in NAMES["Inbox"]})
    return {
        "messageId": base64.b32encode(item["webhookId"]["S"].encode()).decode(),
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }


def run() -> None:
    payments = int(sys.argv[1])
    sys.path[:0] = sys.argv[2:]
    services = Services()
    os.environ.update({"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"})
    from payment_webhooks import contract

    os.environ.update(
        {value: "x" for name, value in vars(contract).items() if name.startswith("ENV_") and value.isupper()}
    )
    os.environ.update(
        {
            contract.ENV_INBOX_TABLE: "Inbox",
            contract.ENV_TRANSACTIONS_TABLE: "Ledger",
            contract.ENV_ENDPOINTS: "{}",
            contract.ENV_MAX_RECEIVE_COUNT: "5",
            "AWS_ENDPOINT_URL": "http://services",
        }
    )

    socket.create_connection = lambda *_, **__: Socket(services)  # type: ignore[assignment]
    import handler  # type: ignore[import-not-found]

    template = json.loads(STORED.read_text())["item"]
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - log lines, to the end of the process
    spent = 0.0
    gc.disable()  # what the tables in memory hold would be gone through each time
    for number in range(WARM_UP + payments):
        for body in bodies(number):
            item = stored(template, body)
            services.put("Inbox", item)
            event = {"Records": [message(item)]}
            services.seconds, began = 0.0, time.process_time()
            answer = handler.handler(event, Context())
            taken = time.process_time() - began - services.seconds
            assert answer == {"batchItemFailures": []}, answer
            spent += taken if number >= WARM_UP else 0
    assert services.published == 3 * (WARM_UP + payments)
    print(f"{spent / (3 * payments) * 1e6:.1f}", file=sys.stderr)
