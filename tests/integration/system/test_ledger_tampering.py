"""Attacks on the ledger of a deployed system are told; what the archiver releases is not."""

import secrets
from typing import Any

from payment_webhooks import contract
from payment_webhooks.ledger.items import to_item
from stacks.function_catalogue import AUDIT_LOGGER
from tests.integration.deploy.test_log_groups import lines_of
from tests.integration.system.test_archive import append, archive, begin, items, old_rows
from tests.integration.system.test_webhooks import in_house_event
from tests.support.system.engine_clients import Clients
from tests.support.system.small_stacks import user_with
from tests.support.system.system import System, body_of, processed, wait_for

KEYS = (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)


def told(system: System, transaction_id: str) -> list[tuple[str, str]]:
    """What the audit logger's lines say is wrong with this payment, and of which entry."""
    lines = lines_of(system, AUDIT_LOGGER.folder)
    return [
        (line["tampering"], line["entry"])
        for line in lines
        if line.get("transaction_id") == transaction_id and "entry" in line
    ]


def paid(system: System) -> dict[str, Any]:
    """The row of a new payment, as it is in the table."""
    event = in_house_event()
    assert system.send("internal", body_of(event)).status_code == 200
    webhook_id = f"internal:{event['id']}"
    system.wait_for_trace(webhook_id, processed)
    pages = (
        system.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=system.names.transactions_table, ConsistentRead=True)
    )
    (row,) = (
        item
        for page in pages
        for item in page["Items"]
        if item.get("webhook_id") == {"S": webhook_id} and "occurred_at" in item
    )
    found: dict[str, Any] = row
    return found


def test_a_row_that_is_overwritten_one_that_is_deleted_and_an_overwritten_head_ring(
    system: System, aws: Clients
) -> None:
    table = system.names.transactions_table
    row = paid(system)
    transaction_id, entry = (row[name]["S"] for name in KEYS)
    arn = f"arn:aws:dynamodb:{system.region}:{system.names.account}:table/{table}"
    rights = ["dynamodb:PutItem", "dynamodb:DeleteItem"]  # the processor's, and the archiver's
    attacker = user_with(aws, {"Effect": "Allow", "Action": rights, "Resource": arn})
    try:
        attacker("dynamodb").put_item(TableName=table, Item={**row, "amount_minor": {"N": "1"}})
        wait_for(lambda: told(system, transaction_id), lambda found: found == [("row_changed", entry)])
        attacker("dynamodb").delete_item(TableName=table, Key={name: row[name] for name in KEYS})
        rang = [("row_changed", entry), ("row_removed", entry)]
        wait_for(lambda: told(system, transaction_id), lambda found: found == rang)
        head_key = {contract.TRANSACTION_ID: row[KEYS[0]], contract.TRANSACTION_TIMESTAMP: {"S": "payment"}}
        head = system.client("dynamodb").get_item(TableName=table, Key=head_key)["Item"]
        attacker("dynamodb").put_item(TableName=table, Item={**head, "state": {"S": "{}"}})
        rang.append(("head_changed", "payment"))
        wait_for(lambda: told(system, transaction_id), lambda found: found == rang)
        attacker("dynamodb").put_item(TableName=table, Item=row)
    finally:
        attacker.close()
    trace = ("trace.py", "--suffix", system.suffix, "--local", "--transaction", transaction_id)
    traced = wait_for(lambda: system.run(*trace).stdout, lambda text: "put back into the ledger" in text)
    assert [name for name, _ in rang if f"tampered with: {name}" not in traced] == []
    counts = [line.get(contract.METRIC_LEDGER_TAMPERED) for line in lines_of(system, AUDIT_LOGGER.folder)]
    assert sum(filter(None, counts)) >= 3


def test_a_webhook_that_is_deleted_rings_and_what_came_of_it_did_not(system: System) -> None:
    row, dynamodb, table = paid(system), system.client("dynamodb"), system.names.inbox_table
    key = {contract.WEBHOOK_ID: row["webhook_id"], contract.WEBHOOK_TIMESTAMP: row["webhook_timestamp"]}
    dynamodb.delete_item(TableName=table, Key=key)

    def of_webhook() -> list[str]:
        lines = lines_of(system, AUDIT_LOGGER.folder)
        return [line["tampering"] for line in lines if line.get("webhook_id") == row["webhook_id"]["S"]]

    wait_for(of_webhook, bool)
    assert of_webhook() == ["webhook_removed"]
    assert told(system, row[KEYS[0]]["S"]) == []


def test_what_the_archiver_releases_rings_nothing(system: System) -> None:
    rows = old_rows(f"kept-{secrets.token_hex(4)}")
    append(system, rows)
    begin(system)
    archive(system)
    transaction_id = rows[0].transaction_id
    assert not [item for item in items(system, transaction_id) if item.get("event_id")]
    # What comes after it in the stream is told, so it has been looked at.
    late = {**to_item(rows[0]), contract.TRANSACTION_TIMESTAMP: {"S": "forged"}}
    table, dynamodb = system.names.transactions_table, system.client("dynamodb")
    dynamodb.put_item(TableName=table, Item=late)
    dynamodb.delete_item(TableName=table, Key={name: late[name] for name in KEYS})
    wait_for(lambda: told(system, transaction_id), bool)
    assert told(system, transaction_id) == [("row_removed", "forged")]
