"""Writes to the ledger: a row once, a transition claimed once, and nothing guessed when the table refuses."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.service_errors import ServiceError
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.writer import LedgerWriter, Recorded
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.processing import Processing
from tests.support.library.providers import normalise
from tests.support.library.receiving import LEDGER, TABLES, event


def stored(body: bytes) -> tuple[StoredWebhook, NormalisedEvent]:
    processing = Processing()
    keys = processing.store("internal", body)
    (webhook,) = processing.progress.load(keys.webhook_id)
    return webhook, normalise("internal", body)


def record(ledger: LedgerWriter, **changes: Any) -> Recorded:
    return ledger.record(*stored(event(**changes)), confirmed=True)


def ledger_of(dynamodb: Any) -> LedgerWriter:
    return LedgerWriter(dynamodb, LEDGER, lambda: "2025-10-09T08:53:20.000000Z")


def test_row_and_claim_are_one_transaction() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    recorded = record(ledger_of(dynamodb))
    assert dynamodb.calls == ["TransactWriteItems"]
    assert recorded.owned is not None
    assert recorded.owned.transaction_id == recorded.row.transaction_id == "internal:t-1"


def test_repeating_it_gives_the_same_and_writes_no_row_again() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    first = record(ledger)
    before = dynamodb.items(LEDGER)
    assert record(ledger) == first
    assert dynamodb.items(LEDGER) == before


def test_a_transition_of_another_event_is_not_owned_now_nor_by_a_retry() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    record(ledger)
    for _ in range(2):
        assert record(ledger, id="ev-2").owned is None
    assert [item["claimed_by"]["S"] for item in dynamodb.items(LEDGER) if "claimed_by" in item] == ["ev-1"]


def test_the_same_state_with_another_amount_is_another_transition() -> None:
    ledger = ledger_of(FakeDynamoDB(TABLES))
    owners = [record(ledger, id=f"ev-{amount}", amount_minor=amount).owned for amount in (1, 2)]
    assert all(owners)


def test_a_claim_that_another_event_wins_in_between_is_not_owned() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    record(ledger)
    (marker,) = [item for item in dynamodb.items(LEDGER) if "claimed_by" in item]
    dynamodb.remove(LEDGER, marker)

    def with_a_faster_event(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "PutItem":
            rival = {**parameters, "Item": {**marker, "claimed_by": {"S": "ev-0"}}}
            dynamodb("PutItem", {**rival, "ExpressionAttributeValues": {":event": {"S": "ev-0"}}})
        return dynamodb(operation, parameters)

    assert record(ledger_of(with_a_faster_event)).owned is None


def test_our_own_row_whose_answer_was_lost_is_written_once() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(ledger_of(dynamodb))

    def losing_the_first_answer(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "PutItem":
            dynamodb(operation, parameters)
        return dynamodb(operation, parameters)

    assert record(ledger_of(losing_the_first_answer), id="ev-2").owned is None
    assert len(dynamodb.items(LEDGER)) == 3


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("prepared", ["row there", "claimed by another"])
def test_a_refusal_that_is_not_our_condition_is_an_outage(call: int, prepared: str) -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    record(ledger)
    changes = {} if prepared == "row there" else {"id": "ev-2"}
    dynamodb.fail(len(dynamodb.calls) + call, ServiceError("dynamodb", "AccessDeniedException", 400, {}))
    with pytest.raises(Unavailable):
        record(ledger, **changes)


def test_a_replay_after_the_row_was_archived_does_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    record(ledger)
    (row,) = [item for item in dynamodb.items(LEDGER) if "claimed_by" not in item]
    dynamodb.remove(LEDGER, row)
    before = dynamodb.items(LEDGER)
    assert record(ledger).owned is None
    assert dynamodb.items(LEDGER) == before


def test_a_replay_after_the_inbox_has_forgotten_the_webhook_does_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(LedgerWriter(dynamodb, LEDGER, lambda: "2025-08-01T00:00:00.000000Z"))
    before = dynamodb.items(LEDGER)
    assert record(ledger_of(dynamodb)).owned is None  # received in October
    assert dynamodb.items(LEDGER) == before


def test_an_answer_without_the_item_in_the_way_is_an_outage() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(ledger_of(dynamodb))
    reasons = [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]
    dynamodb.fail_next(
        ServiceError("dynamodb", "TransactionCanceledException", 400, {"CancellationReasons": reasons})
    )
    with pytest.raises(Unavailable):
        record(ledger_of(dynamodb))
