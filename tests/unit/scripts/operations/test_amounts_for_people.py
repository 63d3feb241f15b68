"""Commands show amounts as people read them, in columns that are aligned to the right."""

import pytest

from payment_webhooks.transaction_api.views import event_view, state_view
from scripts.operations.archive.command import archived_text
from scripts.operations.transactions.tables import for_people, print_rows
from tests.support.library.ledger import payment_event, payment_of, refund_event, rows_of

ROWS = rows_of(payment_event("succeeded", 109_900), refund_event("re_1", "refunded", 9_900, 1))


def test_a_payment_has_no_minor_units_and_one_currency_for_each_amount() -> None:
    shown = for_people(state_view(payment_of(ROWS)))
    amounts = {name: shown[name] for name in ("captured", "refunded", "disputed", "net")}
    assert amounts == {
        "captured": "1,099.00 USD",
        "refunded": "99.00 USD",
        "disputed": "0.00 USD",
        "net": "1,000.00 USD",
    }
    assert not [name for name in shown if name.endswith("_minor") or name == "currency"]


def test_columns_of_amounts_are_aligned_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("when", "status", "amount"), [event_view(row) for row in ROWS])
    shown = capsys.readouterr().out
    assert "│ 2025-10-09 06:06 │ payment succeeded │ 1,099.00 USD │" in shown
    assert "│ 2025-10-09 06:06 │ refund refunded   │    99.00 USD │" in shown


def test_a_payment_of_the_archive_is_shown_with_amounts() -> None:
    state = {"status": "succeeded", "net_minor": 500, "currency": "JPY"}
    row = {
        "occurred_at": "t",
        "event_type": "paid",
        "status": "succeeded",
        "amount_minor": 1_500,
        "currency": "JPY",
    }
    generation = {
        "generation": 1,
        "archived_at": "t",
        "location": "l",
        "lines": [{"state": state, "rows": [row]}],
    }
    assert list(archived_text([generation]))[1:] == [
        "  succeeded, net 500 JPY",
        "  t paid succeeded 1,500 JPY",
    ]
