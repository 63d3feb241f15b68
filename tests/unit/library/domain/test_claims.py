"""What claims take and hold, case by case, from the rows of refunds and disputes."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.claims import Claims, claims
from payment_webhooks.domain.ledger_row import LedgerRow
from tests.support.library.ledger import dispute_event, refund_event, row_of

DAY: Final = 86_400


def claim(second: int, status: str = words.DISPUTED, name: str = "PP-1", **told: Any) -> LedgerRow:
    """Over 10.00, begun at `second`, of which nobody says what it has taken; `told`: what else its row says."""
    event = dispute_event(name, status, 1000, second)
    return row_of(event._replace(**{"amount_meaning": words.MEANING_CLAIMED, **told}))


def refund(second: int, amount: int = 300, status: str = words.REFUNDED, **told: Any) -> LedgerRow:
    return row_of(refund_event("re_1", status, amount, second)._replace(**told))


def lost(second: int, taken: int | None, **told: Any) -> LedgerRow:
    return claim(second, words.DISPUTE_LOST, withdrawn_minor=taken, **told)


def found(captured: int, refunded: int, *rows: LedgerRow) -> Claims:
    histories: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in rows:
        histories.setdefault((row.object_kind, row.object_id), []).append(row)
    return claims(histories, captured, refunded)


BEGUN_BEFORE: Final = refund(5, status=words.PENDING)
TOLD_BY_CLAIM: Final[dict[str, Any]] = {"amount_meaning": words.MEANING_CLAIMED}
UNKNOWN_WON: Final = claim(20, words.DISPUTE_WON, "PP-2")


@pytest.mark.parametrize(
    ("captured", "refunded", "rows", "taken", "held"),
    [
        (5000, 0, [], 0, 0),
        (5000, 0, [claim(10)], 0, 1000),
        (5000, 0, [claim(10, amount_minor=None), claim(10, name="PP-2", amount_minor=100)], 0, 100),
        # the newest row of a dispute or a refund is what counts
        (5000, 0, [claim(9, amount_meaning=None), claim(10)], 0, 1000),
        (5000, 400, [BEGUN_BEFORE, refund(6, 400), claim(10)], 0, 1000),
        (5000, 300, [BEGUN_BEFORE, refund(20), claim(10)], 0, 1000),
        (5000, 300, [refund(5), refund(20, **TOLD_BY_CLAIM), claim(10)], 0, 700),
        # a refund that does not say how much gives nothing back beside the claim
        (5000, 100, [refund(5, amount_minor=None), claim(10)], 0, 900),
        (5000, 100, [refund(5, 400), claim(10)], 0, 1000),
        # what an open claim has taken already it does not hold, whether a refund tells it or not
        (5000, 0, [claim(10, withdrawn_minor=300)], 300, 700),
        (5000, 300, [claim(10, withdrawn_minor=300), refund(20)], 0, 700),
        # what is reopened after a decision holds nothing
        (5000, 0, [claim(10), lost(20, 400), claim(30)], 400, 0),
        # no more is held than is left
        (500, 800, [refund(5, 800), claim(10)], 0, 0),
        (1000, 400, [refund(5, 400), claim(10)], 0, 600),
        (1000, 0, [lost(10, 400, name="PP-2"), claim(10)], 400, 600),
        # a refund tells the loss of a claim from its beginning until a day after its end
        (5000, 300, [claim(10), lost(20, 300), refund(10)], 0, 0),
        (5000, 300, [claim(10), lost(20, 300), refund(9)], 300, 0),
        (5000, 300, [claim(10), lost(3 * DAY, 300), refund(4 * DAY)], 0, 0),
        (5000, 300, [claim(10), lost(3 * DAY, 300), refund(4 * DAY + 1)], 300, 0),
        (5000, 300, [lost(10, 300), refund(20)], 0, 0),
    ],
)  # fmt: skip
def test_what_claims_take_and_hold(
    captured: int, refunded: int, rows: Sequence[LedgerRow], taken: int, held: int
) -> None:
    assert found(captured, refunded, *rows) == Claims(taken, held, unknown=False, contradicted=False)


def test_a_claim_that_is_won_and_does_not_say_what_it_took_takes_nothing() -> None:
    assert found(5000, 0, UNKNOWN_WON) == Claims(0, 0, unknown=True, contradicted=False)
    assert found(5000, 0, UNKNOWN_WON, claim(20)) == Claims(0, 1000, unknown=True, contradicted=False)
