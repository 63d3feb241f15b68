"""Counting in the table: with markers, in one transaction, again after contention, and never twice."""

import pytest

from payment_webhooks import contract
from payment_webhooks.analytics.counted_effects import Counted, Tally, counted_of
from payment_webhooks.analytics.counters import ATTEMPTS
from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, TRANSACTION_IN_PROGRESS, ServiceError
from payment_webhooks.errors import Unavailable
from tests.support.library.analytics_records import NOW, PAID, TABLE, Analytics, effect, record


def counted(*numbers: int) -> list[Counted]:
    found = [counted_of(record(number)) for number in numbers]
    return [each for each in found if each is not None]


def canceled(*codes: str) -> ServiceError:
    reasons = [{"Code": code} for code in codes]
    return ServiceError("dynamodb", TRANSACTION_CANCELED, 400, {"CancellationReasons": reasons})


def paid(count: int) -> Tally:
    return Tally(payments=count, captured_minor=count * 1099)


def total(analytics: Analytics) -> Tally:
    tally = Tally()
    for each in analytics.counters().values():
        tally = tally.plus(each)
    return tally


def test_markers_and_sums_are_written_in_one_transaction() -> None:
    analytics = Analytics()
    assert analytics.table.count(counted(1, 2, 3)) == 3
    assert analytics.dynamodb.calls == ["TransactWriteItems"]
    assert total(analytics) == paid(3)
    assert len(analytics.markers()) == 3


def test_a_marker_has_the_keys_of_the_row_and_expires() -> None:
    analytics = Analytics()
    analytics.table.count(counted(1))
    (marker,) = analytics.markers()
    assert marker == {
        contract.ANALYTICS_KEY: {"S": "stripe:pi_1"},
        contract.ANALYTICS_ENTRY: {"S": "event#evt_1"},
        contract.ANALYTICS_EXPIRES_AT: {"N": str(int(NOW) + 97 * 86_400)},
    }


def test_a_counter_has_no_more_than_what_was_added_to_it() -> None:
    analytics = Analytics(shards=[3])
    analytics.table.count(counted(1))
    (counter,) = [item for item in analytics.dynamodb.items(TABLE) if "payments" in item]
    assert counter == {
        contract.ANALYTICS_KEY: {"S": "sums#2026-11-20#3"},
        contract.ANALYTICS_ENTRY: {"S": "18#stripe#EUR#succeeded"},
        "payments": {"N": "1"},
        "captured_minor": {"N": "1099"},
    }


def test_what_leaves_a_bucket_is_subtracted_and_nothing_is_left_of_it() -> None:
    analytics = Analytics(shards=[3])
    analytics.table.count(counted(1))
    moved = counted_of(record(2, told=effect(PAID._replace(status="refunded"), PAID)))
    assert moved is not None
    assert analytics.table.count([moved]) == 1
    assert {each.status: tally for each, tally in analytics.counters().items()} == {"refunded": paid(1)}


def test_what_was_counted_before_is_left_out_and_the_rest_counts() -> None:
    analytics = Analytics()
    analytics.table.count(counted(2))
    assert analytics.table.count(counted(1, 2, 3)) == 2
    assert total(analytics) == paid(3)
    assert analytics.pauses == []
    assert analytics.table.count(counted(1, 2, 3)) == 0
    assert total(analytics) == paid(3)


def test_contention_is_tried_again_on_another_shard() -> None:
    analytics = Analytics(shards=[3, 5])
    analytics.dynamodb.fail_next(canceled("None", "TransactionConflict"))
    assert analytics.table.count(counted(1)) == 1
    assert analytics.pauses == [2]
    (counter,) = [item for item in analytics.dynamodb.items(TABLE) if "payments" in item]
    assert counter[contract.ANALYTICS_KEY] == {"S": "sums#2026-11-20#5"}


def test_shards_are_summed_when_read() -> None:
    analytics = Analytics()
    for number in range(20):
        analytics.table.count(counted(number))
    assert total(analytics) == paid(20)
    counters = [item for item in analytics.dynamodb.items(TABLE) if "payments" in item]
    assert len(counters) == contract.ANALYTICS_SHARD_COUNT


def test_an_answer_that_is_lost_counts_once() -> None:
    analytics = Analytics()
    analytics.dynamodb.fail_next(Unavailable("dynamodb_timeout"), after_effect=True)
    assert analytics.table.count(counted(1, 2)) == 2  # the second call is the first again, and is told so
    assert total(analytics) == paid(2)
    assert analytics.table.count(counted(1, 2)) == 0


@pytest.mark.parametrize(
    "lost",
    [
        ServiceError("dynamodb", "InternalServerError", 500, {}),
        ServiceError("dynamodb", TRANSACTION_IN_PROGRESS, 400, {}),
    ],
)
def test_what_may_have_been_done_is_repeated_as_it_was(lost: ServiceError) -> None:
    analytics = Analytics(shards=[3, 5])
    analytics.dynamodb.fail_next(lost, after_effect=True)
    assert analytics.table.count(counted(1, 2)) == 2
    assert total(analytics) == paid(2)


def test_what_is_left_of_a_chunk_is_another_request() -> None:
    """DynamoDB refuses a token with other actions than it was first given with."""
    analytics = Analytics()
    analytics.table.count(counted(2))
    analytics.dynamodb.fail_next(Unavailable("dynamodb_timeout"))
    assert analytics.table.count(counted(1, 2, 3)) == 2
    assert total(analytics) == paid(3)


def test_a_known_one_among_contention_is_left_out_of_the_next_attempt() -> None:
    analytics = Analytics()
    analytics.table.count(counted(1))
    analytics.dynamodb.fail_next(canceled("ConditionalCheckFailed", "TransactionConflict", "None"))
    assert analytics.table.count(counted(1, 2)) == 1
    assert total(analytics) == paid(2)
    assert analytics.pauses == [2]


def test_an_outage_is_tried_a_bounded_number_of_times() -> None:
    analytics = Analytics()
    for call in range(1, ATTEMPTS + 1):
        analytics.dynamodb.fail(call, canceled("ThrottlingError", "None"))
    with pytest.raises(Unavailable):
        analytics.table.count(counted(1))
    assert analytics.pauses == list(range(2, ATTEMPTS + 1))


def test_conditions_that_fail_on_nothing_of_ours_do_not_loop() -> None:
    analytics = Analytics()
    for call in range(1, 3 * ATTEMPTS):
        analytics.dynamodb.fail(call, canceled("None", "ConditionalCheckFailed"))
    with pytest.raises(Unavailable):
        analytics.table.count(counted(1))


def test_a_refusal_is_not_tried_again() -> None:
    analytics = Analytics()
    analytics.dynamodb.fail_next(ServiceError("dynamodb", "AccessDeniedException", 400, {}))
    with pytest.raises(ServiceError):
        analytics.table.count(counted(1))
    assert analytics.dynamodb.calls == ["TransactWriteItems"]
