"""What the review says of policies, word for word, and of who holds them."""

from typing import Any

import pytest

from scripts.review.access.policies import any_identity, compare_documents, policy_holders, principal
from scripts.review.model import Effect


def _policy(effect: str = "Allow", **parts: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **parts}]}


def _summaries(before: Any, after: Any) -> list[str]:
    return [change.summary for change in compare_documents("policy", before, after)]


@pytest.mark.parametrize(("actions", "more"), [(4, ""), (5, "; and 1 more"), (7, "; and 3 more")])
def test_four_permissions_are_shown(actions: int, more: str) -> None:
    shown = "; ".join(f"s3:A{number} on every resource" for number in range(4))
    after = _policy(Action=[f"s3:A{number}" for number in range(actions)])
    assert _summaries(None, after) == [f"policy: more is allowed: {shown}{more}"]


@pytest.mark.parametrize(
    ("actions", "shown"),
    [
        (["iam:B", "iam:A"], "iam:A, iam:B"),
        (["iam:A", "iam:B", "iam:C"], "iam:A, iam:B, iam:C"),
        (["iam:A", "iam:B", "iam:C", "iam:D"], "iam:A, iam:B, iam:C, …"),
    ],
)
def test_a_denial_that_goes_is_spelled_as_it_was_written(actions: list[str], shown: str) -> None:
    before = _policy("Deny", Principal={"AWS": "1"}, NotAction=actions)
    del before["Statement"][0]["Action"]
    assert _summaries(before, None) == [
        f"policy: more may be allowed: denial of all but {shown} on every resource for AWS:1"
    ]


def test_what_another_statement_says_too_gives_nothing_new() -> None:
    (statement,) = _policy()["Statement"]
    twice = {"Statement": [{**statement, "Sid": "A"}, {**statement, "Action": "S3:getobject"}]}
    assert _summaries({"Statement": [{**statement, "Sid": "A"}]}, twice) == [
        "policy: added; it gives nothing new"
    ]


def test_a_statement_in_other_words_is_the_same() -> None:
    assert _summaries(_policy(), _policy(Action="S3:getobject")) == [
        "policy: written differently, allows the same"
    ]


@pytest.mark.parametrize("field", ["ManagedPolicyArns", "Groups"])
def test_a_user_gains_and_loses_by_policies_and_by_groups(field: str) -> None:
    changes = principal({field: ["old", "kept"]}, {field: ["kept", "new"]})
    found = [(change.what, change.effect, change.before, change.after) for change in changes]
    assert found == [
        ("attached policy", Effect.WIDENS, None, "new"),
        ("attached policy", Effect.NARROWS, "old", None),
    ]


def test_a_boundary_that_goes_widens() -> None:
    (change,) = principal({"PermissionsBoundary": "arn:b"}, {})
    assert (change.what, change.effect) == ("permissions boundary", Effect.WIDENS)
    assert change.summary == "permissions boundary: more is allowed"


@pytest.mark.parametrize("changed", ["first", "second"])
def test_each_of_a_roles_policies_is_compared_with_itself(changed: str) -> None:
    def role(*actions: str) -> dict[str, Any]:
        documents = {"first": _policy(Action="s3:A"), "second": _policy(Action="s3:B")}
        documents[changed] = _policy(Action=[*actions])
        return {
            "Policies": [{"PolicyName": name, "PolicyDocument": each} for name, each in documents.items()]
        }

    (change,) = principal(role("s3:C"), role("s3:C", "s3:D"))
    assert (change.what, change.effect) == (f"permissions ({changed})", Effect.WIDENS)


@pytest.mark.parametrize("field", ["Roles", "Users", "Groups"])
def test_a_policy_that_is_given_to_others_is_told(field: str) -> None:
    changes = policy_holders({field: ["a", "b", "c"]}, {field: ["c", "d"]})
    found = [(change.what, change.effect, change.summary) for change in changes]
    assert found == [
        ("permissions", Effect.WIDENS, 'permissions are given to "d"'),
        ("permissions", Effect.NARROWS, 'permissions are taken from "a", "b"'),
    ]


def test_an_identity_of_another_type_is_unknown_unless_it_stays_or_goes() -> None:
    (change,) = any_identity(None, {"A": 1})
    assert (change.what, change.effect) == ("identity", Effect.UNKNOWN)
    assert change.summary == "who may do what, in IAM's own words"
    assert any_identity({"A": 1}, {"A": 1}) == any_identity({"A": 1}, None) == []


def test_a_statement_of_another_sid_is_paired_with_the_most_similar_one_without() -> None:
    before = {"Statement": [{**_policy()["Statement"][0], "Sid": "Old"}]}
    (change,) = compare_documents("policy", before, _policy(Action=["s3:GetObject", "s3:PutObject"]))
    assert change.effect is Effect.WIDENS
    assert change.before == before["Statement"][0]
