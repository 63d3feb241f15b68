"""Writes to the ledger: a row once, with its place in the order of its payment's states, and what it changed there."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.domain.effect import Effect
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.facts import Facts, facts_of
from payment_webhooks.domain.payment_state import fold
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.archived_rows import ArchivedPart, merged, to_item
from payment_webhooks.ledger.items import from_item
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader, is_head
from payment_webhooks.ledger.writer import LedgerWriter, Recorded
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.interleaving import Interleaved, run_at_once
from tests.support.library.processing import Processing
from tests.support.library.providers import normalise
from tests.support.library.receiving import LEDGER, TABLES, event

RECORDED_AT = "2025-10-09T08:53:20.000000Z"
STATES = ("pending", "authorized", "failed", "succeeded")


def stored(body: bytes) -> tuple[StoredWebhook, NormalisedEvent]:
    processing = Processing()
    keys = processing.store("internal", body)
    (webhook,) = processing.progress.load(keys.webhook_id)
    return webhook, normalise("internal", body)


def record(ledger: LedgerWriter, **changes: Any) -> Recorded:
    (recorded,) = ledger.record(*stored(event(**changes)), confirmed=True)
    return recorded


def ledger_of(
    dynamodb: Any, now: str = RECORDED_AT, pause: Callable[[int], None] = lambda attempts: None
) -> LedgerWriter:
    return LedgerWriter(
        dynamodb, LEDGER, lambda: now, pause, lambda minor, currency: minor > 100_000 and currency == "EUR"
    )


def entries(dynamodb: Any) -> LedgerEntries:
    return LedgerReader(dynamodb, LEDGER).read("internal:t-1")


def versions_and_effects(dynamodb: FakeDynamoDB) -> list[tuple[int, Effect | None]]:
    """Of all rows, in the order of their versions."""
    found = entries(dynamodb)
    rows = [item for item in dynamodb.items(LEDGER) if contract.VERSION in item and not is_head(item)]
    rows.sort(key=lambda item: int(item[contract.VERSION]["N"]))
    return [(int(item[contract.VERSION]["N"]), found.effect_of(from_item(item))) for item in rows]


def assert_chain(dynamodb: FakeDynamoDB, rows: int) -> None:
    """Versions have no gap, each effect begins where the one before ended, and the last state is that of all rows."""
    told = versions_and_effects(dynamodb)
    assert [version for version, _ in told] == list(range(1, rows + 1))
    facts: Facts | None = None
    for version, effect in told:
        if effect is not None:
            assert (effect.version, effect.before) == (version, facts)
            facts = effect.after
    found = entries(dynamodb)
    assert found.payment is not None
    assert found.payment.version == rows
    assert facts == facts_of(fold(found.rows)) == facts_of(found.payment.state)


def test_row_and_state_are_one_transaction() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    recorded = record(ledger_of(dynamodb))
    assert dynamodb.calls == ["Query", "TransactWriteItems"]
    assert recorded.row.transaction_id == "internal:t-1"
    assert recorded.effect is not None
    assert (recorded.effect.version, recorded.effect.hour) == (1, "2025-10-09T08")
    assert recorded.effect.changes["captured_minor"] == (None, 1099)
    assert_chain(dynamodb, rows=1)


def test_repeating_it_gives_the_same_and_writes_no_row_again() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    first = record(ledger_of(dynamodb))
    before = dynamodb.items(LEDGER)
    assert record(ledger_of(dynamodb, "2025-10-09T08:59:00.000000Z")) == first
    assert dynamodb.items(LEDGER) == before


def test_a_retry_tells_what_the_row_changed_then_not_what_has_changed_since() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    first = record(ledger)
    record(ledger, id="ev-2", type="refund")
    assert record(ledger) == first


def test_a_row_that_changes_nothing_is_written_and_tells_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    ledger = ledger_of(dynamodb)
    record(ledger)
    for _ in range(2):
        assert record(ledger, id="ev-2").effect is None
    assert [effect is None for _, effect in versions_and_effects(dynamodb)] == [False, True]


def test_high_value_is_decided_when_the_row_is_written_and_kept() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    first = record(ledger_of(dynamodb), amount_minor=100_001)
    assert first.effect is not None
    assert first.effect.high_value
    indifferent = LedgerWriter(dynamodb, LEDGER, lambda: RECORDED_AT, lambda attempts: None, lambda *_: False)
    assert record(indifferent, amount_minor=100_001) == first


def record_at_once(dynamodb: FakeDynamoDB, told: list[tuple[StoredWebhook, NormalisedEvent]]) -> Interleaved:
    shared = Interleaved(dynamodb, len(told))

    def record_one(webhook: StoredWebhook, event: NormalisedEvent) -> None:
        ledger_of(shared).record(webhook, event, confirmed=True)

    run_at_once([partial(record_one, *each) for each in told])
    return shared


@pytest.mark.parametrize("known", [False, True], ids=["new payment", "known payment"])
def test_eight_events_of_one_payment_at_once_are_eight_rows_in_a_chain(known: bool) -> None:
    dynamodb = FakeDynamoDB(TABLES)
    if known:
        record(ledger_of(dynamodb), id="ev-first", status="pending")
    told = [
        stored(event(id=f"ev-{number}", status=STATES[number % 4], amount_minor=1000 + number % 3))
        for number in range(8)
    ]
    shared = record_at_once(dynamodb, told)
    assert shared.cancelled >= 7
    assert_chain(dynamodb, rows=8 + known)


def test_the_first_event_of_a_payment_twice_at_once_is_one_row() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    once = stored(event())
    record_at_once(dynamodb, [once, once])
    assert_chain(dynamodb, rows=1)


def test_a_transaction_that_conflicts_is_tried_again_after_a_pause() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    pauses: list[int] = []
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}]
    for call in (2, 4):
        dynamodb.fail(
            call, ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons})
        )
    assert record(ledger_of(dynamodb, pause=pauses.append)).effect is not None
    assert pauses == [1, 2]
    assert_chain(dynamodb, rows=1)


def test_without_time_for_another_attempt_it_is_an_outage() -> None:
    def no_time(attempts: int) -> None:
        raise Unavailable("deadline_exceeded")

    dynamodb = FakeDynamoDB(TABLES)
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    dynamodb.fail(2, ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons}))
    with pytest.raises(Unavailable, match="deadline_exceeded"):
        record(ledger_of(dynamodb, pause=no_time))


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize(
    "refusal",
    [
        ServiceError("dynamodb", "AccessDeniedException", 400, {}),
        ServiceError(
            "dynamodb",
            TRANSACTION_CANCELED,
            400,
            {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "ThrottlingError"}]},
        ),
    ],
    ids=["refused", "throttled"],
)
def test_a_refusal_that_is_not_contention_is_an_outage(call: int, refusal: ServiceError) -> None:
    dynamodb = FakeDynamoDB(TABLES)
    dynamodb.fail(call, refusal)
    with pytest.raises(Unavailable):
        record(ledger_of(dynamodb))


def test_what_was_read_half_way_through_another_transaction_is_read_again() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(ledger_of(dynamodb), status="pending")
    rival = stored(event(id="ev-0"))  # in the table before the row that has been read
    pages: list[str] = []

    def with_a_rival_between_two_pages(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        pages.append(operation)
        if len(pages) == 2:  # the row has been read, the head has not
            ledger_of(dynamodb).record(*rival, confirmed=True)
        return dynamodb(operation, parameters)

    record(ledger_of(with_a_rival_between_two_pages), id="ev-3", type="refund")
    assert "TransactWriteItems" not in pages[:3]
    assert_chain(dynamodb, rows=3)


def test_a_payment_of_which_a_row_was_deleted_by_hand_still_takes_rows() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    for number in (1, 2):
        record(ledger_of(dynamodb), id=f"ev-{number}", amount_minor=number)
    (item,) = [item for item in dynamodb.items(LEDGER) if item["timestamp"]["S"] == "event#ev-1"]
    dynamodb.remove(LEDGER, item)
    pauses = iter([None])  # one
    assert record(ledger_of(dynamodb, pause=lambda _: next(pauses)), id="ev-3", amount_minor=9).effect


def test_our_own_row_whose_answer_was_lost_is_written_once() -> None:
    dynamodb = FakeDynamoDB(TABLES)

    def losing_the_first_answer(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            dynamodb(operation, parameters)
        return dynamodb(operation, parameters)  # as the client's second attempt

    assert record(ledger_of(losing_the_first_answer)).effect is not None
    assert_chain(dynamodb, rows=1)


def test_a_replay_after_the_row_was_archived_does_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    old = "2025-08-01T00:00:00.000000Z"
    row = record(ledger_of(dynamodb, old)).row
    (item,) = [item for item in dynamodb.items(LEDGER) if "event_id" in item]
    dynamodb.remove(LEDGER, item)
    part = ArchivedPart(1, "s3://b/k", "0" * 64, old, 1)
    put = {"TableName": LEDGER, "Item": to_item(merged(None, row.transaction_id, [row], part))}
    dynamodb(
        "PutItem",
        {
            **put,
            "ConditionExpression": "attribute_not_exists(#id)",
            "ExpressionAttributeNames": {"#id": "transaction_id"},
        },
    )
    before = dynamodb.items(LEDGER)
    assert record(ledger_of(dynamodb)).effect is None
    assert dynamodb.items(LEDGER) == before


def test_a_replay_after_the_inbox_has_forgotten_the_webhook_does_nothing() -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(ledger_of(dynamodb, "2025-08-01T00:00:00.000000Z"))
    before = dynamodb.items(LEDGER)
    assert record(ledger_of(dynamodb)).effect is None  # received in October
    assert dynamodb.items(LEDGER) == before


@pytest.mark.parametrize(
    ("recorded_at", "told"),
    [("2025-10-08T08:53:21.000000Z", True), ("2025-10-08T08:53:20.000000Z", False)],
)
def test_a_webhook_that_came_more_than_a_day_after_its_row_is_a_replay(recorded_at: str, told: bool) -> None:
    dynamodb = FakeDynamoDB(TABLES)
    record(ledger_of(dynamodb, recorded_at))
    assert (record(ledger_of(dynamodb)).effect is not None) is told
