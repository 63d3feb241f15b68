"""scripts/transactions.py on the local engine, as a person calls it."""

import json
import secrets

import pytest

from tests.support.library.events import changed
from tests.support.library.transactions import paid
from tests.support.system.deployed_system import Finished
from tests.support.system.system import System, processed


def run(system: System, action: str, *arguments: str, standard_input: str | None = None) -> Finished:
    place = ("--suffix", system.suffix, "--local")
    return system.run("transactions.py", action, *place, *arguments, standard_input=standard_input)


@pytest.fixture(scope="module")
def customer(system: System) -> str:
    name = f"customer-{secrets.token_hex(4)}"
    for second in range(3):
        paid(system, created_at=f"2026-04-01T08:00:0{second}Z", customer_id=name)
    return f"internal:{name}"


def test_a_list_as_json_and_as_a_table(system: System, customer: str) -> None:
    wanted = ("--customer-id", customer, "--from", "2026-04-01", "--to", "2026-04-02")
    found = json.loads(run(system, "list", *wanted, "--json").stdout)
    assert (len(found["transactions"]), found["complete"]) == (3, True)
    cut = json.loads(run(system, "list", *wanted, "--json", "--limit", "2").stdout)
    assert cut == {"transactions": found["transactions"][:2], "complete": False}
    flagged = json.loads(run(system, "list", *wanted, "--json", "--flagged").stdout)
    assert flagged == {"transactions": [], "complete": True}
    shown = run(system, "list", *wanted)
    assert shown.exit_code == 0
    assert "3 transactions, from 2026-04-01 to 2026-04-02" in shown.stdout
    assert "125.00" in shown.stdout


def test_one_with_its_events(system: System) -> None:
    transaction_id = paid(system, amount_minor=990)
    found = json.loads(run(system, "show", transaction_id, "--json", "--history").stdout)
    assert (found["net_minor"], len(found["history"])) == (990, 1)
    shown = run(system, "show", transaction_id, "--history")
    assert shown.exit_code == 0
    assert transaction_id in shown.stdout.replace("\n", "")


def test_a_notification_is_asked_for(system: System) -> None:
    transaction_id = paid(system)
    found = json.loads(run(system, "notify", transaction_id, "--request-id", "ticket-1", "--json").stdout)
    assert found == {"transaction_id": transaction_id, "request_id": "ticket-1", "status": "queued"}
    assert "queued as request" in run(system, "notify", transaction_id).stdout


def test_payouts_with_what_they_have_come_to(system: System) -> None:
    payout, day = f"po_{secrets.token_hex(8)}", 1_735_732_800  # 2025-01-01
    for number, status in enumerate(("paid", "failed")):
        told = {"data.object.id": payout, "data.object.status": status, "created": day + number}
        webhook = {"id": f"evt_{payout}_{status}", "type": f"payout.{status}", "livemode": True}
        assert system.send("stripe", changed("stripe/payout_paid", told | webhook)).status_code == 200
        system.wait_for_trace(f"stripe:{webhook['id']}", processed)
    days = ("--from", "2025-01-01", "--to", "2025-01-01")
    found = json.loads(run(system, "payouts", *days, "--json").stdout)
    (ours,) = [each for each in found["payouts"] if each["payout_id"] == payout]
    assert (ours["status"], ours["amount"], ours["arrival_date"]) == ("failed", "1234.00", "2025-10-10")
    shown = run(system, "payouts", *days, "--status", "failed")
    assert shown.exit_code == 0
    assert "1,234.00 EUR" in shown.stdout
    assert json.loads(run(system, "payouts", *days, "--status", "paid", "--json").stdout)["payouts"] == []
    traced = system.run("trace.py", "--suffix", system.suffix, "--local", f"stripe:evt_{payout}_paid")
    assert "payout: failed: 1,234.00 EUR, due 2025-10-10" in traced.stdout


def test_an_event_is_retracted_and_the_bus_is_told(system: System) -> None:
    event_id = f"event-{secrets.token_hex(8)}"
    transaction_id = paid(system, amount_minor=990, id=event_id)
    retract = ("retract", transaction_id, event_id, "--reason", "sent by a test")
    refused = run(system, *retract, standard_input="n\n")
    assert refused.exit_code == 3
    assert f"{event_id} of {transaction_id} will be retracted, on the local engine at " in refused.stderr
    assert f"Retract {event_id} of {transaction_id}? [y/N]" in refused.stderr
    done = run(system, *retract, "--yes")
    assert done.exit_code == 0, done.text
    repeated = run(system, *retract, standard_input="")
    assert repeated.exit_code == 0, repeated.text
    assert f"{event_id} of {transaction_id} is retracted already, by " in repeated.stderr
    assert "nothing is written; told to the bus again" in repeated.stderr
    assert "[y/N]" not in repeated.stderr
    assert "held: " not in done.stderr  # there is and was none
    assert "captured: 9.90 EUR -> 0.00 EUR" in done.stderr
    found = json.loads(run(system, "show", transaction_id, "--json").stdout)
    assert (found["captured_minor"], found["net_minor"]) == (0, 0)
    again = run(system, "confirm", transaction_id, event_id, "--reason", "it was right", "--yes", "--json")
    assert json.loads(again.stdout)["changes"]["captured_minor"] == [0, 990]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("show", "internal:never-heard-of"), 1, "There is no such transaction."),
        (("show", "no-endpoint"), 2, "is no id of a transaction"),
        (("list", "--status", "failed", "--from", "2026-01-01"), 2, "at most 31 days"),
        (("list",), 2, "--status"),
        (("payouts", "--from", "2020-01-01"), 2, "at most 31 days"),
        (("payouts", "--from", "2025-01-02", "--to", "2025-01-01"), 2, "--from is after --to"),
        (("retract", "internal:none", "evt_1", "--reason", "x", "--yes"), 1, "no transaction internal:none"),
        (("notify", "internal:order-1", "--request-id", "a b"), 2, "request_id: "),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    system: System, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    done = run(system, *arguments)
    assert done.exit_code == exit_code
    assert said in done.stderr
    assert "Traceback" not in done.text
