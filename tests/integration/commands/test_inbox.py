"""What waits for a person: listed, shown, accepted, discarded, by the script as a person runs it."""

import json
import secrets
from typing import Any

from payment_webhooks import contract
from tests.integration.system.test_webhooks import in_house_event, stripe_event
from tests.support.system.deployed_system import Finished
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, body_of, processed, wait_for


def inbox(system: System, action: str, *arguments: str) -> Finished:
    done = system.run("inbox.py", action, "--suffix", system.suffix, "--local", *arguments)
    assert done.exit_code == 0, done.text
    return done


def listed(system: System, status: str) -> list[str]:
    found = json.loads(inbox(system, "list", "--status", status, "--json").stdout)
    return [item[contract.WEBHOOK_ID] for item in found]


def conflicting(system: System) -> tuple[str, dict[str, Any]]:
    """A processed webhook, and beside it another body under its id."""
    event = in_house_event()
    webhook_id = f"internal:{event['id']}"
    system.send("internal", body_of(event))
    system.wait_for_trace(webhook_id, processed)
    other = {**event, "amount_minor": 777}
    assert system.send("internal", body_of(other)).body["status"] == "conflict"
    return webhook_id, other


def test_an_accepted_conflict_is_applied_and_the_audit_says_who_decided(system: System) -> None:
    webhook_id, _ = conflicting(system)
    assert webhook_id in listed(system, "conflict")
    shown = inbox(system, "show", webhook_id, "--status", "conflict", "--payload", "--json").stdout
    assert '\\"amount_minor\\": 777' in shown
    [document] = json.loads(shown)
    assert document["preview"]["differs_from_the_one_that_counts"] == {"amount": ["125.00 EUR", "7.77 EUR"]}
    inbox(system, "accept", webhook_id, "--status", "conflict", "--note", "confirmed by phone", "--yes")
    found = system.wait_for_trace(
        webhook_id, lambda trace: trace.inbox_statuses == ("processed", "processed") and len(trace.audit) >= 5
    )
    assert sorted(row.amount_minor or 0 for row in found.ledger) == [777, 12500]
    [accepted] = [record for record in found.audit if record.get("status_from") == "conflict"]
    assert (accepted["status_to"], accepted["decision"]) == ("received", "accept")
    assert accepted["decision_note"] == "confirmed by phone"
    assert accepted["decided_by"].startswith("arn:aws:")
    traced = system.run("trace.py", "--suffix", system.suffix, "--local", webhook_id)
    assert "a person decided: accept" in traced.stdout
    assert "note: confirmed by phone" in traced.stdout
    assert webhook_id not in listed(system, "conflict")


def test_a_discarded_conflict_is_kept_and_never_applied(system: System) -> None:
    webhook_id, other = conflicting(system)
    inbox(system, "discard", webhook_id, "--note", "a test of the sender", "--yes")
    found = system.wait_for_trace(webhook_id, lambda trace: len(trace.audit) >= 4)
    assert found.inbox_statuses == ("processed", "discarded")
    assert len(found.ledger) == 1
    assert webhook_id not in listed(system, "conflict")
    assert system.send("internal", body_of(other)).body["status"] == "conflict"  # it is told again,
    assert system.trace(webhook_id).inbox_statuses == ("processed", "discarded")  # and stays decided


def test_what_was_quarantined_is_tried_again_and_listed_again(system: System) -> None:
    answer = system.send("internal", b'{"id": "cut off')
    webhook_id = answer.body["webhook_id"]
    assert webhook_id in listed(system, "quarantined")
    inbox(system, "accept", webhook_id, "--note", "reader mended", "--yes")
    found = system.wait_for_trace(
        webhook_id, lambda trace: trace.inbox_statuses == ("quarantined",) and len(trace.audit) >= 3
    )
    assert [record["status_to"] for record in found.audit] == ["quarantined", "received", "quarantined"]
    assert webhook_id in listed(system, "quarantined")


def test_test_money_of_a_live_endpoint_is_listed_and_applied_as_what_it_is(system: System) -> None:
    event = stripe_event(livemode=False)
    webhook_id = f"stripe:{event['id']}"
    assert system.send("stripe", body_of(event)).body["status"] == "unexpected"
    assert webhook_id in listed(system, "unexpected")
    inbox(system, "accept", webhook_id, "--note", "a rehearsal", "--yes")
    found = system.wait_for_trace(webhook_id, processed)
    assert [row.livemode for row in found.ledger] == [False]
    assert webhook_id not in listed(system, "unexpected")


def test_what_waits_is_judged_again_after_the_settings_were_changed(system: System) -> None:
    event = stripe_event(livemode=False)
    webhook_id = f"stripe:{event['id']}"
    system.send("stripe", body_of(event))
    again = ("reconsider", "--endpoint", "stripe", "--note", "the mode was wrong", "--yes", "--json")
    unchanged = json.loads(inbox(system, *again).stdout)
    assert unchanged["judged"] >= 1
    assert unchanged["changed"] == {}
    # Nothing is sent meanwhile: to the receiver the endpoint is live all the time.
    configured = system.secrets("stripe", "configure", "--mode", "test")
    assert "reconsider" in configured.stderr
    try:
        assert json.loads(inbox(system, *again).stdout)["changed"]["received"] >= 1
    finally:
        system.secrets("stripe", "configure", "--mode", "live")
    found = system.wait_for_trace(
        webhook_id, lambda trace: trace.inbox_statuses == ("processed",) and len(trace.audit) >= 3
    )
    assert len(found.ledger) == 1
    [decided] = [record for record in found.audit if record.get("decision") == "reconsider"][:1]
    assert (decided["status_from"], decided["status_to"]) == ("unexpected", "received")


