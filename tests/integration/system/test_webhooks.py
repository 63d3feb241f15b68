"""Webhooks through the deployed system: what the sender is told, and what is stored."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.endpoints.secret_document import EndpointSecret
from tests.support.system.system import System, body_of, processed, wait_for

EVENTS = Path(__file__).parents[2] / "events"


def stripe_event(**fields: Any) -> dict[str, Any]:
    """A genuine Stripe payment of 10.99 USD under new ids."""
    event: dict[str, Any] = json.loads((EVENTS / "stripe" / "pi_succeeded.json").read_bytes())
    unique = uuid.uuid4().hex[:16]
    event["id"] = f"evt_{unique}"
    event["data"]["object"]["id"] = f"pi_{unique}"
    return {**event, **fields}


def in_house_event() -> dict[str, Any]:
    return {
        "id": f"order-{uuid.uuid4().hex}",
        "type": "payment",
        "created_at": "2026-11-21T09:30:00Z",
        "transaction_id": f"order-{uuid.uuid4().hex}",
        "amount_minor": 12500,
        "currency": "EUR",
        "status": "succeeded",
        "customer_id": "customer-9",
    }


@pytest.mark.parametrize(
    ("endpoint", "event", "webhook_id", "captured_minor", "confirmed"),
    [
        ("stripe", "stripe/pi_succeeded.json", "stripe:evt_3SGev0001Test", 1099, True),
        (
            "square",
            "square/payment_updated_completed.json",
            "square:6a8f5f28-54a1-4eb0-a98a-3111513fd4fc",
            100,
            True,
        ),
        # A PayPal signature covers a CRC32 only: until the payment is confirmed with PayPal, the row says so.
        (
            "paypal",
            "paypal/capture_completed_published.json",
            "paypal:WH-2CL46544TB770421K-5VB92446WP7345818",
            10000,
            False,
        ),
    ],
)
def test_a_signed_webhook_reaches_the_ledger(
    system: System, endpoint: str, event: str, webhook_id: str, captured_minor: int, confirmed: bool
) -> None:
    body = (EVENTS / event).read_bytes()
    answer = system.send(endpoint, body)
    assert (answer.status_code, answer.body["status"]) == (200, "accepted")
    assert answer.body["webhook_id"] == webhook_id
    found = system.wait_for_trace(webhook_id, processed)
    assert found.state is not None
    assert (found.state.status, found.state.captured_minor) == ("succeeded", captured_minor)
    assert [row.confirmed for row in found.ledger] == [confirmed]
    assert [record["change"] for record in found.audit] == ["INSERT", "MODIFY"]
    again = system.send(endpoint, body)
    assert (again.status_code, again.body["status"]) == (200, "duplicate")


def test_an_in_house_sender_signs_with_hmac(system: System) -> None:
    event = in_house_event()
    assert system.send("internal", body_of(event)).body["status"] == "accepted"
    found = system.wait_for_trace(f"internal:{event['id']}", processed)
    assert found.state is not None
    assert found.state.captured_minor == 12500


@pytest.mark.parametrize("endpoint", ["stripe", "paypal"])
def test_fifty_duplicates_in_parallel_make_one_row(system: System, endpoint: str) -> None:
    if endpoint == "stripe":
        event = stripe_event()
    else:
        event = json.loads((EVENTS / "paypal" / "capture_completed_jpy.json").read_bytes())
        event["id"] = f"WH-{uuid.uuid4().hex}"
    body = body_of(event)
    secret = system.secret(endpoint)
    with ThreadPoolExecutor(
        50
    ) as pool:  # a laptop that starts fifty containers may say 503: then it is sent again
        answers = list(pool.map(lambda _: system.deliver(endpoint, body, secret), range(50)))
    statuses = [answer.body["status"] for answer in answers]
    assert statuses.count("accepted") <= 1
    assert statuses.count("duplicate") >= 49
    found = system.wait_for_trace(f"{endpoint}:{event['id']}", processed)
    assert len(found.ledger) == 1


@pytest.mark.parametrize("endpoint", ["stripe", "square", "paypal", "internal"])
def test_a_forgery_is_refused_and_leaves_nothing(system: System, endpoint: str) -> None:
    body = body_of(stripe_event())
    rows = system.rows()
    answer = system.post(endpoint, body, system.forge(endpoint, body))
    assert answer.status_code == 401
    assert system.rows() == rows


def test_what_is_malformed_is_refused(system: System) -> None:
    body = body_of(stripe_event())
    rows = system.rows()
    assert system.post("stripe", body, []).status_code == 400
    assert system.post("stripe", body, [("Stripe-Signature", "t=now,v1=00")]).status_code == 400
    assert system.post("nobody", body, system.sign("stripe", body)).status_code == 404
    assert system.rows() == rows


def test_an_authentic_body_that_cannot_be_read_is_quarantined(system: System) -> None:
    body = b'{"id": "evt_cut_off", "type": "payment_int'
    answer = system.send("stripe", body)
    assert (answer.status_code, answer.body["status"]) == (200, "quarantined")
    found = system.wait_for_trace(answer.body["webhook_id"], lambda trace: len(trace.audit) == 1)
    assert found.inbox_statuses == ("quarantined",)
    assert system.send("stripe", body).body["status"] == "duplicate"


def test_test_money_on_a_live_endpoint_waits_for_a_person(system: System) -> None:
    event = stripe_event(livemode=False)
    answer = system.send("stripe", body_of(event))
    assert (answer.status_code, answer.body["status"]) == (200, "unexpected")
    found = system.wait_for_trace(f"stripe:{event['id']}", lambda trace: len(trace.audit) == 1)
    assert found.inbox[0][contract.STATUS_REASON] == "mode"
    assert found.ledger == ()


def test_an_unknown_type_is_kept_and_ignored(system: System) -> None:
    event = stripe_event(type="radar.something_new")
    assert system.send("stripe", body_of(event)).body["status"] == "accepted"
    found = system.wait_for_trace(f"stripe:{event['id']}", lambda trace: trace.inbox_statuses == ("ignored",))
    assert found.inbox[0][contract.STATUS_REASON] == "type"
    assert found.ledger == ()


def test_two_events_of_one_payment_in_the_same_second_are_both_kept(system: System) -> None:
    first = stripe_event()
    second = {**first, "id": f"evt_{uuid.uuid4().hex[:16]}", "type": "payment_intent.processing"}
    for event in (first, second):
        assert system.send("stripe", body_of(event)).status_code == 200
    for event in (second, first):
        found = system.wait_for_trace(f"stripe:{event['id']}", processed)
    assert len(found.ledger) == 2
    assert found.state is not None
    assert found.state.status == "succeeded"


def test_a_known_id_with_another_body_is_a_conflict_and_is_not_applied(system: System) -> None:
    event = stripe_event()
    assert system.send("stripe", body_of(event)).body["status"] == "accepted"
    event["data"]["object"]["amount_received"] = 999_900
    answer = system.send("stripe", body_of(event))
    assert (answer.status_code, answer.body["status"]) == (200, "conflict")
    found = system.wait_for_trace(
        f"stripe:{event['id']}", lambda trace: trace.inbox_statuses == ("processed", "conflict")
    )
    assert found.state is not None
    assert found.state.captured_minor == 1099


def test_a_redelivery_with_another_count_of_pending_webhooks_is_a_duplicate(system: System) -> None:
    event = stripe_event(pending_webhooks=2)
    assert system.send("stripe", body_of(event)).body["status"] == "accepted"
    assert system.send("stripe", body_of({**event, "pending_webhooks": 1})).body["status"] == "duplicate"


def test_a_poison_message_ends_in_the_dead_letter_queue_with_its_reason(system: System) -> None:
    sqs = system.client("sqs")
    queue_url = sqs.get_queue_url(QueueName=system.names.processing_queue)["QueueUrl"]
    dlq_url = sqs.get_queue_url(QueueName=system.names.processing_dlq)["QueueUrl"]
    poison = json.dumps({"webhookId": "stripe:evt_of_nobody", "timestamp": "2026-01-01T00:00:00.000000Z"})
    sqs.send_message(QueueUrl=queue_url, MessageBody=poison)

    def dead() -> list[dict[str, Any]]:
        received = sqs.receive_message(
            QueueUrl=dlq_url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        )
        return [message for message in received.get("Messages", []) if message["Body"] == poison]

    message = wait_for(dead, lambda messages: bool(messages))[0]
    reason = message["MessageAttributes"][contract.DLQ_REASON_ATTRIBUTE]["StringValue"]
    assert reason == "webhook_not_found"
    sqs.delete_message(QueueUrl=dlq_url, ReceiptHandle=message["ReceiptHandle"])


def test_a_key_is_rolled_without_a_lost_webhook(system: System) -> None:
    """The sender goes on throughout: with the old key, with both, with the new one. Each delivery arrives."""
    old = system.secret("internal")

    def deliver_with(secret: EndpointSecret) -> None:
        event = in_house_event()
        system.deliver("internal", body_of(event), secret)
        system.wait_for_trace(f"internal:{event['id']}", processed)

    deliver_with(old)
    assert system.secrets("internal", "add", key="whsec_the_next_key").exit_code == 0
    both = system.secret("internal")
    assert len(both.keys) == 2
    for secret in (old, both, old):
        deliver_with(secret)
    kept = system.secrets("internal", "retire", old.keys[0].id)
    assert (kept.exit_code, system.secret("internal")) == (3, both)
    assert "its provider still signs with it" in kept.stderr
    walked = system.secrets("internal", "roll")
    assert "wait: " in walked.stderr
    assert system.secrets("internal", "retire", old.keys[0].id, "--now").exit_code == 0
    deliver_with(system.secret("internal"))


def test_health_answers_without_detail(system: System) -> None:
    answer = system.get("/health")
    assert (answer.status_code, answer.body) == (200, {"status": "ok"})


def test_without_its_rights_the_receiver_says_503_and_stores_nothing(system: System) -> None:
    """IAM is enforced, and an outage never becomes a 200: the sender tries again until the rights are back."""
    iam = system.client("iam")
    role = system.names.role("webhook-receiver")
    policy_arn = f"arn:aws:iam::{system.target.account_id}:policy/{system.names.policy('webhook-receiver')}"
    body = body_of(stripe_event())
    rows = system.rows()
    iam.detach_role_policy(RoleName=role, PolicyArn=policy_arn)
    try:
        refused = system.send("stripe", body)
    finally:
        iam.attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    assert refused.status_code == 503
    assert system.rows() == rows
    assert system.send("stripe", body).body["status"] == "accepted"
