"""`GET /transactions/{id}`: the sum of its rows, archived ones too, in the form that its schema has."""

from typing import Any

import pytest

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.archived_rows import ArchivedPart
from payment_webhooks.ledger.reader import LedgerEntries
from payment_webhooks.transaction_api.get_transaction import NO_PAYMENT, TransactionAnswers
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from payment_webhooks.transaction_api.request import ApiRequest, NotFound
from payment_webhooks.transaction_api.transaction_operations import GET_TRANSACTION
from tests.support.library.ledger import dispute_event, payment_event, refund_event, rows_of

(OPERATION,) = (each for each in OPERATIONS if each.name == GET_TRANSACTION)
PART = ArchivedPart(1, "s3://s3-archive/transactions/1.gz", "0" * 64, "2026-11-20T00:00:00.000000Z", 2)
ROWS = rows_of(
    payment_event("succeeded", 1000),
    refund_event("re_1", "refunded", 300, 2),
    dispute_event("dp_1", "disputed", 100, 3),
)


class Ledger:
    def __init__(self, rows: list[LedgerRow], archived: tuple[ArchivedPart, ...] = ()) -> None:
        self._entries = LedgerEntries(tuple(rows), {}, archived)

    def read(self, transaction_id: str) -> LedgerEntries:
        return self._entries


def got(ledger: Ledger, **values: Any) -> dict[str, Any]:
    return TransactionAnswers(ledger).get(ApiRequest(OPERATION, {"id": "stripe:pi_1", **values}, {}))


def test_the_state_is_the_sum_of_the_rows() -> None:
    state = got(Ledger(ROWS))
    assert (state["status"], state["dispute_status"]) == ("partially_refunded", "disputed")
    assert (state["captured_minor"], state["refunded_minor"], state["net_minor"]) == (1000, 300, 600)
    assert state["amounts"] == {
        "authorized": "0.00",
        "captured": "10.00",
        "refunded": "3.00",
        "disputed": "1.00",
        "captured_unconfirmed": "0.00",
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


def test_history_comes_only_when_asked_for() -> None:
    assert "history" not in got(Ledger(ROWS))
    assert "history" not in got(Ledger(ROWS), history=False)


def test_what_has_no_row_is_not_known() -> None:
    with pytest.raises(NotFound):
        got(Ledger([]))


def test_a_payout_is_no_transaction_and_says_so() -> None:
    payout = payment_event("paid", 1000)._replace(object_kind="payout", object_id="po_1")
    with pytest.raises(NotFound) as raised:
        got(Ledger(rows_of(payout)))
    assert raised.value.message == NO_PAYMENT