def test_without_a_confirmation_nothing_is_changed(system: System) -> None:
    webhook_id, _ = conflicting(system)
    done = system.run(
        *("inbox.py", "discard", "--suffix", system.suffix, "--local", webhook_id, "--note", "no"),
        standard_input="n\n",
    )
    assert done.exit_code == 3
    assert "nothing was changed" in done.stderr
    assert system.trace(webhook_id).inbox_statuses == ("processed", "conflict")
    unknown = system.run("inbox.py", "show", "--suffix", system.suffix, "--local", "internal:never-came")
    assert unknown.exit_code == 1
    other = ("show", "--suffix", system.suffix, "--local", webhook_id, "--status", "failed")
    nothing = system.run("inbox.py", *other)
    assert nothing.exit_code == 1
    assert "none of its items is failed" in nothing.stderr
    assert " conflict" in nothing.stderr


def test_all_of_a_status_are_decided_at_once_by_their_number(system: System) -> None:
    for number in range(2):
        system.send("internal", b'{"id": "cut off %d' % number)
    waiting = listed(system, "quarantined")
    every = ("discard", "--all", "--status", "quarantined", "--note", "a test of the sender", "--yes")
    refused = system.run("inbox.py", *every, "--count", "999", "--suffix", system.suffix, "--local")
    assert refused.exit_code == 3
    assert f"there are {len(waiting)}, not 999" in refused.stderr
    assert listed(system, "quarantined") == waiting
    done = inbox(system, *every, "--count", str(len(waiting)))
    assert f"{len(waiting)} discarded" in done.stderr
    assert listed(system, "quarantined") == []


def test_how_many_must_be_said_where_nobody_is_asked(system: System) -> None:
    every = ("discard", "--all", "--status", "failed", "--note", "why", "--yes")
    done = system.run("inbox.py", *every, "--suffix", system.suffix, "--local")
    assert done.exit_code == 2
    assert "--count" in done.stderr


def analytics_of(system: System, transaction_id: str) -> list[Any]:
    """The markers of what was counted of a payment."""
    answer = system.client("dynamodb").query(
        TableName=system.names.analytics_table,
        KeyConditionExpression="analytics_key = :id",
        ExpressionAttributeValues={":id": {"S": transaction_id}},
    )
    return list(answer["Items"])


def replay(system: System, *arguments: str) -> Finished:
    return system.run("replay.py", *arguments, "--suffix", system.suffix, "--local")


def test_replaying_what_succeeded_changes_nothing_but_the_audit_trail(system: System) -> None:
    """The alerts' topic is told by a rule of the bus: an event that is published again would come there again."""
    told = Subscription(system, system.outputs["NotificationsTopicArn"], "test-replay")
    alerts = Subscription(system, system.outputs["CriticalAlertsTopicArn"], "test-replay-alerts")
    money = {"amount_minor": 1_000_001, "currency": "USD"}
    event = in_house_event() | {"transaction_id": f"order-{secrets.token_hex(4)}", **money}
    webhook_id, transaction_id = f"internal:{event['id']}", f"internal:{event['transaction_id']}"
    system.send("internal", body_of(event))
    before = system.wait_for_trace(webhook_id, processed)
    assert len(told.wait_for(transaction_id, count=2)) == 2  # confirmation and high value
    alerts.wait_for(transaction_id)
    counted = wait_for(lambda: analytics_of(system, transaction_id), lambda markers: len(markers) == 1)
    alone = (webhook_id, "--ticket", "OPS-1", "--yes")
    assert "change no payment: the ledger has its row already" in replay(system, *alone, "--dry-run").stdout
    assert replay(system, *alone).exit_code == 0
    after = system.wait_for_trace(
        webhook_id, lambda trace: trace.inbox_statuses == ("processed",) and len(trace.audit) >= 4
    )
    steps = [(each.get("status_from"), each.get("status_to")) for each in after.audit]
    assert steps[-2:] == [("processed", "received"), ("received", "processed")]
    decided = after.audit[-2]
    assert (decided["decision_ticket"], decided["decided_from"]) == ("OPS-1", "processed")
    assert after.ledger == before.ledger
    assert analytics_of(system, transaction_id) == counted
    again = replay(system, *alone)
    assert again.exit_code == 4
    assert "replayed under this ticket" in again.stderr
    assert (len(told.messages(transaction_id)), len(alerts.messages(transaction_id))) == (2, 1)


def test_a_group_is_replayed_by_its_number(system: System) -> None:
    ids = [
        system.send("internal", b'{"id": "cut off %d for replay' % number).body["webhook_id"]
        for number in range(2)
    ]
    waiting = listed(system, "quarantined")
    group = ("--status", "quarantined", "--provider", "internal", "--ticket", "OPS-2", "--json")
    found = json.loads(replay(system, *group, "--dry-run").stdout)
    assert (found["found"], found["webhooks"]) == (len(waiting), {})
    done = replay(system, *group, "--yes", "--count", str(len(waiting)))
    assert json.loads(done.stdout)["webhooks"] == {"replayed": len(waiting)}
    for webhook_id in ids:
        trace = system.wait_for_trace(
            webhook_id, lambda trace: trace.inbox_statuses == ("quarantined",) and len(trace.audit) >= 3
        )
        assert [each.get("decision_ticket") for each in trace.audit][1:] == ["OPS-2", "OPS-2"]
