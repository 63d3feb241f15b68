"""One event id with several stored webhooks: which of them is applied."""

import pytest

from payment_webhooks import contract
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from tests.support.library.processing import Processing
from tests.support.library.receiving import event


class TestOneEventIdWithTwoCreationTimes:
    """Not one key, so the receiver can't see it; the processor can."""

    def test_the_earlier_received_is_applied_whichever_comes_first_here(self) -> None:
        for order in ((0, 1), (1, 0)):
            processing = Processing()
            keys = [
                processing.store("internal", event(created_at="2025-10-09T08:00:00Z", amount_minor=1)),
                processing.store("internal", event(created_at="2025-10-09T07:00:00Z", amount_minor=2)),
            ]
            for index in order:
                processing.process(keys[index])
            assert [processing.item(key)["status"] for key in keys] == ["processed", "conflict"]
            assert processing.item(keys[1])["status_reason"] == "event_id_reused"
            assert [row["amount_minor"] for row in processing.rows()] == [{"N": "1"}]

    def test_what_was_applied_already_counts_more_than_the_time(self) -> None:
        processing = Processing()
        late = processing.store("internal", event(created_at="2025-10-09T08:00:00Z"))
        processing.process(late)
        processing.receiving.now -= 3_600  # another container's clock
        early = processing.store("internal", event(created_at="2025-10-09T07:00:00Z"))
        assert processing.process(early).status == "conflict"


def test_a_conflict_is_never_applied_by_itself_but_once_a_person_has_accepted_it() -> None:
    processing = Processing()
    processing.process(processing.store("internal", event()))
    conflict = processing.store("internal", event(status="failed"))
    assert processing.process(conflict).repeated is True
    assert len(processing.rows()) == 1
    processing.dynamodb.set("inbox", conflict, "status", {"S": "received"})
    assert processing.process(conflict).status == "processed"


def accept(processing: Processing, keys: InboxKeys) -> None:
    """As scripts/inbox.py does it."""
    key = (keys.webhook_id, keys.timestamp)
    changes = {
        contract.DECIDED_FROM: processing.item(keys)[contract.STATUS],
        contract.DECISION: contract.DECISION_ACCEPT,
        contract.STATUS: contract.STATUS_RECEIVED,
    }
    for name, value in changes.items():
        processing.dynamodb.set("inbox", key, name, {"S": value})


class TestAConflictThatAPersonHasAccepted:
    """It is applied as an event of its own: the first one's row is not replaced, and both are told."""

    def test_with_the_same_state_and_another_amount_there_are_two_rows(self) -> None:
        processing = Processing()
        processing.process(processing.store("internal", event()))
        conflict = processing.store("internal", event(amount_minor=5000))
        accept(processing, conflict)
        assert processing.process(conflict).published is True
        rows = sorted(processing.rows(), key=lambda row: int(row["amount_minor"]["N"]))
        assert [row["amount_minor"]["N"] for row in rows] == ["1099", "5000"]
        digest = processing.item(conflict)["payload_sha256"][:16]
        assert [row["event_id"]["S"] for row in rows] == ["ev-1", f"ev-1#accepted#{digest}"]

    def test_its_own_retry_repeats_and_adds_nothing(self) -> None:
        processing = Processing()
        processing.process(processing.store("internal", event()))
        conflict = processing.store("internal", event(amount_minor=5000))
        accept(processing, conflict)
        processing.publish_error = Unavailable("events_throttled")
        with pytest.raises(Unavailable):
            processing.process(conflict)
        processing.publish_error = None
        assert processing.process(conflict).published is True
        assert processing.process(conflict).repeated is True
        assert len(processing.rows()) == 2

    def test_one_that_the_processor_found_is_applied_too(self) -> None:
        processing = Processing()
        processing.process(processing.store("internal", event(created_at="2025-10-09T08:00:00Z")))
        later = processing.store("internal", event(created_at="2025-10-09T07:00:00Z", amount_minor=5))
        assert processing.process(later).status == "conflict"
        accept(processing, later)
        assert processing.process(later).status == "processed"
        assert len(processing.rows()) == 2

    def test_it_does_not_make_a_conflict_of_the_first_one(self) -> None:
        processing = Processing()
        first = processing.store("internal", event(created_at="2025-10-09T08:00:00Z"))
        later = processing.store("internal", event(created_at="2025-10-09T07:00:00Z", amount_minor=5))
        assert processing.process(later).status == "conflict"
        accept(processing, later)
        processing.process(later)
        assert processing.process(first).status == "processed"

    def test_one_that_was_accepted_from_another_status_is_the_same_event_as_before(self) -> None:
        processing = Processing()
        keys = processing.store("internal", event())
        processing.progress.give_up(keys, "dynamodb_timeout")
        accept(processing, keys)
        processing.process(keys)
        assert [row["event_id"]["S"] for row in processing.rows()] == ["ev-1"]


def test_a_discarded_one_is_not_applied() -> None:
    processing = Processing()
    keys = processing.store("internal", event())
    processing.dynamodb.set(
        "inbox", (keys.webhook_id, keys.timestamp), "status", {"S": contract.STATUS_DISCARDED}
    )
    assert processing.process(keys).repeated is True
    assert not processing.rows()
