"""Decisions of IAM policy documents."""

from typing import Any

import pytest

from stacks.evaluation.iam_decisions import Request, allows

ASKED = Request(
    "arn:aws:iam::123456789012:role/one",
    "sqs:SendMessage",
    "arn:aws:sqs:eu-west-1:123456789012:queue-one",
    {"aws:SourceAccount": "123456789012", "aws:SecureTransport": "true"},
)


def _statement(**changed: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", **changed}


@pytest.mark.parametrize(
    "statement",
    [
        _statement(),
        _statement(Action=["sqs:ReceiveMessage", "SQS:sendmessage"]),
        _statement(Action="sqs:Send?essage"),
        _statement(Resource="arn:aws:sqs:*:queue-*"),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": "*queue-two"},
        _statement(Principal="*"),
        _statement(Principal={"AWS": [ASKED.principal]}),
        _statement(Condition={"StringEquals": {"aws:SourceAccount": ["1", "123456789012"]}}),
        _statement(Condition={"Bool": {"aws:SecureTransport": True}}),
        _statement(Condition={"StringNotEquals": {"aws:SourceAccount": "1"}}),
        _statement(Condition={"ArnNotLike": {"aws:SourceArn": "arn:*"}}),
        _statement(Condition={"ArnLikeIfExists": {"aws:SourceArn": "arn:x"}}),
        _statement(Condition={"Null": {"aws:SourceArn": "true", "aws:SourceAccount": "false"}}),
    ],
)
def test_what_is_allowed(statement: dict[str, Any]) -> None:
    assert allows([statement], ASKED)
    assert not allows([statement, {**statement, "Effect": "Deny"}], ASKED)


@pytest.mark.parametrize(
    "statement",
    [
        _statement(Action="sqs:Send"),
        _statement(Resource="arn:aws:sqs:eu-west-1:123456789012:queue-one/*"),
        {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"},
        _statement(Principal={"Service": "events.amazonaws.com"}),
        _statement(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        _statement(Condition={"StringEquals": {"aws:SourceAccount": "1234*"}}),
        _statement(Condition={"StringLike": {"aws:SourceAccount": "2*"}}),
        _statement(Condition={"ArnLike": {"aws:SourceArn": "*"}}),  # not sent
        _statement(Condition={"StringNotLike": {"aws:SourceAccount": "1*"}}),
        _statement(Condition={"Null": {"aws:SourceAccount": "true"}}),
        _statement(Condition={"Null": {"aws:SourceArn": False}}),
        _statement(
            Condition={
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "Bool": {"aws:SecureTransport": "false"},
            }
        ),
    ],
)
def test_what_is_not_allowed(statement: dict[str, Any]) -> None:
    assert not allows([statement], ASKED)


def test_a_pattern_of_the_caller_must_be_covered_as_a_whole() -> None:
    objects = ASKED._replace(resource="arn:aws:s3:::bucket-*/x*")
    assert allows([_statement(Resource="arn:aws:s3:::bucket-*")], objects)
    assert not allows([_statement(Resource="arn:aws:s3:::bucket-a*")], objects)
