"""scripts/erase.py on the local engine: what a person's webhooks tell of them goes, and their money stays."""

import hashlib
import json
import secrets
import time
from typing import Any

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.trace.facts import Trace
from stacks.function_catalogue import AUDIT_LOGGER
from tests.integration.deploy.test_log_groups import lines_of
from tests.support.library.transactions import paid
from tests.support.system.deployed_system import Finished
from tests.support.system.system import System, processed, wait_for

PERSON = "Ada Lovelace"


def erase(system: System, *arguments: str, ticket: str = "OPS-1") -> Finished:
    done = system.run("erase.py", "--suffix", system.suffix, "--local", "--ticket", ticket, *arguments)
    assert PERSON not in done.text
    return done


def answer(done: Finished) -> dict[str, Any]:
    assert done.exit_code == 0, done.text
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def items(system: System, webhook_ids: list[str]) -> list[dict[str, Any]]:
    return [
        item
        for each in webhook_ids
        for item in system.client("dynamodb").query(
            TableName=system.names.inbox_table,
            KeyConditionExpression="#id = :id",
            ExpressionAttributeNames={"#id": contract.WEBHOOK_ID},
            ExpressionAttributeValues={":id": {"S": each}},
        )["Items"]
    ]


def told(system: System, webhook_id: str) -> list[str]:
    lines = lines_of(system, AUDIT_LOGGER.folder)
    return [line["tampering"] for line in lines if line.get("webhook_id") == webhook_id]


def erased_once(trace: Trace) -> bool:
    return [each.get("kind") for each in trace.audit].count("erasure") == 1


def test_a_customer_is_forgotten_and_the_money_is_not(system: System) -> None:
    name = secrets.token_hex(4)
    customer, fields = f"internal:customer-{name}", {"customer_id": f"customer-{name}", "name": PERSON}
    order = {"transaction_id": f"order-{name}", **fields}
    paid(system, id=f"event-{name}", buyer={"mail": PERSON}, **order)
    refund = {"type": "refund", "object_id": f"refund-{name}", "amount_minor": 500}
    paid(system, id=f"back-{name}", **order, **refund)
    webhook_ids = [f"internal:event-{name}", f"internal:back-{name}"]
    ledger = system.trace(webhook_ids[0]).ledger
    of_customer = ("--customer", customer, "--json")

    looked = erase(system, *of_customer, "--dry-run")
    document = answer(looked)
    assert (document["payments"], document["ledger_rows"], document["found"], document["erased"]) == (
        1,
        2,
        2,
        0,
    )
    assert {each["place"] for each in document["stays"]} >= {"ledger", "streams", "backups", "audit trail"}
    assert "1 payment, 2 ledger rows, 2 webhooks" in looked.stderr
    assert all(PERSON in item["payload"]["S"] for item in items(system, webhook_ids))
    shown = erase(system, *of_customer[:-1], "--dry-run")
    assert "1 payment, 2 ledger rows, 2 webhooks" in shown.stdout
    assert "2 webhooks" not in shown.stderr
    assert erase(system, *of_customer, "--yes", "--count", "3").exit_code == 3

    assert answer(erase(system, *of_customer, "--yes", "--count", "2"))["erased"] == 2
    for item in map(plain, items(system, webhook_ids)):
        assert PERSON not in json.dumps(item)
        assert json.loads(item["payload"])["customer_id"] == f"customer-{name}"
        assert (item["status"], item["erasure_ticket"]) == ("processed", "OPS-1")
        assert hashlib.sha256(item["payload"].encode()).hexdigest() == item["erased_sha256"]
        assert item["erased_sha256"] != item["payload_sha256"]
    for webhook_id in webhook_ids:
        trace = system.wait_for_trace(webhook_id, erased_once)
        assert trace.ledger == ledger
        assert told(system, webhook_id) == []
        (record,) = [each for each in trace.audit if each.get("kind") == "erasure"]
        assert record["erasure_ticket"] == "OPS-1"
        assert record["erased_by"].startswith("arn:aws:")

    again = answer(erase(system, *of_customer, "--yes", "--count", "2"))
    assert (again["found"], again["erased"], again["erased_before"]) == (0, 0, 2)

    replayed = system.run(
        *("replay.py", "--suffix", system.suffix, "--local", webhook_ids[0]), "--ticket", "OPS-2", "--yes"
    )
    assert replayed.exit_code == 0, replayed.text
    trace = system.wait_for_trace(
        webhook_ids[0], lambda trace: processed(trace) and trace.inbox[0].get("decision_ticket") == "OPS-2"
    )
    assert trace.ledger == ledger


def test_money_that_is_changed_as_an_erasure_rings(system: System) -> None:
    name = secrets.token_hex(4)
    paid(system, id=f"event-{name}", name=PERSON)
    (item,) = items(system, [f"internal:event-{name}"])
    body = item["payload"]["S"].replace(PERSON, "erased").replace("12500", "1")
    looks = {
        "payload": body,
        contract.ERASED_AT: utc_timestamp(time.time()),
        contract.ERASED_BY: "arn:aws:iam::111111111111:user/ann",
        contract.ERASURE_TICKET: "OPS-1",
        contract.ERASED_SHA256: hashlib.sha256(body.encode()).hexdigest(),
    }
    forged = item | {name: {"S": text} for name, text in looks.items()}
    system.client("dynamodb").put_item(TableName=system.names.inbox_table, Item=forged)
    wait_for(lambda: told(system, f"internal:event-{name}"), lambda found: found == ["webhook_changed"])


def test_what_waits_for_a_person_is_left_alone_and_named(system: System) -> None:
    name = secrets.token_hex(4)
    paid(system, id=f"event-{name}", name=PERSON)
    webhook_id = f"internal:event-{name}"
    conflict = {
        "id": f"event-{name}",
        "type": "payment",
        "created_at": "2026-11-21T09:30:00Z",
        "name": PERSON,
    }
    system.send("internal", json.dumps(conflict).encode())
    done = erase(system, "--event", webhook_id, "--event", f"none-{name}", "--dry-run", "--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert (document["found"], document["left_alone"]) == (1, [f"{webhook_id} (conflict)"])
    assert (document["ledger_rows"], document["not_found"]) == (1, [f"none-{name}"])
    test = conflict | {"status": "succeeded", "livemode": False, "transaction_id": f"order-{name}"}
    money = {"id": f"test-{name}", "customer_id": f"waits-{name}", "amount_minor": 100, "currency": "EUR"}
    system.send("internal", json.dumps({**test, **money}).encode())
    waits = erase(system, "--customer", f"waits-{name}", "--dry-run", "--json")
    assert waits.exit_code == 1
    assert json.loads(waits.stdout)["left_alone"] == [f"internal:test-{name} (unexpected)"]
    nobody = erase(system, "--customer", f"nobody-{name}", "--dry-run")
    assert nobody.exit_code == 1
    assert "no payment of that customer" in nobody.stderr
