"""One form for every instant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.errors import UnreadableEvent
from payment_webhooks.timestamps import utc_timestamp


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1759990060, "2025-10-09T06:07:40.000000Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (1759990060.5, "2025-10-09T06:07:40.500000Z"),
        ("2025-10-09T10:03:07.940Z", "2025-10-09T10:03:07.940000Z"),
        ("2022-07-13T20:30:59.037339943Z", "2022-07-13T20:30:59.037339Z"),  # Square: nanoseconds are cut
        (
            "2022-07-13T20:30:59.9999999Z",
            "2022-07-13T20:30:59.999999Z",
        ),  # cut, not rounded into the next second
        ("2025-10-09T10:00:00-07:00", "2025-10-09T17:00:00.000000Z"),  # PayPal: offsets
        ("2025-10-09t10:00:00z", "2025-10-09T10:00:00.000000Z"),  # RFC 3339 allows lower case
        ("2025-12-31T23:30:00-0100", "2026-01-01T00:30:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),  # a leap second
    ],
)
def test_every_form_of_a_provider_becomes_the_one_form(value: int | float | str, expected: str) -> None:
    assert utc_timestamp(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2025-10-09",
        "2025-10-09T10:00:00",  # no offset: whose time?
        "2025-10-09T10:00Z",
        "2025-10-09T10:00:00.Z",
        "2025-13-09T10:00:00Z",
        "2025-02-30T10:00:00Z",
        "2025-10-09T24:00:00Z",
        "2025-10-09T10:00:00+24:00",
        "2025-10-09T10:00:00+01:60",
        "٢٠٢٥-10-09T10:00:00Z",  # Arabic digits
        "2025-10-09T10:00:00Z\n",
        "1759990060",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "1969-12-31T23:59:59Z",
        -1,
        10**20,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
        {},
    ],
)
def test_what_is_no_instant_is_unreadable(value: object) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        utc_timestamp(value)  # type: ignore[arg-type]  # a body may hold anything
    assert raised.value.reason == "invalid_timestamp"


INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)
)


@given(INSTANTS, INSTANTS)
def test_text_order_is_time_order(first: datetime, second: datetime) -> None:
    texts = utc_timestamp(first.isoformat()), utc_timestamp(second.isoformat())
    assert (texts[0] < texts[1]) == (first < second)
    assert all(len(text) == len("2025-10-09T06:07:40.000000Z") for text in texts)


@given(INSTANTS, st.integers(-23 * 60, 23 * 60))
def test_an_instant_has_one_text_whatever_its_offset(instant: datetime, offset_minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=offset_minutes)))
    assert utc_timestamp(elsewhere.isoformat()) == utc_timestamp(instant.isoformat())


@given(st.text(alphabet="0123456789-:TZ.+", max_size=30) | st.integers() | st.floats() | st.text())
def test_only_its_own_error_leaves(value: int | float | str) -> None:
    try:
        text = utc_timestamp(value)
    except UnreadableEvent:
        return
    assert utc_timestamp(text) == text
