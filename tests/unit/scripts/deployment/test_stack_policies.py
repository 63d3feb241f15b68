"""What a stack policy forbids, decided as CloudFormation decides it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.deployment.protection import DATA_TYPES, policy_text
from scripts.deployment.stack_policies import DELETE, MODIFY, REPLACE, actions_of, forbidden_changes
from scripts.review.model import Action, Change, Danger, Replacement
from stacks.evaluation.intrinsics import StackPath

QUEUE = "AWS::SQS::Queue"
ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def change(
    action: Action = Action.MODIFY,
    replacement: Replacement = Replacement.ALWAYS,
    resource_type: str = QUEUE,
    path: tuple[str, ...] = (),
) -> Change:
    return Change(path, "Queue", resource_type, action, Danger.CHANGES, replacement)


def is_forbidden(item: Change, *statements: dict[str, Any]) -> bool:
    return bool(forbidden_changes([item], {(): json.dumps({"Statement": list(statements)})}))


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "*"} | more


def test_without_a_policy_everything_is_allowed_and_with_an_empty_one_nothing() -> None:
    assert forbidden_changes([change()], {}) == []
    assert is_forbidden(change())


@pytest.mark.parametrize(
    ("statement", "is_denied"),
    [
        (deny(), True),
        (deny(Action=["Update:Delete", "Update:Replace"]), True),
        (deny(Action="Update:*"), True),
        (deny(Action="Update:Delete"), False),
        (deny(Resource="LogicalResourceId/Que*"), True),
        (deny(Resource="LogicalResourceId/Table"), False),
        ({"Effect": "Deny", "NotAction": "Update:Modify", "Resource": "*"}, True),
        ({"Effect": "Deny", "Action": "Update:*", "NotResource": "LogicalResourceId/Queue"}, False),
        (deny(Condition={"StringEquals": {"ResourceType": [QUEUE]}}), True),
        (deny(Condition={"StringLike": {"ResourceType": "AWS::SQS::*"}}), True),
        (deny(Condition={"StringEquals": {"ResourceType": ["AWS::S3::Bucket"]}}), False),
        (deny(Condition={"Bool": {"ResourceType": "true"}}), True),
    ],
)
def test_a_deny_goes_before_an_allow_where_it_matches(statement: dict[str, Any], is_denied: bool) -> None:
    assert is_forbidden(change(), ALLOW, statement) is is_denied


def test_an_allow_under_a_condition_that_is_not_known_does_not_count() -> None:
    assert is_forbidden(change(), ALLOW | {"Condition": {"Bool": {"x": "true"}}})


@pytest.mark.parametrize(
    ("action", "replacement", "actions"),
    [
        (Action.ADD, Replacement.NEVER, ()),
        (Action.IMPORT, Replacement.NEVER, ()),
        (Action.REMOVE, Replacement.NEVER, (DELETE,)),
        (Action.MODIFY, Replacement.NEVER, (MODIFY,)),
        (Action.MODIFY, Replacement.CONDITIONAL, (MODIFY, REPLACE)),
        (Action.DYNAMIC, Replacement.ALWAYS, (REPLACE,)),
    ],
)
def test_what_may_be_replaced_counts_as_replaced(
    action: Action, replacement: Replacement, actions: tuple[str, ...]
) -> None:
    assert actions_of(change(action, replacement)) == actions


@given(
    st.sampled_from(Action), st.sampled_from(Replacement), st.sampled_from([*DATA_TYPES, "AWS::IAM::Role"])
)
def test_our_own_policy_lets_nothing_through_that_loses_data(
    action: Action, replacement: Replacement, resource_type: str
) -> None:
    item = change(action, replacement, resource_type)
    stops = bool(forbidden_changes([item], {(): policy_text(guarded=True)}))
    loses = {REPLACE, DELETE} & {*actions_of(item)} and resource_type in DATA_TYPES
    assert stops is bool(loses)
    assert not forbidden_changes([item], {(): policy_text(guarded=False)})


def test_a_policy_holds_for_its_own_stack_alone() -> None:
    texts: dict[StackPath, str] = {("Data",): policy_text(guarded=True)}
    assert forbidden_changes([change(path=("Data",))], texts)
    assert not forbidden_changes([change(), change(path=("Api",))], texts)
