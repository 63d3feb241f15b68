"""The intrinsic functions: each by examples, and all together by the rule that nothing unknown is guessed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.evaluation.intrinsics import (
    FUNCTIONS,
    Call,
    Environment,
    Hidden,
    Reference,
    Text,
    Unknown,
    decide_conditions,
    evaluate,
    is_known,
    references_in,
    written,
)
from tests.support.templates.resources import templates, walk

ARN = Reference((), "Other", "Arn")
OPEN = Reference((), "Open")
UNDECIDED = Call("Fn::Equals", [OPEN, "x"])
ENVIRONMENT = Environment(
    names={
        "Suffix": "dev",
        "Empty": "",
        "Names": ["a", "b"],
        "Key": Hidden((), "Key"),
        "Open": OPEN,
        "One": 1,
        "AWS::Region": "eu-central-1",
    },
    conditions={"IsDev": True, "IsProd": False, "Undecided": UNDECIDED},
    mappings={"M": {"dev": {"n": 7}, "1": {"n": 8}}},
    output=lambda logical_id, name: f"{name} of {logical_id}" if logical_id == "Nested" else None,
)


@pytest.mark.parametrize(
    ("value", "expected", "as_json"),
    [
        ({"Ref": "Suffix"}, "dev", "dev"),
        ({"Ref": "Names"}, ["a", "b"], ["a", "b"]),
        ({"Ref": "Key"}, Hidden((), "Key"), "****"),
        ({"Ref": "Other"}, Reference((), "Other"), "${Other}"),
        ({"Ref": "AWS::Region"}, "eu-central-1", "eu-central-1"),
        ({"Ref": "AWS::AccountId"}, Reference((), "AWS::AccountId"), "${AWS::AccountId}"),
        ({"Ref": "AWS::NoValue"}, None, None),
        ({"Fn::GetAtt": ["Other", "Arn"]}, ARN, "${Other.Arn}"),
        ({"Fn::GetAtt": "Other.Arn"}, ARN, "${Other.Arn}"),
        ({"Fn::GetAtt": ["Nested", "Outputs.KeyArn"]}, "KeyArn of Nested", "KeyArn of Nested"),
        (
            {"Fn::GetAtt": ["Closed", "Outputs.X"]},
            Reference((), "Closed", "Outputs.X"),
            "${Closed.Outputs.X}",
        ),
        ({"Fn::Sub": "x-${Suffix}${Empty}-${AWS::Region}-${!Raw}"}, *["x-dev-eu-central-1-${Raw}"] * 2),
        ({"Fn::Sub": "${Other.Arn}"}, ARN, "${Other.Arn}"),
        ({"Fn::Sub": "${One}${Other.Arn}${Suffix}"}, Text(("1", ARN, "dev")), "1${Other.Arn}dev"),
        ({"Fn::Sub": ["${A}/${Suffix}", {"A": {"Ref": "Open"}}]}, Text((OPEN, "/dev")), "${Open}/dev"),
        ({"Fn::Sub": ["${Suffix}", {"Suffix": "own"}]}, "own", "own"),
        ({"Fn::Sub": "the key is ${Key}"}, Text(("the key is ", Hidden((), "Key"))), "the key is ****"),
        ({"Fn::Join": ["-", ["x", {"Ref": "Suffix"}, 1, True]]}, "x-dev-1-true", "x-dev-1-true"),
        ({"Fn::Join": ["", []]}, "", ""),
        ({"Fn::Join": ["-", {"Ref": "Open"}]}, Call("Fn::Join", ["-", OPEN]), {"Fn::Join": ["-", "${Open}"]}),
        ({"Fn::Select": [1, {"Ref": "Names"}]}, "b", "b"),
        ({"Fn::Select": ["0", [{"Ref": "Open"}]]}, OPEN, "${Open}"),
        ({"Fn::Select": [9, {"Ref": "Names"}]}, *[Call("Fn::Select", [9, ["a", "b"]])] * 2),
        ({"Fn::Split": ["/", "a/b"]}, ["a", "b"], ["a", "b"]),
        ({"Fn::Split": ["/", {"Fn::Sub": "${!a}/b"}]}, ["${a}", "b"], ["${a}", "b"]),
        ({"Fn::Split": ["/", ARN]}, Call("Fn::Split", ["/", ARN]), {"Fn::Split": ["/", "${Other.Arn}"]}),
        ({"Fn::FindInMap": ["M", {"Ref": "Suffix"}, "n"]}, 7, 7),
        ({"Fn::FindInMap": ["M", {"Ref": "One"}, "n"]}, 8, 8),
        ({"Fn::FindInMap": ["M", "prod", "n"]}, *[Call("Fn::FindInMap", ["M", "prod", "n"])] * 2),
        ({"Fn::FindInMap": ["M", {"Ref": "Open"}, "n"]}, *[Call("Fn::FindInMap", ["M", OPEN, "n"])] * 2),
        ({"Fn::If": ["IsDev", 1, 2]}, 1, 1),
        ({"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}, None, None),
        (
            {"Fn::If": ["Undecided", {"Ref": "Open"}, {"Ref": "AWS::NoValue"}]},
            Call("Fn::If", ["Undecided", OPEN, None]),
            {"Fn::If": ["Undecided", "${Open}", None]},
        ),
        ({"Fn::ImportValue": {"Fn::Sub": "x-${Suffix}"}}, *[Call("Fn::ImportValue", "x-dev")] * 2),
        ({"Fn::Nobody": {"Ref": "Suffix"}}, Call("Fn::Nobody", "dev"), {"Fn::Nobody": "dev"}),
        ([1, {"Ref": "AWS::NoValue"}, {"a": {"Ref": "Suffix"}}], *[[1, {"a": "dev"}]] * 2),
        ({"Condition": "IsDev"}, {"Condition": "IsDev"}, {"Condition": "IsDev"}),  # a property of that name
    ],
)
def test_functions_are_evaluated_as_far_as_they_are_known(value: Any, expected: Any, as_json: Any) -> None:
    evaluated = evaluate(value, ENVIRONMENT)
    assert evaluated == expected
    assert written(evaluated) == written(as_json)
    assert is_known(evaluated) is ("${O" not in str(as_json) and not isinstance(expected, Unknown))


def test_conditions_only_leaves_other_functions_as_they_are() -> None:
    value = {
        "A": {"Fn::If": ["IsDev", {"Fn::Sub": "${Suffix}"}, {"Ref": "Suffix"}]},
        "B": {"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]},
        "C": [{"Fn::Join": ["", [{"Fn::If": ["IsProd", 1, 2]}]]}],
    }
    environment = Environment(conditions={"IsDev": True, "IsProd": False}, conditions_only=True)
    assert evaluate(value, environment) == {"A": {"Fn::Sub": "${Suffix}"}, "C": [{"Fn::Join": ["", [2]]}]}


def test_references_are_found_at_any_depth() -> None:
    value = {
        "a": [Text(("x", ARN)), Call("Fn::Join", ["-", OPEN])],
        "b": {"c": Hidden((), "Key")},
        "d": "${X}",
    }
    assert list(references_in(value)) == [ARN, OPEN, Hidden((), "Key")]


TRUE, FALSE, UNKNOWN = ({"Fn::Equals": ["a", side]} for side in ("a", "b", {"Ref": "Open"}))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (TRUE, True),
        (FALSE, False),
        (UNKNOWN, None),
        ({"Fn::Equals": [{"Ref": "One"}, "1"]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"Fn::Equals": [{"Ref": "Open"}, {"Ref": "Open"}]}, True),
        ({"Fn::Equals": [{"Ref": "Key"}, ""]}, None),
        ({"Fn::Equals": [{"Fn::Sub": "${!Open}"}, "${Open}"]}, True),
        ({"Fn::Not": [TRUE]}, False),
        ({"Fn::Not": [UNKNOWN]}, None),
        ({"Fn::And": [TRUE, FALSE]}, False),
        ({"Fn::And": [UNKNOWN, FALSE]}, False),
        ({"Fn::And": [UNKNOWN, TRUE]}, None),
        ({"Fn::Or": [UNKNOWN, TRUE]}, True),
        ({"Fn::Or": [UNKNOWN, FALSE]}, None),
        ({"Fn::Or": [FALSE, FALSE]}, False),
        ({"Condition": "Other"}, True),
        ({"Condition": "It"}, None),  # a circle
    ],
)
def test_a_condition_is_decided_as_soon_as_enough_is_known(condition: Any, expected: bool | None) -> None:
    decided = decide_conditions({"It": condition, "Other": TRUE}, ENVIRONMENT)["It"]
    assert (None if isinstance(decided, Unknown) else decided) is expected


PARAMETERS = ("A", "B", "C")
WORDS = st.sampled_from(["", "x", "y", "x,y"])
VALUES = st.fixed_dictionaries(dict.fromkeys(PARAMETERS, WORDS))
CONDITIONS = ("One", "Two")
MAPPINGS = {"M": {word: {"k": f"<{word}>"} for word in ("", "x", "y", "x,y")}}


def _deeper(texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda one, two: {"Fn::Join": ["-", [one, two]]}, texts, texts),
        st.builds(lambda one, name: {"Fn::Sub": [f"${{V}},${{{name}}}", {"V": one}]}, texts, PARAMETER),
        st.builds(lambda one: {"Fn::Select": [0, {"Fn::Split": [",", one]}]}, texts),
        st.builds(
            lambda name, one, two: {"Fn::If": [name, one, two]}, st.sampled_from(CONDITIONS), texts, texts
        ),
    )


PARAMETER = st.sampled_from(PARAMETERS)
PLAIN = st.one_of(
    WORDS,
    st.builds(lambda name: {"Ref": name}, PARAMETER),
    st.builds(lambda name: {"Fn::GetAtt": ["Nested", f"Outputs.{name}"]}, PARAMETER),
    st.builds(lambda name: {"Fn::FindInMap": ["M", {"Ref": name}, "k"]}, PARAMETER),
)
EXPRESSIONS = st.recursive(PLAIN, _deeper, max_leaves=8)
EQUALS = st.builds(lambda left, right: {"Fn::Equals": [left, right]}, PLAIN, PLAIN)
DECISIONS = st.recursive(
    EQUALS,
    lambda inner: st.one_of(
        st.builds(lambda one: {"Fn::Not": [one]}, inner),
        st.builds(
            lambda name, both: {name: list(both)},
            st.sampled_from(["Fn::And", "Fn::Or"]),
            st.tuples(inner, inner),
        ),
    ),
    max_leaves=4,
)


def _environment(values: dict[str, str], one: Any, two: Any) -> Environment:
    """Parameters, and the outputs of the nested stack `Nested`, with these values; the others are unknown."""
    environment = Environment(
        names=values, mappings=MAPPINGS, output=lambda logical_id, name: values.get(name)
    )
    return replace(environment, conditions=decide_conditions({"One": one, "Two": two}, environment))


@given(
    expression=EXPRESSIONS,
    values=VALUES,
    known=st.sets(PARAMETER),
    one=DECISIONS,
    two=DECISIONS,
)
def test_nothing_unknown_is_guessed(
    expression: Any, values: dict[str, str], known: set[str], one: Any, two: Any
) -> None:
    """A value that is known with some parameters is the same with all of them, and all of them leave none unknown."""
    whole = _environment(values, one, two)
    part = _environment({name: values[name] for name in known}, one, two)
    final, early = evaluate(expression, whole), evaluate(expression, part)
    assert is_known(final)
    if is_known(early):
        assert early == final
    unknown = set(PARAMETERS) - known
    names = {reference.attribute or reference.logical_id for reference in references_in(early)}
    assert names <= unknown | {f"Outputs.{name}" for name in unknown}
    for name in CONDITIONS:
        assert isinstance(whole.conditions[name], bool)
        assert isinstance(part.conditions[name], Unknown) or part.conditions[name] == whole.conditions[name]


@given(st.lists(st.text("ab${}", max_size=3), min_size=1), st.sampled_from([",", "::"]))
def test_split_undoes_join_and_select_finds_each_part(parts: list[str], separator: str) -> None:
    split = {"Fn::Split": [separator, {"Fn::Join": [separator, parts]}]}
    assert evaluate(split, Environment()) == parts
    selected = [evaluate({"Fn::Select": [str(at), split]}, Environment()) for at in range(len(parts))]
    assert selected == parts


@given(
    st.lists(st.tuples(st.text("ab -", max_size=3), PARAMETER)),
    st.fixed_dictionaries(dict.fromkeys(PARAMETERS, WORDS)),
)
def test_sub_and_join_agree(pieces: list[tuple[str, str]], values: dict[str, str]) -> None:
    environment = Environment(names=values)
    substituted = {"Fn::Sub": "".join(f"{text}${{{name}}}" for text, name in pieces)}
    joined = {"Fn::Join": ["", [part for text, name in pieces for part in (text, {"Ref": name})]]}
    expected = "".join(text + values[name] for text, name in pieces)
    assert evaluate(substituted, environment) == evaluate(joined, environment) == expected


def test_every_function_of_the_built_templates_is_known() -> None:
    used = {
        name
        for template in templates().values()
        for _, value in walk(template)
        if isinstance(value, dict)
        for name in value
        if name == "Ref" or name.startswith("Fn::")
    }
    assert len(used) > 10
    conditions = {"Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or"}
    assert used - {*FUNCTIONS, *conditions} == set()
