"""The state of a payout: its latest row, with what earlier ones have told that it leaves out."""

from typing import Any

import pytest

from payment_webhooks.domain.ledger_row import LedgerRow
from payment_webhooks.domain.payout import PayoutState, as_json, fold_payout, is_payout
from tests.support.library.ledger import payment_event, row_of


def row(status: str, second: int, amount: int = 5000, **told: Any) -> LedgerRow:
    event = payment_event(status, amount, second)
    of_payout = {"object_kind": "payout", "object_id": "po_1", "amount_meaning": "paid_out", "livemode": None}
    return row_of(event._replace(**{**of_payout, **told}))


PENDING = row("pending", 1, 4900, account="acct_1", arrival_date="2025-10-10", livemode=False)
IN_TRANSIT = row("in_transit", 2, account="acct_2", arrival_date="2025-10-11", livemode=True)
FAILED = row("failed", 3, account="acct_3", provider_status="account_closed")._replace(confirmed=False)
STATE = PayoutState(
    payout_id="po_1",
    status="failed",
    amount_minor=5000,
    amount_meaning="paid_out",
    currency="USD",
    account="acct_3",
    arrival_date="2025-10-11",
    provider_status="account_closed",
    livemode=True,
    confirmed=False,
    updated_at="2025-10-09T06:06:43.000000Z",
)


def test_a_payout_is_what_its_latest_row_tells_and_what_that_leaves_out() -> None:
    rows = [FAILED, PENDING, IN_TRANSIT, row_of(payment_event("succeeded", 1, 9))]
    assert [is_payout(each) for each in rows] == [True, True, True, False]
    assert fold_payout(rows) == STATE
    alone = fold_payout([FAILED])
    assert (alone.status, alone.account, alone.arrival_date, alone.livemode) == (
        "failed",
        "acct_3",
        None,
        None,
    )


def test_the_stored_form_is_that_of_every_release() -> None:
    assert PayoutState.from_stored({**STATE._asdict(), "later": 1}) == STATE
    known = {"payout_id": "po_1", "status": "paid", "confirmed": True, "updated_at": "now"}
    assert PayoutState.from_stored(known)._asdict() == {**dict.fromkeys(PayoutState._fields), **known}
    for name in known:
        with pytest.raises(KeyError, match=name):
            PayoutState.from_stored({each: value for each, value in known.items() if each != name})


def test_the_amount_is_told_as_text_too() -> None:
    assert as_json(STATE) == {**STATE._asdict(), "amount": "50.00"}
