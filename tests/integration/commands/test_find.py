"""scripts/find.py on the local engine, as a person calls it."""

import csv
import io
import json
import secrets
from datetime import UTC, datetime

from tests.integration.system.test_webhooks import in_house_event
from tests.support.library.transactions import paid
from tests.support.system.deployed_system import Finished
from tests.support.system.system import System, body_of


def find(system: System, *arguments: str) -> Finished:
    return system.run("find.py", "--suffix", system.suffix, "--local", *arguments)


def test_a_payment_and_its_webhook_are_found_by_what_is_known_of_them(system: System) -> None:
    name = secrets.token_hex(4)
    event, customer, note = f"event-{name}", f"customer-{name}", f"a note of {name}"
    transaction = paid(system, id=event, customer_id=customer, note=note, amount_minor=4242)
    days = ("--from", "2026-11-21", "--to", "2026-11-21")
    by_customer = find(system, "--customer", f"internal:{customer}", "--amount", "42.42", *days, "--json")
    document = json.loads(by_customer.stdout)
    assert [each["id"] for each in document["found"]] == [transaction]
    assert document["read_units"] > 0
    assert by_customer.stderr.startswith(
        "ledger by customer-index: 1 partition, then the items\ninbox by pending-index: "
    )

    by_event = find(system, "--event", event)
    assert f" inbox   processed internal:{event}" in by_event.stdout
    rows = list(csv.DictReader(io.StringIO(find(system, "--transaction", transaction, "--csv").stdout)))
    assert [(row["place"], row["id"]) for row in rows] == [
        ("ledger", transaction),
        ("inbox", f"internal:{event}"),
    ]
    assert rows[0]["amount"] == "42.42 EUR"

    other = {"id": event, "transaction_id": f"order-{name}", "amount_minor": 4343, "customer_id": customer}
    conflict = in_house_event() | other
    assert system.send("internal", body_of(conflict)).body["status"] == "conflict"
    waits = find(system, "--transaction", f"order-{name}", "--amount", "43.43")
    assert waits.exit_code == 0, waits.text
    assert f" inbox   conflict internal:{event} 43.43 EUR" in waits.stdout

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    shown = find(system, "--text", note.upper(), "--from", today)
    assert shown.exit_code == 0, shown.text
    assert f"internal:{event}" in shown.stdout
    assert note in shown.stdout
    assert transaction.partition(":")[2] not in shown.stdout  # of the body only what is around the place


def test_more_units_than_may_be_read_are_refused_before_any_is(system: System) -> None:
    done = find(system, "--status", "failed", "--max-read-units", "1")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "more than --max-read-units 1" in done.stderr
