from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.review.access.policies import compare_documents
from scripts.review.access.statements import matches, statements_in
from scripts.review.model import Effect, Surface

ACCOUNT = "123456789012"


def _allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **parts}


def _deny(**parts: Any) -> dict[str, Any]:
    return {**_allow(**parts), "Effect": "Deny"}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _effects(before: Any, after: Any) -> list[Effect]:
    return [one.effect for one in compare_documents("policy", before, after, may_be_public=True)]


WIDER = [
    (_allow(), _allow(Action=["s3:GetObject", "s3:PutObject"])),
    (_allow(), _allow(Action="s3:*")),
    (_allow(), _allow(Resource="*")),
    (_allow(Principal={"AWS": ACCOUNT}), _allow(Principal="*")),
    (_allow(Principal={"AWS": ACCOUNT}), _allow(Principal={"AWS": [ACCOUNT, "210987654321"]})),
    (_allow(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}), _allow()),
    (
        _allow(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        _allow(Condition={"StringEquals": {"aws:SourceAccount": [ACCOUNT, "2"]}}),
    ),
    (
        _allow(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        _allow(Condition={"StringLike": {"aws:SourceAccount": "*"}}),
    ),
    (
        _allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:a"}}),
        _allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:*"}}),
    ),
    (
        _allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/16"}}),
        _allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ),
    (
        _allow(Condition={"StringNotEquals": {"aws:SourceVpc": ["a", "b"]}}),
        _allow(Condition={"StringNotEquals": {"aws:SourceVpc": ["a"]}}),
    ),
    (
        _allow(Condition={"Bool": {"aws:SecureTransport": True}}),
        _allow(Condition={"BoolIfExists": {"aws:SecureTransport": True}}),
    ),
    (_deny(Action="s3:*"), _deny(Action="s3:Get*")),
    (_deny(Resource="*"), _deny()),
    (_deny(), _deny(Condition={"Bool": {"aws:SecureTransport": False}})),
]


@pytest.mark.parametrize(("narrow", "wide"), WIDER)
def test_what_widens_one_way_narrows_the_other(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert _effects(_policy(narrow), _policy(wide)) == [Effect.WIDENS]
    assert _effects(_policy(wide), _policy(narrow)) == [Effect.NARROWS]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([_allow(Action=["s3:GetObject", "s3:PutObject"])], [_allow(), _allow(Action="s3:PutObject")]),
        ([_allow(Action="s3:*")], [_allow(Action="s3:*"), _allow()]),
        ([_allow(Action="S3:getobject")], [_allow()]),
        ([_allow(Principal={"AWS": ACCOUNT})], [_allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})]),
        ([_allow(Principal={"AWS": "*"})], [_allow(Principal="*")]),
        ([_allow(Sid="Old")], [_allow(Sid="New")]),
        (
            [_allow(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})],
            [_allow(Condition={"StringEquals": {"AWS:sourceaccount": [ACCOUNT]}})],
        ),
    ],
)
def test_the_same_in_other_words_widens_nothing(before: list[Any], after: list[Any]) -> None:
    assert not any(effect.may_widen for effect in _effects(_policy(*before), _policy(*after)))


@pytest.mark.parametrize(
    ("strict", "loose", "covered"),
    [
        ({"StringEquals": {"k": "A"}}, {"StringEqualsIgnoreCase": {"k": "a"}}, True),
        ({"StringEquals": {"k": "arn:x:1"}}, {"ArnLike": {"k": "arn:x:*"}}, True),
        ({"IpAddress": {"k": "10.1.0.0/16"}}, {"IpAddress": {"k": "10.0.0.0/8"}}, True),
        ({"IpAddress": {"k": "2001:db8::/32"}}, {"IpAddress": {"k": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"k": "${Range}"}}, {"IpAddress": {"k": "10.0.0.0/8"}}, False),
        ({"NumericLessThan": {"k": "5"}}, {"NumericLessThan": {"k": "9"}}, False),  # not judged: may widen
        ({"StringEqualsIfExists": {"k": "a"}}, {"StringEquals": {"k": "a"}}, False),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {"ForAllValues:StringEquals": {"k": "a"}}, False),
    ],
)
def test_conditions_are_compared_by_their_operators(
    strict: dict[str, Any], loose: dict[str, Any], covered: bool
) -> None:
    effects = _effects(_policy(_allow(Condition=loose)), _policy(_allow(Condition=strict)))
    assert any(effect.may_widen for effect in effects) is not covered


def test_only_what_differs_is_listed() -> None:
    kept = _allow(Sid="Kept")
    changes = compare_documents("policy", _policy(kept, _allow()), _policy(_allow(Action="s3:*"), kept))
    assert len(changes) == 1
    assert changes[0].before == _allow()
    assert changes[0].after == _allow(Action="s3:*")
    assert "s3:*" in changes[0].summary


