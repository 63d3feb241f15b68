"""A refund that fails is told once: by its own event, though the payment's total may have told it before."""

from collections.abc import Sequence

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.effect import from_text, to_text
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.domain.told import notification_types
from payment_webhooks.ledger.writer import LedgerWriter
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.ledger import payment_event, refund_event, row_of
from tests.support.library.receiving import LEDGER, TABLES


def total(minor: int, second: int) -> NormalisedEvent:
    return payment_event(words.SUCCEEDED, 2000, second)._replace(
        refunded_total_minor=minor, captured_minor=2000
    )


def told(events: Sequence[NormalisedEvent]) -> list[list[str]]:
    ledger = LedgerWriter(FakeDynamoDB(TABLES), LEDGER, str, lambda _: None, lambda *_: False)
    recorded = [ledger.append(row_of(event))[-1] for event in events]
    for each in recorded:
        assert each.effect is None or from_text(to_text(each.effect)) == each.effect
    return [notification_types(each.row, each.effect) if each.effect else [] for each in recorded]


PENDING = refund_event("re_1", words.PENDING, 500, 2)
PAYMENT_FIRST = [total(0, 1), PENDING, total(500, 3), total(0, 4)]
REFUND_FIRST = [total(0, 1), PENDING, total(500, 3)]


@pytest.mark.parametrize("ended", [words.FAILED, words.CANCELED])
def test_a_pending_refund_that_fails_is_told_once_whichever_event_comes_first(ended: str) -> None:
    failed = refund_event("re_1", ended, 500, 4)
    assert told([*PAYMENT_FIRST, failed])[2:] == [["payment_refunded"], [], ["refund_failed"]]
    assert told([*REFUND_FIRST, failed, total(0, 5)])[2:] == [["payment_refunded"], ["refund_failed"], []]


def test_a_refund_that_has_no_event_of_its_own_is_told_by_the_payment() -> None:
    assert told([total(500, 1), total(0, 2)]) == [
        ["payment_confirmation", "payment_refunded"],
        ["refund_failed"],
    ]
