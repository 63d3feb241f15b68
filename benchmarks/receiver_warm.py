"""CPU of a warm receiver for each Stripe webhook, against the least that it could do with well-kept libraries.

    python benchmarks/receiver_warm.py [--rounds 15] [--webhooks 100]

In one process, in turn (A B A B), each against a stub of AWS in another process:

    receiver   the handler itself: API Gateway's event in, answer out; another event id each time, signing included
    baseline   one HMAC-SHA256 of the body, one json.loads, one botocore put_item of the body
    verify     the signature alone, over 3 KB, without any call (microseconds for one)

Targets: receiver at most 1.2 x baseline; verify at most 30 microseconds.
"""

import argparse
import contextlib
import hashlib
import hmac
import importlib.util
import io
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import botocore.session
from project_imports import ROOT
from receiver_inputs import EVENT, SECRET, SECRETS, environment, gateway_event
from stub_services import stub_services

from scripts.provider_simulator.simulator import sign
from tests.support.library.providers import verify

TARGET_RATIO: Final = 1.2
TARGET_VERIFY_MICROSECONDS: Final = 30.0
VERIFIED_BYTES: Final = 3000
VERIFICATIONS: Final = 2000

Call = Callable[[bytes], object]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--webhooks", type=int, default=100, help="in each half of a round")
    arguments = parser.parse_args()
    with stub_services(SECRETS) as url:
        calls = (receiver_call(url), baseline_call(url))
        rounds = [
            tuple(cpu_microseconds(call, arguments.webhooks) for call in calls)
            for _ in range(arguments.rounds + 1)
        ]
    result = summary([(ours, theirs) for ours, theirs in rounds[1:]])  # the first round warms up
    print(json.dumps(result, indent=2))
    met = result["ratio"] <= TARGET_RATIO and result["verify_microseconds"] <= TARGET_VERIFY_MICROSECONDS
    return 0 if met else 1


def receiver_call(url: str) -> Call:
    os.environ.update(environment(url))
    spec = importlib.util.spec_from_file_location(
        "handler", ROOT / "functions" / "webhook_receiver" / "handler.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(body: bytes) -> object:
        answer = module.handler(gateway_event(body), None)
        assert answer["statusCode"] == 200, answer
        return answer

    return call


def baseline_call(url: str) -> Call:
    session = botocore.session.Session()
    session.set_credentials("ASIABENCHMARK", "benchmark")
    client: Any = session.create_client("dynamodb", region_name="us-east-1", endpoint_url=url)
    key = SECRET.keys[0].value.encode()

    def call(body: bytes) -> object:
        hmac.new(key, body, hashlib.sha256).hexdigest()
        event = json.loads(body)
        item = {"webhookId": {"S": event["id"]}, "timestamp": {"S": "now"}, "payload": {"S": body.decode()}}
        return client.put_item(
            TableName="table", Item=item, ConditionExpression="attribute_not_exists(webhookId)"
        )

    return call


def cpu_microseconds(call: Call, count: int) -> float:
    """CPU of this process for one call; each with another event, made beforehand. Its log lines go nowhere."""
    event = json.loads(EVENT.read_bytes())
    bodies = [json.dumps({**event, "id": f"evt_{uuid.uuid4().hex}"}).encode() for _ in range(count)]
    with contextlib.redirect_stdout(io.StringIO()):
        begun = time.process_time()
        for body in bodies:
            call(body)
        return (time.process_time() - begun) / count * 1e6


def verify_microseconds() -> float:
    body = b"x" * VERIFIED_BYTES
    now = time.time()
    headers = tuple((name.lower(), value) for name, value in sign("stripe", body, SECRET, now))
    begun = time.process_time()
    for _ in range(VERIFICATIONS):
        verify("stripe", headers, body, SECRET, now, no_fetch)
    return (time.process_time() - begun) / VERIFICATIONS * 1e6


def no_fetch(url: str) -> bytes:
    raise AssertionError(url)


def summary(rounds: list[tuple[float, float]]) -> dict[str, float]:
    return {
        "rounds": len(rounds),
        "receiver_microseconds": round(statistics.median(ours for ours, _ in rounds), 1),
        "baseline_microseconds": round(statistics.median(theirs for _, theirs in rounds), 1),
        "ratio": round(statistics.median(ours / theirs for ours, theirs in rounds), 3),
        "verify_microseconds": round(statistics.median(verify_microseconds() for _ in range(9)), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