def test_a_statement_that_goes_or_comes() -> None:
    assert _effects(_policy(_deny()), _policy()) == [Effect.WIDENS]
    assert _effects(_policy(), _policy(_deny())) == [Effect.NARROWS]
    assert _effects(None, _policy(_allow())) == [Effect.WIDENS]
    assert _effects(_policy(_allow()), None) == [Effect.NARROWS]
    assert _effects(_policy(_allow()), _policy(_deny())) == [Effect.NARROWS, Effect.NARROWS]


@pytest.mark.parametrize(
    ("statement", "surface"),
    [
        (_allow(Principal="*"), Surface.PUBLIC),
        (_allow(Principal={"AWS": "*"}), Surface.PUBLIC),
        (_allow(Principal="*", Condition={"StringEquals": {"aws:SourceVpc": "v"}}), Surface.IAM),
        (_allow(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}), Surface.PUBLIC),
        (_allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), Surface.PUBLIC),
        (_allow(Principal="*", Condition={"StringNotEquals": {"aws:SourceVpc": "v"}}), Surface.PUBLIC),
        (_allow(NotPrincipal={"AWS": ACCOUNT}), Surface.PUBLIC),
        (_allow(Principal={"AWS": ACCOUNT}), Surface.IAM),
        (_allow(Principal={"Service": "sns.amazonaws.com"}), Surface.IAM),
    ],
)
def test_open_to_anybody_is_public(statement: dict[str, Any], surface: Surface) -> None:
    (change,) = compare_documents("policy", None, _policy(statement), may_be_public=True)
    assert change.surface is surface


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ({"NotAction": ["iam:*", "s3:*"]}, {"NotAction": ["iam:*"]}, Effect.UNKNOWN),
        ({"NotAction": ["iam:*"]}, {"NotAction": ["iam:*", "s3:*"]}, Effect.NARROWS),
        ({"NotAction": ["iam:*"]}, {"Action": "s3:GetObject"}, Effect.NARROWS),
        ({"Action": "s3:GetObject"}, {"NotAction": ["iam:*"]}, Effect.UNKNOWN),
    ],
)
def test_what_is_not_meant_is_compared_with_care(
    before: dict[str, Any], after: dict[str, Any], effect: Effect
) -> None:
    old, new = ({"Effect": "Allow", "Resource": "*", **parts} for parts in (before, after))
    assert _effects(_policy({"Sid": "One", **old}), _policy({"Sid": "One", **new})) == [effect]


@pytest.mark.parametrize(
    "document", ["${Something}", "not json", ["a"], {"Statement": "x"}, {"Statement": [{}]}]
)
def test_what_cannot_be_read_may_widen(document: Any) -> None:
    assert _effects(_policy(_allow()), document) == [Effect.UNKNOWN]


def test_a_document_may_be_json_text_or_a_single_statement() -> None:
    assert _effects('{"Statement": []}', {"Statement": _allow()}) == [Effect.WIDENS]
    assert statements_in("text") is None


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("s3:*", "s3:get*", True),
        ("s3:get*", "s3:*", False),
        ("s3:get?", "s3:geta", True),
        ("s3:get?", "s3:get*", False),
        ("*", "anything\nat all", True),
        ("a.b", "axb", False),
    ],
)
def test_patterns_hold_patterns(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


actions = st.lists(
    st.sampled_from(["s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "kms:Decrypt"]), min_size=1
)
places = st.lists(st.sampled_from(["*", "arn:a", "arn:b", "arn:*"]), min_size=1)
conditions = st.sampled_from(
    [None, {"StringEquals": {"k": ["1"]}}, {"StringEquals": {"k": ["1", "2"]}}, {"Bool": {"t": "true"}}]
)
written_statements = st.builds(
    lambda effect, action, resource, condition: {
        "Effect": effect,
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    },
    st.sampled_from(["Allow", "Deny"]),
    actions,
    places,
    conditions,
)


@given(st.lists(written_statements, max_size=4))
def test_a_policy_does_not_differ_from_itself(statements: list[dict[str, Any]]) -> None:
    assert _effects(_policy(*statements), _policy(*reversed(statements))) == []


@given(st.lists(written_statements, max_size=3), written_statements)
def test_one_more_allow_never_narrows_and_one_more_deny_never_widens(
    statements: list[dict[str, Any]], added: dict[str, Any]
) -> None:
    effects = _effects(_policy(*statements), _policy(*statements, added))
    unwanted = Effect.NARROWS if added["Effect"] == "Allow" else Effect.WIDENS
    assert unwanted not in effects


def test_a_statement_that_another_covers_is_said_to_be_removed_and_everything_is_called_so() -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    said = {one.summary for one in compare_documents("permissions", _policy(_allow()), _policy(everything))}
    assert said == {
        "permissions: removed, but what it said another statement says too",
        "permissions: more is allowed: every action on every resource",
    }


def test_actions_are_spelled_as_they_are_written() -> None:
    (change,) = compare_documents("permissions", None, _policy(_allow(Action=["s3:PutObject"])))
    assert change.summary == "permissions: more is allowed: s3:PutObject on arn:aws:s3:::b/*"
