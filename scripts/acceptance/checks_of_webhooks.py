"""Checks: what becomes of webhooks of each kind."""

import hashlib
import secrets
from typing import Final

from payment_webhooks import contract
from scripts.acceptance.bench import Bench
from scripts.acceptance.samples import IN_HOUSE, SAMPLES, UNREADABLE_BODY, payment_body, sample_body
from scripts.acceptance.step_selection import CheckFailed
from stacks.webhook_endpoints import ENDPOINTS, endpoint_named

LARGE_BYTES: Final = 600_000  # more than a row of DynamoDB holds


def set_keys(bench: Bench) -> None:
    """A random key for each endpoint, through the command; nothing here is worth stealing, but a constant is copied."""
    there = bench.environment
    # A test authority, in an environment of tests; a run that goes on gives it other keys, though they are in use.
    confirmed = () if there.is_local else ("--confirm", there.suffix, "--yes")
    for endpoint in ENDPOINTS:
        settings = (*SAMPLES[endpoint.provider].key_settings, *confirmed)
        bench.command(
            "endpoint_secrets",
            *("--endpoint", endpoint.name, "set", "--now", "--value-file", "-", *settings),
            standard_input=f"whsec_{secrets.token_hex(16)}",
        )


def webhook_is_processed(bench: Bench, endpoint: str) -> None:
    """Answered 200, in the inbox, in the ledger with the right amount, in the audit trail."""
    provider = endpoint_named(endpoint).provider
    found = bench.processed(bench.accepted(endpoint, sample_body(provider)))
    state = found.state
    payment = (state.status, state.captured_minor, state.currency) if state else None
    if payment != SAMPLES[provider].payment:
        raise CheckFailed(f"the payment is {payment}; must be {SAMPLES[provider].payment}")


def duplicate_changes_nothing(bench: Bench) -> None:
    body = payment_body()
    webhook_id = bench.accepted(IN_HOUSE, body)
    bench.processed(webhook_id)
    bench.accepted(IN_HOUSE, body, "duplicate")
    found = bench.trace(webhook_id)
    bench.expect("inbox items and ledger rows", (len(found.inbox), len(found.ledger)), (1, 1))


def forgeries_are_refused(bench: Bench) -> None:
    """To each endpoint: signed with another key 401, without a signature 400 or 401; nothing is stored."""
    before = bench.inbox_count()
    for endpoint in ENDPOINTS:
        body = sample_body(endpoint.provider)
        forged = bench.send(endpoint.name, body, forged=True)
        bench.expect(f"forged, to {endpoint.name}", forged.status_code, 401)
        unsigned = bench.send(endpoint.name, body, signed=False)
        if unsigned.status_code not in (400, 401):
            raise CheckFailed(f"unsigned, to {endpoint.name}: {unsigned.status_code}; must be 400 or 401")
    bench.expect("new inbox items", bench.inbox_count() - before, 0)


def unreadable_is_quarantined(bench: Bench) -> None:
    """Authentic, and cut off: kept for a person, never refused."""
    webhook_id = bench.accepted(IN_HOUSE, UNREADABLE_BODY + secrets.token_hex(8).encode(), "quarantined")
    bench.expect(f"trace {webhook_id}", bench.trace(webhook_id).inbox_statuses, ("quarantined",))


def large_body_is_kept_whole(bench: Bench) -> None:
    """Too long for a row: in the payload bucket, byte for byte, and processed from there."""
    body = payment_body(note="a line of an order\n" * (LARGE_BYTES // 19))
    webhook_id = bench.accepted(IN_HOUSE, body)
    bench.processed(webhook_id)
    (item,) = bench.client("dynamodb").query(
        TableName=bench.names.inbox_table,
        ConsistentRead=True,
        KeyConditionExpression=f"{contract.WEBHOOK_ID} = :id",
        ExpressionAttributeValues={":id": {"S": webhook_id}},
    )["Items"]
    if "payload_key" not in item:
        raise CheckFailed("the body is not in the payload bucket")
    stored = bench.client("s3").get_object(Bucket=bench.names.payload_bucket, Key=item["payload_key"]["S"])
    digest = hashlib.sha256(stored["Body"].read()).hexdigest()
    bench.expect("SHA-256 of the stored body", digest, hashlib.sha256(body).hexdigest())
