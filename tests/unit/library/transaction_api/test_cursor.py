"""A cursor is good for the query that it was given to, and for no other."""

import base64
import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.transaction_api.cursor import make_cursor, read_cursor
from payment_webhooks.transaction_api.listing import Days, Position
from payment_webhooks.transaction_api.request import InvalidRequest
from payment_webhooks.transaction_api.schemas import CURSOR_PATTERN

QUERY = {"status": "succeeded", "from": "2025-11-15"}
DAYS = Days(date(2025, 11, 15), date(2025, 11, 21))
POSITION = Position("2025-11-20T08:00:00.000000Z", "stripe:pi_1")
CURSOR = make_cursor(QUERY, DAYS, POSITION)


def refused(query: dict[str, Any], cursor: str) -> str:
    with pytest.raises(InvalidRequest) as raised:
        read_cursor(query, cursor)
    return raised.value.message


def test_a_cursor_gives_back_where_the_page_ended() -> None:
    assert read_cursor(QUERY, CURSOR) == (DAYS, POSITION)
    assert read_cursor(dict(reversed(QUERY.items())), CURSOR) == (DAYS, POSITION)


def test_the_longest_cursor_passes_as_a_parameter() -> None:
    longest = POSITION._replace(transaction_id=f"{'e' * 32}:{'p' * 200}")
    cursor = make_cursor(QUERY, DAYS, longest)
    assert re.fullmatch(CURSOR_PATTERN, cursor)
    assert read_cursor(QUERY, cursor) == (DAYS, longest)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "failed", "from": "2025-11-15"},
        {"status": "succeeded", "from": "2025-11-16"},
        {"status": "succeeded"},
        {"status": "succeeded", "from": "2025-11-15", "provider": "stripe"},
        {},
    ],
)
def test_another_query_may_not_use_it(query: dict[str, str]) -> None:
    assert "not one that this query was given" in refused(query, CURSOR)


@given(st.integers(0, len(CURSOR) - 1), st.sampled_from("ABCXYZabcxyz0189-_"))
def test_a_cursor_that_was_changed_anywhere_is_refused(place: int, letter: str) -> None:
    changed = CURSOR[:place] + letter + CURSOR[place + 1 :]
    if changed != CURSOR:
        refused(QUERY, changed)


@given(st.text("ABCabc0123-_", min_size=1, max_size=300))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    refused(QUERY, text)


@pytest.mark.parametrize("cut", [1, 4, 16, len(CURSOR) - 1])
def test_a_cursor_that_was_cut_is_refused(cut: int) -> None:
    refused(QUERY, CURSOR[:-cut])


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b"nonsense",
        b"[" * 900,
        json.dumps(["2025-11-15", "2025-11-21", 1, 2]).encode(),
        json.dumps(["2025-11-15", "2025-11-32", *POSITION]).encode(),
        json.dumps(["2025-11-15", "2025-11-19", *POSITION]).encode(),
        json.dumps(["2025-11-15", "2025-11-21", "2025-11-20\ud800", "stripe:pi_1"]).encode(),
    ],
)
def test_one_made_by_hand_with_a_right_digest_is_read_as_strictly(content: bytes) -> None:
    from payment_webhooks.transaction_api.cursor import _digest

    cursor = base64.urlsafe_b64encode(_digest(QUERY, content) + content).decode().rstrip("=")
    refused(QUERY, cursor)
