"""A request for a notification: on the queue as the notification handler reads it, or an error."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.errors import Unavailable
from payment_webhooks.ledger.payment_items import Pointer, pointer_item, to_item
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.notifications.content import parse_message
from payment_webhooks.transaction_api.get_transaction import NO_PAYMENT
from payment_webhooks.transaction_api.operations import OPERATIONS
from payment_webhooks.transaction_api.request import ApiRequest, NotFound
from payment_webhooks.transaction_api.request_notification import NotificationRequests
from payment_webhooks.transaction_api.transaction_operations import NOTIFY
from tests.support.library.ledger import payment_event, payment_of, rows_of

(OPERATION,) = (each for each in OPERATIONS if each.name == NOTIFY)
PAYOUT = payment_event("paid", 1000)._replace(object_kind="payout", object_id="po_1", transaction_id="po_1")
QUEUE = "https://sqs/queue-notification-dev"


def requests(sent: list[Mapping[str, Any]], failure: Exception | None = None) -> NotificationRequests:
    """Over a ledger that knows stripe:pi_1, also as stripe:ch_1; `sent` gets what the queue took."""

    def dynamodb(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            "stripe:pi_1": to_item(payment_of(rows_of(payment_event("succeeded", 100)))),
            "stripe:po_1": to_item(payment_of(rows_of(PAYOUT))),
            "stripe:ch_1": pointer_item(Pointer("stripe:ch_1", "stripe:pi_1")),
        }
        item = found.get(parameters["ExpressionAttributeValues"][":id"]["S"])
        return {"Items": [item] if item else []}

    def sqs(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if failure is not None:
            raise failure
        sent.append({"operation": operation, **parameters})
        return {"MessageId": "m-1"}

    return NotificationRequests(LedgerReader(dynamodb, "table"), sqs, QUEUE, lambda: "id-of-its-own")


def asked(transaction_id: str = "stripe:pi_1", **body: str) -> ApiRequest:
    return ApiRequest(OPERATION, {"id": transaction_id}, body)


@pytest.mark.parametrize(
    ("body", "request_id"), [({}, "id-of-its-own"), ({"request_id": "desk-7"}, "desk-7")]
)
def test_the_queue_gets_what_the_notification_handler_reads(body: dict[str, str], request_id: str) -> None:
    sent: list[Mapping[str, Any]] = []
    answer = requests(sent).ask(asked(**body))
    assert answer == {"transaction_id": "stripe:pi_1", "request_id": request_id, "status": "queued"}
    (message,) = sent
    assert (message["operation"], message["QueueUrl"]) == ("SendMessage", QUEUE)
    read = parse_message(message["MessageBody"])
    assert (read.transaction_id, read.request_id, read.event_id) == ("stripe:pi_1", request_id, None)
    assert json.loads(message["MessageBody"])["notification_type"] == "manual_notification"


def test_it_is_asked_for_by_the_payments_own_id() -> None:
    sent: list[Mapping[str, Any]] = []
    assert requests(sent).ask(asked("stripe:ch_1"))["transaction_id"] == "stripe:pi_1"
    assert parse_message(sent[0]["MessageBody"]).transaction_id == "stripe:pi_1"


def test_of_a_transaction_that_nobody_knows_nobody_is_told() -> None:
    sent: list[Mapping[str, Any]] = []
    with pytest.raises(NotFound):
        requests(sent).ask(asked("stripe:pi_2"))
    assert sent == []


def test_of_a_payout_nobody_is_told_in_the_words_of_the_reading() -> None:
    sent: list[Mapping[str, Any]] = []
    with pytest.raises(NotFound) as raised:
        requests(sent).ask(asked("stripe:po_1"))
    assert (raised.value.message, sent) == (NO_PAYMENT, [])


@pytest.mark.parametrize(
    "failure", [Unavailable("sqs_timeout"), ServiceError("sqs", "AccessDenied", 400, {})]
)
def test_a_queue_that_does_not_take_it_is_an_outage(failure: Exception) -> None:
    with pytest.raises(Unavailable):
        requests([], failure).ask(asked())
