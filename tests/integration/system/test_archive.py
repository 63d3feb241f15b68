"""The deployed archiver: an old payment moves to the bucket, and a late refund still finds it."""

import base64
import gzip
import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.day_shards import DAY_SECONDS, cutoff_day, day_of, shard_of
from payment_webhooks.domain import events as words
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.ledger.items import to_item as row_item
from payment_webhooks.ledger.payment_items import to_item as head_item
from payment_webhooks.ledger.reader import entries_of
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.timestamps import utc_timestamp
from scripts.command_line.boto3_api import client_api
from stacks.function_catalogue import TRANSACTION_ARCHIVER
from tests.integration.system.test_webhooks import in_house_event
from tests.support.library.ledger import dispute_event, payment_event, row_of
from tests.support.library.transactions import client_of
from tests.support.system.system import System, body_of, processed, wait_for

AGE_DAYS = 200
INBOX_AGE_DAYS = 60


def old_rows(name: str) -> list[LedgerRow]:
    """Of a payment of the in-house endpoint, as the processor would have recorded them long ago."""
    recorded_at = utc_timestamp(time.time() - AGE_DAYS * DAY_SECONDS)
    events = [payment_event(words.PENDING, 5000), payment_event(words.SUCCEEDED, 5000, 1)]
    return [
        row_of(event)._replace(
            transaction_id=f"internal:{name}",
            endpoint="internal",
            provider="internal",
            recorded_at=recorded_at,
        )
        for event in events
    ]


def put(system: System, items: list[dict[str, Any]]) -> None:
    for item in items:
        system.client("dynamodb").put_item(TableName=system.names.transactions_table, Item=item)


def append(system: System, rows: Iterable[LedgerRow]) -> None:
    """As the processor writes them."""

    def refuse(attempts: int) -> None:
        raise AssertionError("nobody else writes to these payments")

    api = client_api(system.client("dynamodb"))
    writer = LedgerWriter(api, system.names.transactions_table, str, refuse, lambda *_: False)
    for row in rows:
        writer.append(row)


def begin(system: System, name: str = contract.ARCHIVE_TRANSACTIONS, age_days: int = AGE_DAYS) -> None:
    """As if all days before the old one had been worked through: the first run would look at a year of empty ones."""
    values = {
        contract.TRANSACTION_ID: contract.ARCHIVE_PROGRESS,
        contract.TRANSACTION_TIMESTAMP: f"{contract.ARCHIVE_PROGRESS}#{name}",
        "day": cutoff_day(time.time(), age_days),
    }
    put(system, [item_of(values)])


def old_webhook(system: System) -> tuple[dict[str, Any], str]:
    """Its event, and the day on which it was processed; its body is in the bucket."""
    event = {**in_house_event(), "note": "a line of an order\n" * 32_000}
    system.send("internal", body_of(event))
    webhook_id = f"internal:{event['id']}"
    (item,) = system.wait_for_trace(webhook_id, processed).inbox
    dynamodb, table = system.client("dynamodb"), system.names.inbox_table
    key = {name: {"S": item[name]} for name in (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)}
    old_day = day_of(utc_timestamp(time.time() - INBOX_AGE_DAYS * DAY_SECONDS))
    assert item[contract.ARCHIVE_SHARD] == shard_of(day_of(item["processed_at"]), webhook_id)
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET archive_shard = :old",
        ExpressionAttributeValues={":old": {"S": shard_of(old_day, webhook_id)}},
    )
    return event, old_day


def archive(system: System, name: str = contract.ARCHIVE_TRANSACTIONS) -> dict[str, Any]:
    """One run; the line that it wrote of this archive."""
    answer = system.client("lambda").invoke(
        FunctionName=system.names.function(TRANSACTION_ARCHIVER.folder), Payload=b"{}", LogType="Tail"
    )
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "FunctionError" not in answer, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each.get("archive") == name]
    found: dict[str, Any] = line
    return found


