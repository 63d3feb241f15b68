"""Service times of the functions, as `capacity` and `cost` want them: milliseconds of a call, and of each item in it.

    python benchmarks/service_times.py [--webhooks 1500] > scripts/planning/service_times.json
    python benchmarks/service_times.py --suffix prod --region eu-west-1 --minutes 60 > prod.json
    python scripts/capacity.py --service-times prod.json

Without --suffix: starts a local engine of its own, deploys with the real script, sends webhooks one after another and
then many at once, so that batches of one and full ones are seen. With it: reads the last minutes of what is deployed.
The durations are those of Lambda's REPORT lines; how many items a call had is told by our own lines before it. Call and
item are fitted by the median of all slopes between two calls (Theil and Sen), which cold starts do not bend.
"""

import argparse
import json
import platform
import random
import re
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import project_imports  # noqa: F401
from mixed_events import MAKERS, SETTINGS, in_house_payment

from payment_webhooks import contract
from scripts.command_line.aws_target import Target, target_from
from scripts.local_engine import control
from stacks import function_catalogue as catalogue
from stacks.names import Names
from tests.support.system.deployed_system import DeployedSystem

# Few at once, so that a duration is a function's and not the wait for this machine's processors.
CONCURRENCY: Final = 2
PARAMETERS: Final = (
    "ProcessorConcurrency=2",
    "NotificationConcurrency=2",
    "AuditConcurrency=1",
    "AnalyticsConcurrency=1",
)
SLOPES: Final = 50_000
QUIET_SECONDS: Final = 20.0
REPORT: Final = re.compile(r"^REPORT RequestId: \S+\s+Duration: ([0-9.]+) ms")
START: Final = re.compile(r"^START RequestId: ")
Line = dict[str, Any]


def lines_with(field: str) -> Callable[[list[Line]], int]:
    return lambda lines: sum(field in line for line in lines)


def sum_of(*fields: str) -> Callable[[list[Line]], int]:
    return lambda lines: sum(int(line.get(field, 0)) for line in lines for field in fields)


# How many items a call had, by the lines that it wrote.
ITEMS: Final[dict[str, Callable[[list[Line]], int]]] = {
    catalogue.WEBHOOK_RECEIVER.folder: lines_with(contract.METRIC_RECEIVED),
    catalogue.PAYMENT_PROCESSOR.folder: lines_with("receive_count"),
    catalogue.NOTIFICATION_HANDLER.folder: lines_with("receive_count"),
    catalogue.AUDIT_LOGGER.folder: sum_of(contract.METRIC_AUDIT_WRITTEN, "guards"),
    catalogue.ANALYTICS_PROCESSOR.folder: sum_of(
        contract.METRIC_ANALYTICS_COUNTED, contract.METRIC_ANALYTICS_DUPLICATES
    ),
}


class Call(NamedTuple):
    items: int
    milliseconds: float


def calls_of(target: Target, log_group: str, folder: str, since: float) -> Iterator[Call]:
    """The calls whose first and last line are in the group since then. A stream has one call after another."""
    streams: dict[str, list[str]] = {}
    pages = target.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=log_group, startTime=int(since * 1000)):
        for event in page["events"]:
            streams.setdefault(event["logStreamName"], []).extend(event["message"].splitlines())
    for texts in streams.values():
        for lines, milliseconds in whole_calls(texts):
            items = ITEMS[folder](lines)
            if items:
                yield Call(items, milliseconds)


def whole_calls(texts: Iterable[str]) -> Iterator[tuple[list[Line], float]]:
    """Our lines and the duration of each call of a stream."""
    lines: list[Line] | None = None
    for text in texts:
        report = REPORT.match(text)
        if START.match(text):
            lines = []
        elif lines is not None and report is not None:
            yield lines, float(report[1])
            lines = None
        elif lines is not None and text.startswith("{"):
            lines.append(json.loads(text))


def fitted(calls: Iterable[Call]) -> dict[str, float]:
    """call_milliseconds and item_milliseconds, neither below 0; one item a call is all call."""
    found = list(calls)
    picked = random.Random(1)  # noqa: S311 - no secret
    pairs = ((picked.choice(found), picked.choice(found)) for _ in range(SLOPES if found else 0))
    slopes = [(b.milliseconds - a.milliseconds) / (b.items - a.items) for a, b in pairs if a.items != b.items]
    item = max(0.0, statistics.median(slopes)) if slopes else 0.0
    call = statistics.median(each.milliseconds - item * each.items for each in found) if found else 0.0
    return {"call_milliseconds": round(max(0.0, call), 2), "item_milliseconds": round(item, 2)}


def measured(target: Target, names: Names, since: float, machine: str) -> dict[str, Any]:
    """The document that --service-times reads."""
    times, counts = {}, {}
    for folder in ITEMS:
        calls = list(calls_of(target, names.function_log_group(folder), folder, since))
        if calls:
            times[folder], counts[folder] = fitted(calls), len(calls)
    return {
        "measured_at": datetime.now(UTC).date().isoformat(),
        "machine": machine,
        "calls": counts,
        "service_times": times,
    }


def send(system: DeployedSystem, webhooks: int) -> None:
    """A tenth one after another, with a pause, so that each is a batch; the others many at once."""
    keys = {name: system.secret(name) for name in MAKERS}
    for _ in range(webhooks // 10):
        system.deliver("internal", in_house_payment(), keys["internal"])
        time.sleep(0.1)
    bodies = [(name, make()) for name, make in MAKERS.items() for _ in range(webhooks // len(MAKERS))]
    random.Random(1).shuffle(bodies)  # noqa: S311 - no secret
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(lambda each: system.deliver(each[0], each[1], keys[each[0]]), bodies))
    time.sleep(QUIET_SECONDS)


def measure_on_engine(webhooks: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="payment-webhooks-times-") as folder:
        engine = control.start(Path(folder), stop_with_caller=True)
        try:
            system = DeployedSystem(engine, "times")
            deployed = system.deploy(*(part for text in PARAMETERS for part in ("--parameter", text)))
            if deployed.exit_code != 0:
                raise SystemExit(deployed.text)
            for endpoint, settings in SETTINGS.items():
                system.secrets(endpoint, "set", *settings, key=f"whsec_{secrets.token_hex(16)}")
            send(system, 40)  # starts the containers
            since = time.time()
            send(system, webhooks)
            machine = f"local engine, {platform.machine()}, CPython {platform.python_version()}"
            return measured(system.target, system.names, since, machine)
        finally:
            control.stop(Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--webhooks", type=int, default=1500, help="sent to the local engine")
    parser.add_argument("--suffix", help="of an environment on AWS, to read what it wrote")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    parser.add_argument("--minutes", type=float, default=60, help="to look back, on AWS")
    arguments = parser.parse_args()
    if arguments.suffix is None:
        document = measure_on_engine(arguments.webhooks)
    else:
        target = target_from(arguments.region, arguments.profile, local=False)
        names = Names(arguments.suffix, target.account_id, target.region)
        since = time.time() - arguments.minutes * 60
        document = measured(target, names, since, f"Lambda, {target.region}")
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
