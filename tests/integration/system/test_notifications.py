"""From the POST to the subscriber: events, rules, the notification handler and the topics, deployed.

The engine delivers no event to a log group, so the rule for standard payments is asserted on the templates.
"""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from payment_webhooks import contract
from stacks.function_catalogue import NOTIFICATION_HANDLER
from tests.integration.system.test_webhooks import in_house_event
from tests.support.library.events import changed
from tests.support.library.processing import record
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, body_of, processed, wait_for

HIGH_MINOR = 1_000_001


@pytest.fixture(scope="module")
def everything(system: System) -> Subscription:
    return Subscription(system, system.outputs["NotificationsTopicArn"], "test-everything")


@pytest.fixture(scope="module")
def confirmations(system: System) -> Subscription:
    wanted = {contract.NOTIFICATION_TYPE: [contract.NOTIFY_CONFIRMATION]}
    return Subscription(system, system.outputs["NotificationsTopicArn"], "test-confirmations", wanted)


@pytest.fixture(scope="module")
def alerts(system: System) -> Subscription:
    return Subscription(system, system.outputs["CriticalAlertsTopicArn"], "test-alerts")


def send(system: System, **changes: Any) -> str:
    """Sends an in-house payment with an id of its own; the transaction's id, once it is processed."""
    event = in_house_event() | {"transaction_id": f"order-{secrets.token_hex(4)}"} | changes
    assert system.send("internal", body_of(event)).status_code == 200
    system.wait_for_trace(f"internal:{event['id']}", processed)
    return f"internal:{event['transaction_id']}"


def test_a_payment_is_told_to_who_subscribes_for_confirmations(
    system: System, everything: Subscription, confirmations: Subscription
) -> None:
    transaction_id = send(system, amount_minor=12_500, currency="EUR")
    (told,) = confirmations.wait_for(transaction_id)
    assert told["notification_type"] == told["attributes"]["notification_type"] == "payment_confirmation"
    assert told["payment"]["captured_minor"] == told["event"]["amount_minor"] == 12_500
    assert told["payment"]["amounts"]["net"] == "125.00"
    assert told["attributes"]["currency"] == "EUR"
    assert len(everything.wait_for(transaction_id)) == 1


def test_high_value_reaches_people_at_once_and_subscribers_beside_the_confirmation(
    system: System, everything: Subscription, alerts: Subscription
) -> None:
    transaction_id = send(system, amount_minor=HIGH_MINOR, currency="USD")
    (alert,) = alerts.wait_for(transaction_id)
    assert alert["sentence"] == (
        f"10,000.01 USD was captured. Payment {transaction_id} is succeeded now: captured 10,000.01 USD, "
        "net 10,000.01 USD."
    )
    told = everything.wait_for(transaction_id, count=2)
    assert {each["notification_type"] for each in told} == {"high_value_alert", "payment_confirmation"}


def test_a_failure_is_not_told_as_a_confirmation(
    system: System, everything: Subscription, confirmations: Subscription
) -> None:
    transaction_id = send(system, status="failed")
    (told,) = everything.wait_for(transaction_id)
    assert told["notification_type"] == "payment_failed"
    assert confirmations.messages(transaction_id) == []


def test_a_refund_that_failed_is_told(system: System, everything: Subscription) -> None:
    transaction_id = send(system, type="refund", status="failed", object_id=f"refund-{secrets.token_hex(4)}")
    (told,) = everything.wait_for(transaction_id)
    assert (told["notification_type"], told["event"]["state"]) == ("refund_failed", "failed")


def test_each_declined_attempt_of_one_amount_is_told(system: System, everything: Subscription) -> None:
    payment = f"pi_{secrets.token_hex(8)}"
    for number in (1, 2):
        error = {"code": "card_declined", "charge": f"ch_{number}"}
        changes = {"id": f"evt_{payment}_{number}", "livemode": True, "data.object.id": payment}
        body = changed("stripe/pi_failed", changes | {"data.object.last_payment_error": error})
        assert system.send("stripe", body).status_code == 200
    told = everything.wait_for(f"stripe:{payment}", count=2)
    assert [each["notification_type"] for each in told] == ["payment_failed"] * 2