def items(system: System, transaction_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.client("dynamodb").query(
        TableName=system.names.transactions_table,
        ConsistentRead=True,
        KeyConditionExpression="transaction_id = :id",
        ExpressionAttributeValues={":id": {"S": transaction_id}},
    )["Items"]
    return found


def kinds(system: System, transaction_id: str) -> list[str]:
    return [item["timestamp"]["S"].partition("#")[0] for item in items(system, transaction_id)]


def test_an_old_payment_is_archived_and_a_late_refund_finds_it(system: System) -> None:
    name = f"old-{secrets.token_hex(4)}"
    rows = old_rows(name)
    open_row = row_of(dispute_event("dp_1", words.DISPUTED, 100))._replace(
        transaction_id=f"internal:open-{name}",
        recorded_at=rows[0].recorded_at,
    )
    append(system, (*rows, open_row))
    begin(system)
    line = archive(system)
    assert (line["outcome"], line[contract.METRIC_ARCHIVED], line["parts"]) == ("complete", 1, 1)
    assert line[contract.METRIC_ARCHIVE_BEHIND] == 0

    found = entries_of(items(system, f"internal:{name}"))
    assert kinds(system, f"internal:{name}") == ["archive", "payment"]
    assert list(found.rows) == rows
    (part,) = found.archived
    bucket, _, key = part.location.removeprefix("s3://").partition("/")
    assert bucket == system.outputs["ArchiveBucketName"]
    assert key.startswith(f"transactions/date={day_of(rows[0].recorded_at)}/provider=internal/part-")
    content = system.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert hashlib.sha256(content).hexdigest() == part.sha256
    archived = [json.loads(each) for each in gzip.decompress(content).splitlines()]
    assert [each["transaction_id"] for each in archived] == [f"internal:{name}"]
    assert [LedgerRow.from_stored(row) for row in archived[0]["rows"]] == rows
    open_items = entries_of(items(system, open_row.transaction_id))
    assert (open_items.rows, open_items.archived) == ((open_row,), ())  # a dispute that is open

    command = ("--suffix", system.suffix, "--local", "--json")
    shown = system.run("archive.py", "show", *command, f"internal:{name}")
    assert (shown.exit_code, json.loads(shown.stdout)[0]["lines"]) == (0, archived)
    traced = json.loads(system.run("trace.py", *command, "--transaction", f"internal:{name}").stdout)
    archived_rows = [each for each in traced["moments"] if each["what"] == "rows archived"]
    assert [each["details"]["object"] for each in archived_rows] == [part.location]
    assert traced["effects"].keys() == {row.event_id for row in rows}
    verified = system.run("archive.py", "verify", *command, "--day", day_of(rows[0].recorded_at))
    assert verified.exit_code == 0, verified.text
    assert {"key": key, "verdict": "right"} in json.loads(verified.stdout)

    refund = in_house_event() | {"type": "refund", "transaction_id": name, "object_id": "re-late"}
    refund |= {"amount_minor": 700, "currency": "USD"}
    system.send("internal", body_of(refund))
    system.wait_for_trace(f"internal:{refund['id']}", processed)
    state = fold(entries_of(items(system, f"internal:{name}")).rows)
    assert (state.status, state.captured_minor, state.refunded_minor) == (
        words.PARTIALLY_REFUNDED,
        5000,
        700,
    )
    assert archive(system)[contract.METRIC_ARCHIVED] == 0


def test_a_replay_of_an_archived_payment_changes_nothing(system: System) -> None:
    customer = f"customer-{secrets.token_hex(4)}"
    event = {**in_house_event(), "customer_id": customer}
    system.send("internal", body_of(event))
    webhook_id, transaction_id = f"internal:{event['id']}", f"internal:{event['transaction_id']}"
    done = system.wait_for_trace(webhook_id, processed)
    dynamodb, table = system.client("dynamodb"), system.names.transactions_table
    (row,) = done.ledger
    payment = entries_of(items(system, transaction_id)).payment
    assert payment is not None
    # Its age is all that is missing; the rest is the processor's.
    old = utc_timestamp(time.time() - AGE_DAYS * DAY_SECONDS)
    for item in (row_item(row._replace(recorded_at=old)), head_item(payment._replace(recorded_at=old))):
        dynamodb.put_item(TableName=table, Item=item)
    begin(system)
    assert archive(system)[contract.METRIC_ARCHIVED] == 1
    before = items(system, transaction_id)
    kinds = [item["timestamp"]["S"].partition("#")[0] for item in before]
    assert kinds == ["archive", "payment"]
    day = row.occurred_at[:10]
    query = {"customer_id": f"internal:{customer}", "from": day, "to": day}
    listed = client_of(system).get("/transactions", query).document["transactions"]
    assert [(each["transaction_id"], each["status"]) for each in listed] == [(transaction_id, "succeeded")]
    inbox = system.names.inbox_table
    key = {"webhookId": {"S": webhook_id}, "timestamp": {"S": row.webhook_timestamp}}
    dynamodb.delete_item(TableName=inbox, Key=key)  # as time to live does
    system.send("internal", body_of(event))
    wait_for(lambda: system.trace(webhook_id), lambda trace: trace.inbox_statuses == ("processed",))
    assert items(system, transaction_id) == before


def test_a_webhook_is_archived_and_may_expire_and_its_audit_trail_says_so(system: System) -> None:
    """The engine lets it expire, but its stream says nothing of that: tests/unit/library/audit/test_records.py."""
    event, old_day = old_webhook(system)
    webhook_id = f"internal:{event['id']}"
    begin(system, contract.ARCHIVE_WEBHOOKS, INBOX_AGE_DAYS)
    line = archive(system, contract.ARCHIVE_WEBHOOKS)
    assert (line["outcome"], line[contract.METRIC_ARCHIVED]) == ("complete", 1)

    found = wait_for(
        lambda: system.trace(webhook_id).audit,
        lambda audit: any(contract.ARCHIVED_IN in record for record in audit),
    )
    (record,) = [each for each in found if contract.ARCHIVED_IN in each]
    assert record["changed_attributes"] == ["archive_shard", "archived_in", "expires_at"]
    location: str = record[contract.ARCHIVED_IN]
    bucket, _, name = location.removeprefix("s3://").partition("/")
    assert name.startswith(f"webhooks/date={old_day}/provider=internal/part-")
    content = system.client("s3").get_object(Bucket=bucket, Key=name)["Body"].read()
    (archived,) = [json.loads(each) for each in gzip.decompress(content).splitlines()]
    assert (archived["webhook_id"], json.loads(archived["payload"])) == (webhook_id, event)

    days = ("--from", old_day, "--to", old_day)
    find = ("find.py", "--suffix", system.suffix, "--local", "--event", webhook_id, *days, "--json")
    in_both = system.run(*find)
    (hit,) = json.loads(in_both.stdout)["found"]
    assert (hit["place"], hit["location"]) == ("inbox", location)
    assert "1 item shown in the inbox: also in the archive" in in_both.stderr
    listed = system.run("archive.py", "list", *find[1:4], "--day", old_day, "--json")
    assert location.endswith("/" + json.loads(listed.stdout)[-1]["key"])

    key = {"webhookId": {"S": webhook_id}, "timestamp": {"S": archived["webhook_timestamp"]}}
    dynamodb, inbox = system.client("dynamodb"), system.names.inbox_table
    dynamodb.delete_item(TableName=inbox, Key=key)  # as time to live does
    command = ("trace.py", "--suffix", system.suffix, "--local", webhook_id)
    removed = "tampered with: webhook_removed"  # nobody but time to live may
    wait_for(lambda: system.run(*command), lambda done: done.exit_code == 0 and removed in done.stdout)
    traced = system.run(*command, "--archived-on", old_day)
    assert traced.exit_code == 0, traced.text
    assert f"object: {location}" in " ".join(traced.stdout.split())
    assert "a line of an order" not in traced.stdout
    again = item_of({"webhookId": webhook_id, "timestamp": "later", "status": contract.STATUS_PROCESSED})
    dynamodb.put_item(TableName=inbox, Item=again)  # as of a webhook that is sent again
    done = system.run(*find[:4], "--transaction", f"internal:{event['transaction_id']}", *find[6:])
    payment, in_inbox, hit = json.loads(done.stdout)["found"]
    assert (payment["place"], payment["status"]) == ("ledger", "succeeded")
    assert (in_inbox["place"], in_inbox["timestamp"]) == ("inbox", "later")
    assert (hit["place"], hit["id"], hit["location"], hit["body"]) == ("archive", webhook_id, location, None)
    assert f"archive of {old_day} to {old_day}: " in done.stderr


def test_a_part_that_was_changed_is_found(system: System) -> None:
    append(system, old_rows(f"old-{secrets.token_hex(4)}"))
    begin(system)
    assert archive(system)[contract.METRIC_ARCHIVED] == 1
    command = ("--suffix", system.suffix, "--local", "--json")
    listed = json.loads(system.run("archive.py", "list", *command).stdout)
    parts = [manifest for manifest in listed if manifest["archive"] == "transactions"]
    key = max(parts, key=lambda manifest: int(manifest["part"]))["key"]
    s3, bucket = system.client("s3"), system.outputs["ArchiveBucketName"]
    whole = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=whole[:-1])
    altered = system.run("archive.py", "verify", *command)
    s3.delete_object(Bucket=bucket, Key=key)
    missing = system.run("archive.py", "verify", *command)
    s3.put_object(Bucket=bucket, Key=key, Body=whole)
    assert (altered.exit_code, missing.exit_code) == (1, 1)
    assert {"key": key, "verdict": "altered"} in json.loads(altered.stdout)
    assert {"key": key, "verdict": "missing"} in json.loads(missing.stdout)
    assert system.run("archive.py", "verify", *command).exit_code == 0
    assert system.run("archive.py", "show", *command, "internal:nobody").exit_code == 1
    assert system.run("archive.py", "list", *command, "--day", "yesterday").exit_code == 2
    none = system.run("archive.py", "verify", *command, "--day", "2001-01-01")
    assert none.exit_code == 1
    assert "nothing of 2001-01-01 is archived of transactions or webhooks" in none.stderr
