"""One event id with several stored webhooks: which of them is applied."""

from tests.support.processing import Processing
from tests.support.receiving import event


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
