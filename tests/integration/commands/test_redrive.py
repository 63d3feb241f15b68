"""Dead letters of a deployed system: shown and moved back by the script as a person runs it."""

import gzip
import json
import secrets
from collections.abc import Iterator

import pytest

from payment_webhooks.audit.batch import minute_prefix
from payment_webhooks.timestamps import utc_timestamp
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.dead_letters import put, put_failed_batch, put_undelivered
from tests.support.system.deployed_system import Finished
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, body_of, processed


def redrive(system: System, *arguments: str) -> Finished:
    return system.run("redrive.py", *arguments, "--suffix", system.suffix, "--local")


def listed(system: System, queue: str) -> list[tuple[str, int]]:
    done = redrive(system, "list", "--json")
    assert done.exit_code == 0, done.text
    return [(each["reason"], each["letters"]) for each in json.loads(done.stdout) if each["queue"] == queue]


@pytest.fixture
def empty_queues(system: System) -> Iterator[None]:
    yield
    for name in (system.names.notification_dlq, system.names.events_dlq):
        url = system.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        system.client("sqs").purge_queue(QueueUrl=url)


def test_what_was_given_up_is_told_once_and_what_can_t_be_read_stays(
    system: System, empty_queues: None
) -> None:
    told = Subscription(system, system.outputs["NotificationsTopicArn"], "test-redrive")
    event = in_house_event() | {"transaction_id": f"order-{secrets.token_hex(4)}"}
    transaction_id = f"internal:{event['transaction_id']}"
    assert system.send("internal", body_of(event)).status_code == 200
    system.wait_for_trace(f"internal:{event['id']}", processed)
    told.wait_for(transaction_id)
    asked = {"notification_type": "manual_notification", "transaction_id": transaction_id}
    dlq = system.names.notification_dlq
    put(system, dlq, json.dumps({"transaction_id": transaction_id, "event_id": event["id"]}))  # told already
    put(system, dlq, json.dumps(asked | {"request_id": "given-up"}))
    put(system, dlq, "{}")
    put_undelivered(system, asked | {"request_id": "undelivered"})
    assert listed(system, "notification-dlq") == [("received too often", 2), ("received too often", 1)]
    blind = redrive(system, "move", "notification-dlq", "--yes")
    assert blind.exit_code == 2
    assert "--dry-run says how many there are" in blind.stderr
    moved = redrive(system, "move", "notification-dlq", "--yes", "--count", "2", "--json")
    assert moved.exit_code == 1  # as one stays
    assert json.loads(moved.stdout) == {"queue": "notification-dlq", "found": 3, "moved": 2, "stay": 1}
    assert "notification-dlq: 3 letters, 2 can be moved\n" in moved.stderr
    assert "1 stays: can't be read; docs/replay.md says how to look at it and delete it\n" in moved.stderr
    other = ("move", "events-dlq", "--reason", "NO_PERMISSIONS", "--yes", "--count", "1")
    assert redrive(system, *other).exit_code == 0
    nothing = redrive(system, "move", "events-dlq", "--yes")
    assert (nothing.exit_code, nothing.stderr) == (0, "events-dlq: no letters\n")
    found = told.wait_for(transaction_id, count=3)
    assert sorted(each["notification_type"] for each in found) == [
        "manual_notification",
        "manual_notification",
        "payment_confirmation",
    ]


def test_a_batch_that_the_audit_logger_gave_up_is_written_and_its_object_deleted(system: System) -> None:
    webhook_id = f"internal:redriven-{secrets.token_hex(4)}"
    s3, bucket = system.client("s3"), system.names.failures_bucket
    now = put_failed_batch(system, webhook_id)
    dry = redrive(system, "move", "failed-batches", "--dry-run")
    assert dry.exit_code == 0
    assert "1 RetryAttemptsExhausted" in dry.stdout
    assert "lambda-audit-logger" in dry.stdout
    assert redrive(system, "move", "failed-batches", "--yes", "--count", "1").exit_code == 0
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    minute = minute_prefix(utc_timestamp(now))
    written = s3.list_objects_v2(Bucket=system.names.audit_bucket, Prefix=minute)["Contents"]
    objects = [s3.get_object(Bucket=system.names.audit_bucket, Key=each["Key"]) for each in written]
    assert webhook_id in "".join(gzip.decompress(each["Body"].read()).decode() for each in objects)
