import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.review.values import at_pointer, canonical, differences, hide, same, shown, shown_path

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("before", "after"), [(512, "512"), (True, "true"), ({"a": [1]}, {"a": ["1"]})])
def test_what_cloudformation_takes_as_one_value_is_no_difference(before: Any, after: Any) -> None:
    assert same(before, after)
    assert list(differences(before, after)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, [("a.b", 1, None), ("a.c", None, 1)]),
        (
            {"Tags": [{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "2"}]},
            {"Tags": [{"Key": "y", "Value": "3"}, {"Key": "x", "Value": "1"}]},
            [("Tags[y].Value", "2", "3")],
        ),
        ({"list": ["a", "b"]}, {"list": ["b"]}, [("list", ["a", "b"], ["b"])]),
        ({"list": [{"n": 1}, {"n": 2}]}, {"list": [{"n": 1}, {"n": 3}]}, [("list[1].n", 2, 3)]),
        ({"list": [{"n": 1}]}, {"list": []}, [("list", [{"n": 1}], [])]),
        (
            {"Tags": [{"Key": "x"}, {"Key": "x"}]},  # two of one identity cannot be told apart
            {"Tags": [{"Key": "x"}]},
            [("Tags", [{"Key": "x"}, {"Key": "x"}], [{"Key": "x"}])],
        ),
    ],
)
def test_differences_are_told_member_by_member(before: Any, after: Any, expected: list[Any]) -> None:
    assert [(shown_path(one.path), one.before, one.after) for one in differences(before, after)] == expected


@given(json_values, json_values)
def test_differences_are_there_exactly_when_values_differ(before: Any, after: Any) -> None:
    assert bool(list(differences(before, after))) == (canonical(before) != canonical(after))


@given(json_values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert list(differences(value, json.loads(json.dumps(value)))) == []


def test_secrets_are_hidden_wherever_they_stand() -> None:
    value = {
        "SecretString": "one",
        "inner": [{"Password": {"a": "two"}}, "x three y"],
        "count": 3,
        "none": None,
    }
    hidden = hide((), value, ["three", ""])
    assert hidden == {
        "SecretString": "****",
        "inner": [{"Password": "****"}, "x **** y"],
        "count": 3,
        "none": None,
    }
    assert hide(("Properties", "SecretString"), "one") == "****"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(none)"),
        ("", '""'),
        ("text", "text"),
        (True, "true"),
        ({"b": 1, "a": ["é"]}, '{"a": ["é"], "b": 1}'),
    ],
)
def test_values_are_shown_on_one_line(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_pointers_of_schemas_go_through_lists() -> None:
    properties = {"a": [{"b": 1}, {"b": 2}], "c": {"d": 3}}
    assert at_pointer(properties, ("c", "d")) == [3]
    assert at_pointer(properties, ("a", "*", "b")) == [1, 2]
    assert at_pointer(properties, ("a", "b")) == [1, 2]
    assert at_pointer(properties, ("x", "y")) == []
