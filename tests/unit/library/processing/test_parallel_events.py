"""Events of one payment that are processed at once: they contend for its state, and none spends an attempt on that."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.bootstrap.payment_processor import (
    make_ledger,
)
from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.processing.from_workflow import Postponed
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.interleaving import Interleaved, run_at_once
from tests.support.library.ledger import payment_event, row_of
from tests.support.library.processing import Processing
from tests.support.library.receiving import LEDGER, TABLES, Receiving, event

EVENTS = 8
CONFLICT = ServiceError(
    "dynamodb",
    TRANSACTION_CANCELED,
    400,
    {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
)


def by_queue(processing: Processing, keys: InboxKeys) -> None:
    assert processing.deliver(keys)


def by_workflow(processing: Processing, keys: InboxKeys) -> None:
    message = {contract.MESSAGE_WEBHOOK_ID: keys.webhook_id, contract.MESSAGE_TIMESTAMP: keys.timestamp}
    task = {"task": contract.WORKFLOW_PROCESS, "webhooks": [message], "execution": "arn", "retries": 0}
    assert processing.workflow.handle(task) == {"outcome": "processed"}


@pytest.mark.parametrize("handle", [by_queue, by_workflow])
def test_eight_events_of_one_payment_at_once_spend_no_attempt(
    handle: Callable[[Processing, InboxKeys], None],
) -> None:
    receiving = Receiving()
    store = Processing(receiving).store
    refunds = [{"id": f"ev-{number}", "object_id": f"r-{number}"} for number in range(EVENTS)]
    stored = [
        store("internal", event(type="refund", status="succeeded", amount_minor=10, **each))
        for each in refunds
    ]
    shared = Interleaved(receiving.dynamodb, EVENTS)
    processors = [Processing(receiving, api=shared) for _ in stored]
    run_at_once([partial(handle, *pair) for pair in zip(processors, stored, strict=True)])
    assert shared.cancelled >= EVENTS - 1
    for processing, keys in zip(processors, stored, strict=True):
        item = processing.item(keys)
        assert (item["status"], item["attempts"], "last_error" in item) == ("processed", "1", False)
        assert (processing.queues.delays, processing.queues.sent) == ([], [])
        assert [line["outcome"] for line in processing.lines] == ["processed"]
    assert len(processors[0].rows()) == EVENTS
    (head,) = processors[0].heads()
    assert head[contract.VERSION] == {"N": str(EVENTS)}


@pytest.mark.parametrize("handle", [by_queue, by_workflow])
def test_a_conflict_that_outlasts_the_deadline_spends_no_attempt(
    handle: Callable[[Processing, InboxKeys], None],
) -> None:
    def no_time(attempts: int) -> None:
        raise Unavailable("deadline_exceeded")

    receiving = Receiving()

    def contended(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            raise CONFLICT
        return receiving.dynamodb(operation, parameters)

    processing = Processing(receiving, api=contended, pause=no_time)
    keys = processing.store("internal", event())
    with pytest.raises((AssertionError, Postponed)):
        handle(processing, keys)
    item = processing.item(keys)
    assert (item["attempts"], item["last_error"]) == ("0", "deadline_exceeded")


def test_the_processor_waits_for_others_until_its_deadline_and_no_longer() -> None:
    now = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += 1.0

    def contended(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            raise CONFLICT
        return tables(operation, parameters)

    tables, deadline = FakeDynamoDB(TABLES), Deadline(lambda: now[0], sleep)
    deadline.start(10.0)
    ledger = make_ledger(contended, LEDGER, deadline, lambda *_: False)
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        ledger.append(row_of(payment_event("succeeded", 900)))
    assert len(slept) == 10
    assert slept[0] <= 0.01
    assert max(slept) <= 0.5
