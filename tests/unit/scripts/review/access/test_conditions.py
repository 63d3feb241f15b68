"""Which conditions name the caller, and which hold another condition: each key and each operator that is judged."""

from typing import Any

import pytest

from scripts.review.access.statements import Statement, statements_in, uncovered

CALLER = (
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid"),
    *("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"),
    *("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "aws:PrincipalServiceName"),
    *("kms:CallerAccount", "kms:ViaService", "lambda:FunctionUrlAuthType", "s3:DataAccessPointAccount"),
)  # fmt: skip
HELD = (
    ("StringEquals", "a", "StringEquals", "a"),
    ("StringEqualsIgnoreCase", "A", "StringEqualsIgnoreCase", "a"),
    ("StringLike", "a*", "StringLike", "ab*"),
    ("ArnEquals", "arn:*", "ArnEquals", "arn:a"),
    ("ArnLike", "arn:*", "ArnLike", "arn:a"),
    ("ArnEquals", "arn:*", "ArnLike", "arn:a"),
    ("ArnLike", "arn:*", "ArnEquals", "arn:a"),
    ("IpAddress", "10.0.0.0/8", "IpAddress", "10.1.0.0/16"),
    ("IpAddress", "10.1.2.3/8", "IpAddress", "10.1.0.9/16"),
    ("IpAddress", ["10.0.0.0/8", "${Range}"], "IpAddress", "${Range}"),
    ("StringLike", "a*", "StringEquals", "ab"),
    ("StringLike", "[a]*", "StringEquals", "[a]b"),
    ("StringEqualsIgnoreCase", "A", "StringEquals", "a"),
    ("ArnLike", "arn:*", "StringEquals", "arn:a"),
    ("ArnEquals", "arn:*", "StringEquals", "arn:a"),
    ("StringNotEquals", "a", "StringNotEquals", ["a", "b"]),
    ("StringNotEqualsIgnoreCase", "A", "StringNotEqualsIgnoreCase", ["a", "b"]),
    ("StringNotLike", "ab", "StringNotLike", ["a*", "c"]),
    ("ArnNotEquals", "arn:a", "ArnNotEquals", "arn:*"),
    ("ArnNotLike", "arn:a", "ArnNotLike", "arn:*"),
    ("NotIpAddress", "10.1.0.0/16", "NotIpAddress", "10.0.0.0/8"),
    ("StringEqualsIfExists", "a", "StringEquals", "a"),
    ("StringEqualsIfExists", "a", "StringEqualsIfExists", "a"),
    ("StringLikeIfExists", "a*", "StringEquals", "ab"),
)
NOT_HELD = (
    ("StringLike", "[a]*", "StringEquals", "ab"),
    ("StringEquals", "ab", "StringLike", "a*"),
    ("StringEquals", "a", "StringEqualsIfExists", "a"),
    ("StringEquals", "A", "StringEqualsIgnoreCase", "a"),
    ("StringEquals", "a", "StringNotEquals", "b"),
    ("IpAddress", "10.0.0.0/8", "IpAddress", "11.0.0.0/16"),
    ("IpAddress", "10.0.0.0/8", "NotIpAddress", "11.0.0.0/16"),
    ("NumericLessThan", "9", "NumericLessThan", "5"),
)  # fmt: skip


def read_one(written: dict[str, Any]) -> Statement:
    read = statements_in({"Statement": written})
    assert read is not None
    return read[0]


def statement(**parts: Any) -> Statement:
    written = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", **parts}
    return read_one(written)


@pytest.mark.parametrize("key", CALLER)
def test_a_condition_on_the_caller_or_the_network_closes_a_door(key: str) -> None:
    assert not statement(Condition={"StringEquals": {key: "1"}}).is_public
    assert statement(Condition={"StringEqualsIfExists": {key: "1"}}).is_public
    assert statement(Condition={"StringNotEquals": {key: "1"}}).is_public
    assert statement(Condition={"Null": {key: "false"}}).is_public


@pytest.mark.parametrize("everybody", ["*", "0.0.0.0/0", "::/0", "NONE"])
def test_a_condition_that_everybody_meets_closes_none(everybody: str) -> None:
    assert statement(Condition={"StringLike": {"aws:SourceIp": ["10.0.0.0/8", everybody]}}).is_public


@pytest.mark.parametrize("key", ["aws:SecureTransport", "s3:prefix", "aws:RequestedRegion"])
def test_other_conditions_close_none(key: str) -> None:
    assert statement(Condition={"StringEquals": {key: "1"}}).is_public


@pytest.mark.parametrize(("wide", "values", "narrow", "others"), HELD)
def test_a_condition_holds_a_narrower_one(wide: str, values: Any, narrow: str, others: Any) -> None:
    by = statement(Condition={wide: {"k": values}})
    assert by.covers(statement(Condition={narrow: {"K": others}}))
    assert not by.covers(statement(Condition={narrow: {"other": others}}))
    assert not by.covers(statement())
    assert statement().covers(by)


@pytest.mark.parametrize(("wide", "values", "narrow", "others"), NOT_HELD)
def test_a_condition_does_not_hold_another(wide: str, values: Any, narrow: str, others: Any) -> None:
    assert not statement(Condition={wide: {"k": values}}).covers(statement(Condition={narrow: {"k": others}}))


def test_a_condition_that_is_not_understood_holds_itself_alone() -> None:
    odd, other = statement(Condition="${Odd}"), statement(Condition="${Other}")
    assert odd.covers(odd)
    assert not odd.covers(other)
    assert not odd.covers(statement())
    inner = statement(Condition={"StringEquals": "${Odd}"})
    assert inner.covers(inner)
    assert not inner.covers(statement(Condition={"StringEquals": "${Other}"}))


@pytest.mark.parametrize("part", ["Action", "Resource"])
def test_what_is_left_out_is_compared_the_other_way_round(part: str) -> None:
    def but(*values: str) -> Statement:
        written = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", f"Not{part}": [*values]}
        del written[part]
        return read_one(written)

    assert but("a:b").covers(but("a:b", "a:c"))
    assert but("a:b").covers(but("a:*"))
    assert not but("a:*").covers(but("a:b"))
    assert not but("c:*").covers(statement(**{part: "c:d"}))
    assert not but("c:d").covers(statement(**{part: "c:*"}))
    assert not but("c:*d").covers(statement(**{part: "c:e*"}))
    assert but("c:d").covers(statement(**{part: "d:*"}))
    assert statement(**{part: "*"}).covers(but("c:d"))
    assert not statement(**{part: "c:*"}).covers(but("d:*"))


@pytest.mark.parametrize("part", ["Principal", "Resource"])
def test_what_is_not_named_is_any(part: str) -> None:
    written = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    del written[part]
    assert read_one(written).covers(statement(**{part: "arn:a"}))


def test_the_root_of_an_account_is_the_account() -> None:
    assert statement(Principal={"AWS": "arn:aws:iam::123456789012:root"}).principal.values == {
        "AWS:123456789012"
    }
    assert statement(Principal={"AWS": "arn:aws:iam::123456789012:role/root"}).principal.values == {
        "AWS:arn:aws:iam::123456789012:role/root"
    }


def test_a_statement_of_5000_permissions_is_taken_apart_and_a_larger_one_is_compared_whole() -> None:
    resources = [f"arn:{number}" for number in range(5_000)]
    apart = statement(Resource=resources)
    assert len(list(apart.permissions())) == 5_000
    whole = statement(Resource=[*resources, "arn:more"])
    assert list(whole.permissions()) == [whole]
    actions = statement(Action=["s3:A", "s3:B"], Resource=resources[:2_501])
    assert list(actions.permissions()) == [actions]
    assert len(uncovered([apart], by=[statement(Resource="arn:1*")])) == 5_000 - 1_111
