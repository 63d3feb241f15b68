"""`GET /transactions/{id}`: the state of the payment, and its rows, archived ones too, as the schema has them."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.domain.corrections import correction
from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.ledger.payment_items import Pointer, pointer_item, to_item
from payment_webhooks.ledger.reader import LedgerEntries, LedgerReader
from payment_webhooks.transaction_api.get_transaction import NO_PAYMENT, TransactionAnswers
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from payment_webhooks.transaction_api.request import ApiRequest, NotFound
from payment_webhooks.transaction_api.transaction_operations import GET_TRANSACTION
from tests.support.library.ledger import dispute_event, payment_event, payment_of, refund_event, rows_of

(OPERATION,) = (each for each in OPERATIONS if each.name == GET_TRANSACTION)
PART = ArchivedPart(1, "s3://s3-archive/transactions/1.gz", "0" * 64, "2026-11-20T00:00:00.000000Z", 2)
ROWS = rows_of(
    payment_event("succeeded", 1000),
    refund_event("re_1", "refunded", 300, 2),
    dispute_event("dp_1", "disputed", 100, 3),
)


class Ledger:
    def __init__(self, rows: list[LedgerRow], archived: tuple[ArchivedPart, ...] = ()) -> None:
        payment = payment_of(rows) if rows else None
        self._entries = LedgerEntries(tuple(rows), archived, payment)

    def read(self, transaction_id: str) -> LedgerEntries:
        return self._entries


def got(ledger: Ledger, **values: Any) -> dict[str, Any]:
    return TransactionAnswers(ledger).get(ApiRequest(OPERATION, {"id": "stripe:pi_1", **values}, {}))


def test_the_state_is_that_of_the_payment() -> None:
    state = got(Ledger(ROWS))
    assert (state["status"], state["dispute_status"]) == ("partially_refunded", "disputed")
    assert (state["captured_minor"], state["refunded_minor"], state["net_minor"]) == (1000, 300, 600)
    assert state["amounts"] == {
        "authorized": "0.00",
        "captured": "10.00",
        "refunded": "3.00",
        "disputed": "1.00",
        "captured_unconfirmed": "0.00",
        "refunded_unconfirmed": "0.00",
        "disputed_unconfirmed": "0.00",
        "held_unconfirmed": "0.00",
        "held": "0.00",
        "net": "6.00",
    }
    assert [each["object_id"] for each in state["objects"]] == ["dp_1", "re_1"]
    assert state["archived"] == []


def test_where_the_archive_has_it_is_said() -> None:
    assert got(Ledger(ROWS, (PART,)))["archived"] == [PART._asdict()]


@pytest.mark.parametrize("rows", [ROWS, rows_of(refund_event("re_1", "failed", 1)), ROWS[::-1]])
def test_an_answer_has_the_fields_of_its_schema_and_no_other(rows: list[LedgerRow]) -> None:
    answer = got(Ledger(rows), history=True)
    assert answer.keys() == SCHEMAS["Transaction"]["properties"].keys()
    for event in answer["history"]:
        assert event.keys() == SCHEMAS["TransactionEvent"]["properties"].keys()
    assert [each["occurred_at"] for each in answer["history"]] == sorted(row.occurred_at for row in rows)


def test_a_correction_is_in_the_history_with_who_and_why() -> None:
    said = correction(ROWS[1], "retracted", "evt_c", "2026-01-01T00:00:00.000000Z", "arn:aws:iam::1:user/ann")
    *_, shown = got(Ledger([*ROWS, said._replace(reason="sent twice")]), history=True)["history"]
    assert shown["object_kind"] in SCHEMAS["TransactionEvent"]["properties"]["object_kind"]["enum"]
    assert (shown["status"], shown["answers"], shown["reason"]) == (
        "retracted",
        ROWS[1].event_id,
        "sent twice",
    )
    assert shown["object_id"] == "arn:aws:iam::1:user/ann"


def test_with_the_history_all_refunds_are_shown() -> None:
    refunds = [refund_event(f"re_{n}", "refunded", 1, n + 2) for n in range(25)]
    ledger = Ledger(rows_of(payment_event("succeeded", 1000), *refunds))
    state, with_history = got(ledger), got(ledger, history=True)
    assert (len(state["objects"]), state["objects_left_out"]) == (20, 5)
    assert (len(with_history["objects"]), with_history["objects_left_out"]) == (25, 0)
    rest = {"history", "objects", "objects_left_out"}
    assert {name: state[name] for name in state.keys() - rest} == {
        name: with_history[name] for name in with_history.keys() - rest
    }


def test_another_id_of_a_payment_finds_it_under_its_own() -> None:
    found = {
        "stripe:pi_1": to_item(payment_of(ROWS)),
        "stripe:ch_1": pointer_item(Pointer("stripe:ch_1", "stripe:pi_1")),
    }

    def dynamodb(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {"Items": [found[parameters["ExpressionAttributeValues"][":id"]["S"]]]}

    answers = TransactionAnswers(LedgerReader(dynamodb, "table"))
    by_own, by_other = (answers.get(ApiRequest(OPERATION, {"id": each}, {})) for each in found)
    assert by_own["transaction_id"] == "stripe:pi_1"
    assert by_other == by_own


def test_history_comes_only_when_asked_for() -> None:
    assert "history" not in got(Ledger(ROWS))
    assert "history" not in got(Ledger(ROWS), history=False)


def test_what_the_ledger_does_not_have_is_not_known() -> None:
    with pytest.raises(NotFound):
        got(Ledger([]))


def test_a_payout_is_no_transaction_and_says_so() -> None:
    payout = payment_event("paid", 1000)._replace(object_kind="payout", object_id="po_1")
    with pytest.raises(NotFound) as raised:
        got(Ledger(rows_of(payout)))
    assert raised.value.message == NO_PAYMENT
