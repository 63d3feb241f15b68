"""Plain values to DynamoDB's and back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.aws.dynamodb_items import attribute, item_of, plain

values = st.text() | st.integers() | st.booleans() | st.binary()


@given(st.dictionaries(st.text(), values | st.none()))
def test_an_item_gives_back_its_values_without_those_that_are_none(document: dict[str, Any]) -> None:
    assert plain(item_of(document)) == {name: value for name, value in document.items() if value is not None}


def test_each_type_has_its_own_attribute() -> None:
    assert [attribute(value) for value in ("a", 1, True, b"a", -(10**30))] == [
        {"S": "a"},
        {"N": "1"},
        {"BOOL": True},
        {"B": b"a"},
        {"N": str(-(10**30))},
    ]


def test_binary_comes_in_base64_over_the_wire() -> None:
    assert plain({"payload": {"B": "/w=="}}) == {"payload": b"\xff"}


def test_types_that_we_never_write_are_left_out() -> None:
    assert plain({"a": {"L": []}, "b": {"NULL": True}, "c": {"S": "c"}}) == {"c": "c"}
