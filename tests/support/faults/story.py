"""The life of one world: webhooks come, are processed and told, the API is asked, all is archived, and the audit
trail has its digests.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, Protocol

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import (
    ApiCredentials,
    EndpointSecret,
    SecretKey,
    dump_endpoint_secret,
)
from scripts.provider_simulator.local_authority import LocalAuthority, make_authority
from tests.support.faults.aws import Aws
from tests.support.faults.digests import SIGNING_KEY, digest_lies, make_digests
from tests.support.faults.truth import (
    GIVEN_UP,
    SENT,
    UNREADABLE,
    archive_lies,
    audit_lies,
    lies,
    made_at_paypal,
    paypal_resources,
)
from tests.support.faults.worker import Fault, Workers
from tests.support.faults.world import World, shuffled

ENDPOINTS: Final = ("internal", "stripe", "square", "paypal")
ASKED: Final = "internal:t-1"
REGION: Final = "us-east-1"


class Teller(Protocol):
    """Which invocation gets which fault, and what becomes of the outcome."""

    def __call__(self, world: World, function: str, event: Any) -> Fault | None: ...

    def is_over(self, function: str = "") -> bool: ...

    def may_repeat(self, function: str) -> bool: ...

    def end(self, lies: Iterator[str]) -> None: ...

    def fail(self) -> None: ...


def environment(port: int) -> dict[str, str]:
    """That of all functions together: no name means two things."""
    url = f"http://127.0.0.1:{port}"
    endpoints = {name: {"provider": name, "secret": f"secret-{name}"} for name in ENDPOINTS}
    return {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        contract.ENV_ENDPOINTS: json.dumps(endpoints),
        contract.ENV_FINGERPRINT_SECRET: "fingerprint",
        contract.ENV_INBOX_TABLE: "inbox",
        contract.ENV_TRANSACTIONS_TABLE: "transactions",
        contract.ENV_NOTIFICATIONS_TABLE: "notifications",
        contract.ENV_ANALYTICS_TABLE: "analytics",
        contract.ENV_PAYLOAD_BUCKET: "payloads",
        contract.ENV_AUDIT_BUCKET: "audit",
        contract.ENV_SIGNING_KEY: SIGNING_KEY,
        contract.ENV_ARCHIVE_BUCKET: "archive",
        contract.ENV_FAILURES_BUCKET: "failures",
        contract.ENV_PROCESSING_QUEUE_URL: f"{url}/processing",
        contract.ENV_PROCESSING_DLQ_URL: f"{url}/processing-dlq",
        contract.ENV_NOTIFICATION_QUEUE_URL: f"{url}/notification",
        contract.ENV_NOTIFICATIONS_TOPIC: f"arn:aws:sns:{REGION}:000000000000:notifications",
        contract.ENV_MAX_RECEIVE_COUNT: "5",
        contract.ENV_EVENT_BUS: "bus",
        contract.ENV_CONFIG_PARAMETER: "/configuration",
        contract.ENV_SUFFIX: "faults",
        contract.ENV_RECONCILE: "true",
        # What was done today is due today.
        contract.ENV_ARCHIVE_AFTER_DAYS: "-1",
        contract.ENV_INBOX_RETENTION_DAYS: "-1",
    }


@cache
def authority() -> LocalAuthority:
    return make_authority("test", datetime.now(UTC))


def secrets_of(port: int) -> dict[str, EndpointSecret]:
    plain = EndpointSecret(mode="live", keys=(SecretKey("key-1", f"whsec_{'k' * 40}"),))
    pinned = plain._replace(
        mode="test",
        certificates=authority().certificates,
        trust_anchors=authority().trust_anchors,
        api=ApiCredentials("client", "secret", f"http://127.0.0.1:{port}"),
    )
    registered = plain._replace(notification_url="https://example.com/webhook/square")
    return {"internal": plain, "stripe": plain, "square": registered, "paypal": pinned}


def tell(workers: Workers, mode: str, teller: Teller, random: Random | None = None) -> None:
    try:
        _tell(workers, mode, teller, random)
    except Exception:
        teller.fail()
        raise


def _tell(workers: Workers, mode: str, teller: Teller, random: Random | None) -> None:
    secrets = secrets_of(workers.port)
    texts = {f"secret-{name}": dump_endpoint_secret(secret) for name, secret in secrets.items()}
    aws = Aws({**texts, "fingerprint": "f" * 64}, paypal_resources(), made_at_paypal())
    world = World(workers, aws, secrets, authority(), mode, teller, random)
    world.lost_by_pipe = "stripe:"
    for sent in shuffled(SENT, random) if random else SENT:
        world.send(sent)
    world.settle()
    reconciled = not teller.is_over("reconciler")
    if reconciled:
        world.reconcile("paypal")
        world.settle()
    gives_up = not teller.is_over()
    if gives_up:
        _send_what_is_given_up(world)
    world.bring("analytics_processor", [UNREADABLE])
    if not teller.is_over("transaction_api"):
        _ask(world)
    world.settle()
    found = list(lies(aws, gives_up, reconciled, teller.may_repeat))
    if not teller.is_over("transaction_archiver"):
        rows = sum(contract.EFFECT in item for item in aws.items("transactions"))
        world.archive()
        found += [*archive_lies(aws, rows), *audit_lies(aws)]
    if not teller.is_over("audit_digest"):
        objects = sum(key.startswith("/audit/") for key in aws.objects)
        last = make_digests(world)
        world.settle()
        found += [*digest_lies(aws, last, objects), *audit_lies(aws)]
    teller.end(iter(found))


def _send_what_is_given_up(world: World) -> None:
    """Its body is gone before it is processed, and no attempt helps."""
    before = set(world.aws.objects)
    world.send(GIVEN_UP)
    for key in set(world.aws.objects) - before:
        del world.aws.objects[key]


def _ask(world: World) -> None:
    one = {"pathParameters": {"id": ASKED}}
    world.ask("GET", "/transactions/{id}", **one)
    today = datetime.now(UTC).date()
    days = {"from": today.isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    world.ask(
        "POST",
        "/transactions/{id}/notify",
        **one,
        headers={"content-type": "application/json"},
        body='{"request_id": "desk-7"}',
    )
    world.ask(
        "GET",
        "/transactions",
        queryStringParameters={"status": "succeeded", "from": "2025-10-09", "to": "2025-10-09"},
    )
    world.ask("GET", "/analytics", queryStringParameters=days)
