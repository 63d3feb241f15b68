"""What may be asked of the counters, and the answer: sums never mix currencies."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.analytics.counted_effects import Bucket, Tally
from payment_webhooks.analytics.query import (
    DIMENSIONS,
    RANGE_DAYS_MAXIMUM,
    AnalyticsQuery,
    InvalidQuery,
    analytics_query,
    answer,
)
from payment_webhooks.analytics.stream_batch import count_batch
from tests.support.library.analytics_records import NOW, Analytics, effect, record

FIRST = Bucket("2026-11-20T06", "stripe", "EUR", "succeeded")


def ask(first: str | None = None, end: str | None = None, group_by: str | None = None) -> AnalyticsQuery:
    return analytics_query(first, end, group_by, NOW)


def test_by_default_the_last_day_by_hour() -> None:
    assert ask() == (
        datetime(2026, 11, 19, 19, tzinfo=UTC),
        datetime(2026, 11, 20, 19, tzinfo=UTC),
        ("hour",),
    )


@pytest.mark.parametrize("text", ["2026-11-20", "2026-11-20T00", "2026-11-20T00:00Z", "2026-11-20T00:00:00Z"])
def test_forms_of_an_hour(text: str) -> None:
    assert ask(first=text).first == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "end", "group_by", "field"),
    [
        ("2026-11-20T00:30:00Z", None, None, "from"),  # not a whole hour
        ("2026-02-31", None, None, "from"),
        ("2026-11-20T24", None, None, "from"),
        ("2026-11-20T06:00:00+01:00", None, None, "from"),
        ("٢٠٢٦-11-20", None, None, "from"),
        ("yesterday", None, None, "from"),
        (None, "tomorrow", None, "to"),
        (None, "0001-01-01", None, "to"),  # the day before is no date
        ("2026-11-20", "2026-11-20", None, "from"),
        ("2026-11-21", "2026-11-20", None, "from"),
        ("2026-01-01", "2026-11-20", None, "from"),
        (None, None, "customer", "group_by"),
        (None, None, "hour,", "group_by"),
    ],
)
def test_what_cannot_be_asked_says_which_field(
    first: str | None, end: str | None, group_by: str | None, field: str
) -> None:
    with pytest.raises(InvalidQuery) as refused:
        ask(first, end, group_by)
    assert refused.value.field == field


def test_a_range_is_bounded() -> None:
    assert RANGE_DAYS_MAXIMUM == 92
    ask("2026-08-20", "2026-11-20")
    with pytest.raises(InvalidQuery):
        ask("2026-08-19", "2026-11-20")


def test_days_of_a_range() -> None:
    assert list(ask("2026-11-19T22", "2026-11-21T02").days()) == [
        ("2026-11-19", "22", "23"),
        ("2026-11-20", "00", "23"),
        ("2026-11-21", "00", "01"),
    ]
    assert list(ask("2026-11-20", "2026-11-21").days()) == [("2026-11-20", "00", "23")]


@given(st.integers(0, 24 * 80), st.integers(1, 24 * 12))
def test_days_cover_each_hour_once(offset: int, hours: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + 3600 * offset
    first, end = (datetime.fromtimestamp(at, UTC) for at in (start, start + 3600 * hours))
    days = list(ask(f"{first:%Y-%m-%dT%H}", f"{end:%Y-%m-%dT%H}").days())
    assert sum(int(last) - int(begin) + 1 for _, begin, last in days) == hours
    assert len({day for day, _, _ in days}) == len(days)


def test_groups_never_mix_currencies() -> None:
    counters = {
        FIRST: Tally(2, captured_minor=300, fee_minor=9),
        FIRST._replace(currency="JPY"): Tally(1, captured_minor=500),
        FIRST._replace(status="partially_refunded"): Tally(1, captured_minor=100, refunded_minor=30),
        FIRST._replace(hour="2026-11-20T07"): Tally(
            1, captured_minor=7, disputed_minor=7, declined_attempts=2
        ),
    }
    found = answer(ask("2026-11-20", "2026-11-21", "provider"), counters)
    assert (found["from"], found["to"]) == ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    assert (found["group_by"], found["payments"]) == (["provider"], 5)
    (group,) = found["groups"]
    assert (group["provider"], group["payments"], group["declined_attempts"]) == ("stripe", 5, 2)
    euros, yen = group["sums"]
    assert euros == {
        "currency": "EUR",
        "payments": 4,
        "declined_attempts": 2,
        "authorized_minor": 0,
        "captured_minor": 407,
        "captured_unconfirmed_minor": 0,
        "refunded_minor": 30,
        "disputed_minor": 7,
        "held_minor": 0,
        "net_minor": 370,
        "fee_minor": 9,
        "amounts": {
            "authorized": "0.00",
            "captured": "4.07",
            "captured_unconfirmed": "0.00",
            "refunded": "0.30",
            "disputed": "0.07",
            "held": "0.00",
            "net": "3.70",
            "fee": "0.09",
        },
    }
    assert (yen["currency"], yen["net_minor"], yen["amounts"]["net"]) == ("JPY", 500, "500")


def test_payments_that_went_to_another_status_are_fewer_by_status_and_none_without() -> None:
    counters = {
        FIRST: Tally(-1, captured_minor=-100),
        FIRST._replace(status="refunded"): Tally(1, captured_minor=100, refunded_minor=100),
    }
    by_status = answer(ask(group_by="status"), counters)["groups"]
    assert [(each["status"], each["payments"], each["sums"][0]["amounts"]["net"]) for each in by_status] == [
        ("refunded", 1, "0.00"),
        ("succeeded", -1, "-1.00"),
    ]
    (group,) = answer(ask(group_by="provider"), counters)["groups"]
    assert (group["payments"], group["sums"][0]["captured_minor"], group["sums"][0]["net_minor"]) == (
        0,
        0,
        -100,
    )


def test_a_group_in_which_nothing_changed_is_left_out() -> None:
    counters = {FIRST: Tally(-1), FIRST._replace(status="canceled"): Tally(1)}
    assert answer(ask(group_by="provider"), counters)["groups"] == []
    assert len(answer(ask(group_by="status"), counters)["groups"]) == 2


def test_payments_that_tell_no_amount_have_none_in_major_units() -> None:
    found = answer(ask(group_by="status"), {FIRST._replace(currency=None): Tally(3)})
    (group,) = found["groups"]
    assert (group["sums"][0]["currency"], group["sums"][0]["payments"], group["sums"][0]["amounts"]) == (
        None,
        3,
        {},
    )


def test_sums_are_exact_beyond_what_floats_hold() -> None:
    most = 10**37 + 1
    (group,) = answer(ask(), {FIRST: Tally(1, captured_minor=most)})["groups"]
    (found,) = group["sums"]
    assert (found["captured_minor"], found["amounts"]["captured"]) == (most, f"{'1' + '0' * 35}.01")


def test_too_many_sums_are_refused() -> None:
    counters = {FIRST._replace(status=f"s{number}"): Tally(1) for number in range(5_001)}
    with pytest.raises(InvalidQuery, match="fewer"):
        answer(ask(group_by="status"), counters)
    assert len(answer(ask(group_by="day"), counters)["groups"]) == 1


BUCKETS = st.builds(
    Bucket,
    st.sampled_from(["2026-11-20T06", "2026-11-20T07", "2026-11-21T06"]),
    st.sampled_from(["stripe", "paypal"]),
    st.sampled_from(["EUR", "JPY", None]),
    st.sampled_from(["succeeded", "failed"]),
)


@given(
    st.dictionaries(BUCKETS, st.builds(Tally, st.integers(-9, 9), st.integers(-9, 9)), max_size=20),
    st.sets(st.sampled_from(DIMENSIONS), min_size=1),
)
def test_every_grouping_has_the_same_totals(counters: dict[Bucket, Tally], names: set[str]) -> None:
    found = answer(ask(group_by=",".join(names)), counters)
    assert found["group_by"] == [name for name in DIMENSIONS if name in names]
    sums = [each for group in found["groups"] for each in group["sums"]]
    assert sum(each["payments"] for each in sums) == found["payments"]
    for currency in ("EUR", "JPY"):
        expected = sum(
            tally.authorized_minor for each, tally in counters.items() if each.currency == currency
        )
        assert sum(each["authorized_minor"] for each in sums if each["currency"] == currency) == expected
    keys = [tuple(str(group[name]) for name in found["group_by"]) for group in found["groups"]]
    assert len(set(keys)) == len(keys)


def test_the_reader_takes_the_hours_that_were_asked_for() -> None:
    analytics = Analytics()
    for number, hour in enumerate(["2026-11-19T23", "2026-11-20T00", "2026-11-20T23", "2026-11-21T00"]):
        late = record(number, told=effect(hour=hour))
        assert count_batch([late], analytics.table, analytics.keep).counted == 1
    found = analytics.counters(ask("2026-11-20", "2026-11-21"))
    assert sorted(each.hour for each in found) == ["2026-11-20T00", "2026-11-20T23"]
    found = analytics.counters(ask("2026-11-20T23", "2026-11-21T01"))
    assert sorted(each.hour for each in found) == ["2026-11-20T23", "2026-11-21T00"]
