"""Rows and markers as DynamoDB items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.ledger.items import from_item, to_item
from tests.support.library.ledger import payment_event, row_of

ROW = row_of(payment_event("partially_refunded", 300, 5)._replace(captured_minor=1099, customer_id="cus_1"))


def test_an_item_has_the_keys_of_the_table_and_of_no_index() -> None:
    item = to_item(ROW)
    assert item["transaction_id"] == {"S": "stripe:pi_1"}
    assert item["timestamp"] == {"S": "event#evt_partially_refunded_300_5"}
    assert item["amount_minor"] == {"N": "300"}
    assert item["confirmed"] == {"BOOL": True}
    assert item["amount_provider_raw"] == {"S": "300"}
    indexes = {"status_shard", "dispute_shard", "provider_shard", "customer_key", "archive_shard"}
    assert not {"sort_key", *indexes} & item.keys()


def test_what_is_not_told_is_absent() -> None:
    row = ROW._replace(amount_minor=None, amount_meaning=None, currency=None, customer_id=None, livemode=None)
    assert not {"amount_minor", "currency", "customer_id", "livemode"} & to_item(row).keys()
    assert from_item(to_item(row)) == row


OPTIONAL_AMOUNT = st.none() | st.integers(0, 2**53)


@given(OPTIONAL_AMOUNT, OPTIONAL_AMOUNT, OPTIONAL_AMOUNT, st.none() | st.booleans(), st.booleans())
def test_a_row_comes_back_as_it_was(
    amount: int | None, captured: int | None, refunded: int | None, livemode: bool | None, confirmed: bool
) -> None:
    row: LedgerRow = ROW._replace(
        amount_minor=amount,
        captured_minor=captured,
        refunded_total_minor=refunded,
        livemode=livemode,
        confirmed=confirmed,
    )
    assert from_item(to_item(row)) == row


def test_what_is_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match="not a ledger row"):
        from_item({"transaction_id": {"S": "stripe:pi_1"}, "timestamp": {"S": "payment"}})
