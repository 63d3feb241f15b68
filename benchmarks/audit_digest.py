"""The digest of an hour: what listing a thousand webhooks a second takes, in calls, time, processor and memory.

    python benchmarks/audit_digest.py [--rate 1000] [--call-milliseconds 100]

Objects an hour are counted as `scripts/cost.py` does, from the templates. A stub of S3 in another process lists them,
with those of the hours around it that a run lists too, a thousand a call, and takes so long for each call.
"""

import argparse
import hashlib
import json
import math
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

import project_imports  # noqa: F401
from quiet_stub import QuietStub

from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.audit.digest_store import BucketVersions, Copy
from payment_webhooks.audit.digester import Digester, SigningKey
from payment_webhooks.aws.botocore_clients import make_s3_client
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket
from payment_webhooks.deadline import Deadline
from scripts.command_line.project_paths import ROOT

PAGE: Final = 1000  # of S3's listings: its API reference
BEGIN: Final = datetime(2026, 11, 21, 6, tzinfo=UTC)
# The hour itself, two before it, and of the one after it the time until the run ends.
HOURS: Final = 3.5
HOUR_SECONDS: Final = 3600


class Listing(QuietStub):
    """Keys are numbered from `BEGIN` on; the marker of a page is the number of its last."""

    per_hour = 0
    seconds = 0.0

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        time.sleep(self.seconds)
        total = int(HOURS * self.per_hour) if query["prefix"] == ["changes/"] else 0
        first = int(query["version-id-marker"][0]) if "version-id-marker" in query else 0
        last = min(first + PAGE, total)
        text = "".join(map(self._version, range(first, last)))
        more = last < total
        end = f"<NextKeyMarker>{self._key(last)}</NextKeyMarker><NextVersionIdMarker>{last}</NextVersionIdMarker>"
        self.answer(
            f"<ListVersionsResult><IsTruncated>{str(more).lower()}</IsTruncated>{end * more}{text}"
            f"</ListVersionsResult>".encode()
        )

    def _key(self, number: int) -> str:
        came = BEGIN + timedelta(seconds=number * HOUR_SECONDS / self.per_hour)
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        return f"{minute_prefix(came.isoformat())}{came:%H%M%S}-{came:%H%M%S}-{digest}.jsonl.gz"

    def _version(self, number: int) -> str:
        came = BEGIN + timedelta(seconds=number * HOUR_SECONDS / self.per_hour)
        return (
            f"<Version><Key>{self._key(number)}</Key><VersionId>3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY</VersionId>"
            f"<IsLatest>true</IsLatest><LastModified>{came:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
            f"<ETag>&quot;{'a' * 32}&quot;</ETag><Size>9000</Size><StorageClass>STANDARD</StorageClass>"
            f"<Owner><ID>{'b' * 64}</ID></Owner></Version>"
        )

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(b"")


class NoCopies:
    def newest_first(self) -> list[Copy]:
        return []

    def add(self, copy: Copy, forged: str) -> Copy:
        return copy


def objects_an_hour(rate: int) -> int:
    """As the bill counts them: for a million webhooks, at that rate."""
    month = rate * HOUR_SECONDS * 730
    command = [sys.executable, str(ROOT / "scripts" / "cost.py"), "--per-month", str(month), "--json"]
    bill = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (written,) = (
        line["quantity"]
        for line in bill["lines"]
        if (line["resource"], line["item"]) == ("data/AuditBucket", "objects written")
    )
    return math.ceil(float(written) * rate * HOUR_SECONDS / 1_000_000)


def measure(per_hour: int, url: str) -> dict[str, float]:
    os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    s3, deadline = make_s3_client(os.environ), Deadline()
    now = BEGIN + timedelta(hours=3, minutes=10)
    digester = Digester(
        "audit",
        SigningKey("key", lambda _: b"signature", lambda *_: False),
        BucketVersions(s3, "audit", deadline),
        WriteOnceBucket(s3, "audit", "unavailable"),
        NoCopies(),
        deadline,
        now.timestamp,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    run = digester.run()
    taken = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    assert run.failure is None, run
    assert abs(run.made[0].objects - per_hour) <= 1, run
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**taken, "megabytes": (after - before) / 1024, "megabytes_in_all": after / 1024}


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        Listing.per_hour, Listing.seconds = int(sys.argv[2]), float(sys.argv[3])
        with ThreadingHTTPServer(("127.0.0.1", 0), Listing) as server:
            print(server.server_port, flush=True)
            server.serve_forever()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=int, default=1000, help="webhooks a second")
    parser.add_argument(
        "--call-milliseconds", type=float, default=100, help="of a listing, besides its transfer"
    )
    arguments = parser.parse_args()
    per_hour = objects_an_hour(arguments.rate)
    command = [sys.executable, __file__, "serve", str(per_hour), str(arguments.call_milliseconds / 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        try:
            assert stub.stdout is not None
            figures = measure(per_hour, f"http://127.0.0.1:{stub.stdout.readline().strip()}")
        finally:
            stub.terminate()
    calls = math.ceil(HOURS * per_hour / PAGE) + 2
    print(
        f"{arguments.rate} webhooks a second: {per_hour:,} objects an hour, {calls} listings for its digest"
    )
    print(
        f"{figures['seconds']:.0f} s, {figures['cpu_seconds']:.1f} s of processor, {figures['megabytes']:.0f} MB more "
        f"than before ({figures['megabytes_in_all']:.0f} in all)"
    )


if __name__ == "__main__":
    main()
