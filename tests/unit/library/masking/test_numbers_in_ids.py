"""Card numbers that are a part of an id."""

import pytest

from payment_webhooks.masking.numbers_in_ids import find_in_ids, holds_card_number
from payment_webhooks.masking.search import Search, TooMuchWork

VISA = "4242424242424242"
AMEX = "378282246310005"


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        (VISA, [VISA]),
        (f"pan_{VISA}", [VISA]),
        (f"c{VISA}z", [VISA]),
        (f"{VISA}-1", [VISA]),
        (f"2025.{VISA}", [VISA]),
        (f"12-{VISA}", [VISA]),
        ("4242-4242-4242-4241-420", ["4242-4242-4242-4241-420"]),
        (f"{VISA}1228", [VISA]),
        (f"1234567-{VISA}1228", [VISA]),
        ("4222222222222", ["4222222222222"]),
        ("a.6304000000000000001:b", []),  # no check digit
        ("pan_4242-4242-4242-4242-1", ["4242-4242-4242-4242"]),
        ("4242....4242____4242::::4242", ["4242....4242____4242::::4242"]),
        (f"x3782-822463-10005_{VISA}", ["3782-822463-10005", VISA]),
        (f"{VISA}.{AMEX}", [VISA, AMEX]),
        ("4242-4242-4242-424", []),
        ("424-24242-42424242", []),
        ("4242-4242-4242-42-42", []),
        ("4242-----424242424242", []),
        ("pan_4242424242424241", []),
        (f"1{VISA}", []),
        (f"{VISA}0", []),
        (f"{VISA}1328", []),  # no month
        ("1760000000000000000", []),
        # made by programs: a UUID, MongoDB's object id, MD5, SHA-1, SHA-256, and a number beside one
        ("a3bd4242-4242-4242-4242-42abcdef0123", []),
        (f"abcd{VISA}ABCD", []),
        (f"evt_abcdef12{VISA}abcdef12", []),
        (f"abcdef123abc{VISA}abcdef12abcd", []),
        (f"{'ab' * 12}{VISA}{'ab' * 12}", []),
        (f"a3bd4242-4242-4242-4242-42abcdef0123:{VISA}", [VISA]),
        (f"{VISA}:a3bd4242-4242-4242-4242-42abcdef0123", [VISA]),
        # as long as one of them, or about, and none
        (f"abcd{VISA}abcde", [VISA]),
        (f"abcd{VISA}abc", [VISA]),
        (f"abcg{VISA}abcd", [VISA]),
        (f"xabcd{VISA}abcd", [VISA]),
    ],
)
def test_numbers_are_found_in_any_part(identifier: str, found: list[str]) -> None:
    spans = find_in_ids(identifier, Search(len(identifier)))
    assert [identifier[start:end] for start, end in spans] == found
    assert holds_card_number(identifier) == bool(found)


@pytest.mark.parametrize("text", ["1" * 3_000_000, "1111-" * 600_000, "a" * 7_000_000])
def test_work_is_counted(text: str) -> None:
    search = Search(400_000)
    with pytest.raises(TooMuchWork):
        list(find_in_ids(text, search))


@pytest.mark.parametrize(
    ("text", "units"), [("x", 6), ("4242-4242-4242-424", 5058), ("4242-42-4242424-4242", 4870)]
)
def test_each_group_and_each_reading_of_some_costs_work(text: str, units: int) -> None:
    search = Search(400_000)
    before = search.left
    assert list(find_in_ids(text, search)) == []
    assert before - search.left == units