def test_the_same_message_again_is_told_once(system: System, everything: Subscription) -> None:
    event_id = f"event-{secrets.token_hex(8)}"
    transaction_id = send(system, amount_minor=700, id=event_id)
    (told,) = everything.wait_for(transaction_id)
    assert told["notification_type"] == "payment_confirmation"
    message = {"transaction_id": transaction_id, "event_id": event_id}
    for _ in range(3):
        enqueue(system, message)
    assert_quiet(system, everything, transaction_id, 1)


def test_a_person_may_ask_for_a_notification_once_for_each_request(
    system: System, everything: Subscription
) -> None:
    """One after the other: of two that are told at the same time one is put off by the queue's visibility time-out."""
    transaction_id = send(system, amount_minor=800)
    everything.wait_for(transaction_id)
    message = {"notification_type": "manual_notification", "transaction_id": transaction_id}
    enqueue(system, message | {"request_id": "r-1"})
    everything.wait_for(transaction_id, count=2)
    for request_id in ("r-1", "r-2"):
        enqueue(system, message | {"request_id": request_id})
    told = everything.wait_for(transaction_id, count=3)
    assert [each["notification_type"] for each in told].count("manual_notification") == 2
    assert_quiet(system, everything, transaction_id, 3)


def test_of_many_that_are_asked_the_same_at_the_same_time_one_tells(
    system: System, everything: Subscription
) -> None:
    transaction_id = send(system, amount_minor=850)
    everything.wait_for(transaction_id)
    message = {"notification_type": "manual_notification", "transaction_id": transaction_id}
    event = {"Records": [record("m-1", json.dumps(message | {"request_id": "r-1"}))]}

    def deliver(_: int) -> Any:
        answer = system.client("lambda").invoke(
            FunctionName=system.names.function(NOTIFICATION_HANDLER.folder), Payload=json.dumps(event)
        )
        assert "FunctionError" not in answer
        return json.loads(answer["Payload"].read())["batchItemFailures"]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(deliver, range(5)))
    assert [] in answers  # the others were told that it is in progress, or that it is done
    assert deliver(6) == []
    assert_quiet(system, everything, transaction_id, 2)


def test_money_that_only_an_unconfirmed_webhook_says_moved_is_told_to_nobody(
    system: System, everything: Subscription, alerts: Subscription
) -> None:
    capture = "8A44444444444444E"
    body = {
        "id": f"WH-{secrets.token_hex(8).upper()}",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "create_time": "2026-11-21T09:30:00.000Z",
        "resource_type": "capture",
        "resource": {
            "id": capture,
            "status": "COMPLETED",
            "amount": {"currency_code": "USD", "value": "20000.00"},
            "create_time": "2026-11-21T09:29:00Z",
            "update_time": "2026-11-21T09:29:00Z",
            "supplementary_data": {"related_ids": {"order_id": "5O190127TN364715T"}},
        },
    }
    assert system.send("paypal", body_of(body)).status_code == 200
    found = system.wait_for_trace(f"paypal:{body['id']}", processed)
    (row,) = found.ledger
    assert (row.confirmed, row.amount_minor) == (False, 2_000_000)
    assert_quiet(system, everything, row.transaction_id, 0)
    assert alerts.messages(row.transaction_id) == []


def enqueue(system: System, message: dict[str, Any]) -> None:
    system.client("sqs").send_message(
        QueueUrl=system.outputs["NotificationQueueUrl"], MessageBody=json.dumps(message)
    )


def assert_quiet(system: System, subscription: Subscription, transaction_id: str, count: int) -> None:
    """Still `count` messages once the notification queue is empty."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def waiting() -> int:
        answer = system.client("sqs").get_queue_attributes(
            QueueUrl=system.outputs["NotificationQueueUrl"], AttributeNames=names
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    wait_for(waiting, lambda left: left == 0)
    assert len(subscription.messages(transaction_id)) == count
