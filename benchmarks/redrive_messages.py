"""Time to move many dead letters back, by the command as a person runs it, killed once half-way: and what was lost.

    python benchmarks/redrive_messages.py [--letters 5000] [--unreadable 100]

Starts a local engine of its own with the processing queue and its dead-letter queue alone, so that everything that was
sent is there to be counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import project_imports  # noqa: F401

from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.messages import BATCH_SIZE, message_body
from scripts.command_line.aws_target import local_target
from scripts.command_line.project_paths import ROOT
from scripts.local_engine import control
from scripts.local_engine.state import FOLDER_VARIABLE
from scripts.operations.redrive.dead_letter_queue import HOLD_SECONDS
from stacks.names import Names

MOVE: Final = ("redrive.py", "move", "processing-dlq", "--suffix", "bench", "--local", "--rate", "1000")
UNREADABLE: Final = "no keys of a webhook"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", type=int, default=5000)
    parser.add_argument("--unreadable", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = control.start(Path(folder), stop_with_caller=True)
        try:
            target = local_target(engine.endpoint_url, engine.region)
            names = Names("bench", target.account_id, target.region)
            print(json.dumps(measure(target.client("sqs"), names, arguments, folder), indent=2))
        finally:
            control.stop(Path(folder))
    return 0


def measure(sqs: Any, names: Names, arguments: argparse.Namespace, folder: str) -> dict[str, Any]:
    """Seconds of the run that was killed and of the one that was begun again, and the counts of what is where."""
    dead = sqs.create_queue(QueueName=names.processing_dlq)["QueueUrl"]
    alive = sqs.create_queue(QueueName=names.processing_queue)["QueueUrl"]
    sent = [
        message_body(InboxKeys(f"stripe:evt_{number}", "2026-11-21T09:00:00.000000Z"))
        for number in range(arguments.letters)
    ]
    put(sqs, dead, [*sent, *[UNREADABLE] * arguments.unreadable])
    started = time.monotonic()
    first = start(folder, arguments.letters)
    while waiting(sqs, alive) < arguments.letters // 2:
        time.sleep(0.05)
    first.kill()
    first.wait()
    killed_after = time.monotonic() - started
    time.sleep(HOLD_SECONDS)
    left = waiting(sqs, dead) - arguments.unreadable
    started = time.monotonic()
    code = start(folder, left).wait()
    again = time.monotonic() - started
    arrived = Counter(drain(sqs, alive))
    stayed = drain(sqs, dead)
    return {
        "letters": arguments.letters,
        "killed_after_seconds": round(killed_after, 1),
        "left_then": left,
        "begun_again_seconds": round(again, 1),
        "exit_code": code,
        "lost": len({*sent} - {*arrived}),
        "arrived_twice": sum(count - 1 for count in arrived.values()),
        "unreadable_that_stayed": stayed.count(UNREADABLE),
        "others_that_stayed": len(stayed) - stayed.count(UNREADABLE),
    }


def start(folder: str, count: int) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(str(ROOT / part) for part in ("layer/python", "."))
    script, *rest = MOVE
    return subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / script), *rest, "--yes", "--count", str(count)],
        env={**os.environ, FOLDER_VARIABLE: folder, "PYTHONPATH": paths},
        stderr=subprocess.DEVNULL,
    )


def put(sqs: Any, url: str, bodies: list[str]) -> None:
    for first in range(0, len(bodies), BATCH_SIZE):
        batch = bodies[first : first + BATCH_SIZE]
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def waiting(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def drain(sqs: Any, url: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=BATCH_SIZE, VisibilityTimeout=600
    ).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


if __name__ == "__main__":
    sys.exit(main())
