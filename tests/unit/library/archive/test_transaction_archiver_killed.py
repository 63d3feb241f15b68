"""Killed at each of its calls, before its effect or after it, the archiver loses nothing and doubles nothing."""

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_state import fold
from tests.support.library.archive_fakes import ArchiveTables, Killed
from tests.support.library.archiving import Archiving
from tests.support.library.ledger import dispute_event, payment_event, refund_event
from tests.support.library.receiving import TABLES

pytestmark = pytest.mark.no_cover  # a run of each step is the lines of test_transaction_archiver.py again

PAID = payment_event(words.SUCCEEDED, 5000, 1)
REFUND = refund_event("re_1", words.REFUNDED, 1000, 2)
LATE = refund_event("re_late", words.REFUNDED, 700, 9_000_000)


def prepared() -> Archiving:
    """Two transactions that are due on one day, one on another, and one that is not to be archived; the day takes two
    parts, so that a run may end between them.
    """
    # Not compared: the thousands of calls of these tests are those of test_transaction_archiver.py again.
    tables = ArchiveTables(TABLES, compared=False)
    archiving = Archiving(quiet_days=196, most_items=1, tables=tables)
    archiving.begin(age_days=201)
    archiving.add([payment_event(words.PENDING, 5000), PAID], "pi_1")
    archiving.add([PAID, REFUND], "pi_2")
    archiving.add([PAID], "pi_3", age_days=198)
    archiving.add([PAID, dispute_event("dp_1", words.DISPUTED, 100, 3)], "pi_open", age_days=199)
    return archiving


def truth(archiving: Archiving) -> dict[str, object]:
    return {name: fold(archiving.entries(name).rows) for name in ("pi_1", "pi_2", "pi_3", "pi_open")}


def steps_of_a_run() -> int:
    archiving = prepared()
    archiving.run()
    return archiving.killer.steps


def kill(archiving: Archiving, step: int, after_effect: bool) -> None:
    archiving.killer.at_step, archiving.killer.after_effect = step, after_effect
    with pytest.raises(Killed):
        archiving.run()
    archiving.killer.at_step = 0


@pytest.mark.parametrize("after_effect", [False, True])
def test_killed_at_every_step(after_effect: bool) -> None:
    all_rows = sorted(prepared().stored_rows())
    states = truth(prepared())
    for step in range(1, steps_of_a_run() + 1):
        archiving = prepared()
        kill(archiving, step, after_effect)
        # At no moment is a row nowhere, and the state is always the same.
        assert {*archiving.stored_rows(), *archived_in_summaries(archiving)} == set(all_rows), step
        assert truth(archiving) == states, step
        archiving.run_until_done()
        archived = archiving.archived_rows()
        assert len(archived) == len(set(archived)), f"doubled after step {step}"
        assert sorted([*archived, *archiving.stored_rows()]) == all_rows, step
        assert truth(archiving) == states, step


def archived_in_summaries(archiving: Archiving) -> set[tuple[str, str]]:
    return {
        (row.transaction_id, row.sort_key)
        for name in ("pi_1", "pi_2", "pi_3", "pi_open")
        for row in archiving.entries(name).rows
    }


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_row_that_comes_after_a_kill_is_neither_lost_nor_archived_early(after_effect: bool) -> None:
    all_rows = set(prepared().stored_rows())
    for step in range(1, steps_of_a_run() + 1):
        archiving = prepared()
        kill(archiving, step, after_effect)
        late = archiving.row(LATE, "pi_1", age_days=0)
        archiving.put(late)
        archiving.run_until_done()
        archived = archiving.archived_rows()
        key = (late.transaction_id, late.sort_key)
        assert key in archiving.stored_rows(), step
        assert len(archived) == len(set(archived)), step
        assert {*archived, *archiving.stored_rows()} == {*all_rows, key}, step
        assert fold(archiving.entries("pi_1").rows).refunded_minor == 700, step
