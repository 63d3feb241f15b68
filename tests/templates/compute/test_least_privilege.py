"""Each role may do what it does, and nothing else: its statements against the calls that the local engine recorded.

`tox run -e privilege` makes the recording anew (`tests/support/system/role_calls.json`); `pytest FILE --record-calls`
adds what one file of integration tests does. What the engine never asks for, as AWS's services do it, has its reason in
tests/support/templates/unrecorded_grants.py.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from scripts.local_engine.recorded_calls import Call
from stacks.evaluation.iam_decisions import Request, Statement, allows, matches, values
from stacks.evaluation.resolved_stack import Resource
from tests.integration.system.statements_taken_away import SCENARIOS
from tests.support.system.role_calls import (
    WORKFLOW_MODE_ALONE,
    RoleCall,
    any_key,
    in_system,
    read_recording,
    role_call,
    role_name,
)
from tests.support.templates.privilege_page import PAGE, Proofs, page
from tests.support.templates.role_decisions import assembled
from tests.support.templates.unrecorded_grants import UNRECORDED, Unrecorded

ROLES = sorted(role.logical_id for role in assembled().of_type("AWS::IAM::Role"))


class Grant(NamedTuple):
    """One action on one resource of a statement that allows; `number` is the statement's."""

    role: str
    number: int
    action: str
    resource: str


def _role(logical_id: str) -> Resource:
    (found,) = [each for each in assembled().of_type("AWS::IAM::Role") if each.logical_id == logical_id]
    return found


@cache
def _statements(role: str) -> tuple[Statement, ...]:
    system = assembled()
    name = _role(role).get("RoleName")
    found = system.statements(f"arn:aws:iam::{system.account}:role/{name}")
    # The engine has looked at the conditions of what it allowed.
    return tuple(
        {key: value for key, value in each.items() if key != "Condition" or each["Effect"] == "Deny"}
        | {"Resource": [any_key(str(resource)) for resource in values(each["Resource"])]}
        for each in found
    )


@cache
def _suffix() -> str:
    name = str(_role("HealthRole").get("RoleName"))
    return name.removeprefix("role-health-").removesuffix(f"-{assembled().region}")


def _requests(role: str) -> list[Request]:
    system, name = assembled(), _role(role).get("RoleName")
    return [
        Request(str(name), call.action, in_system(call, _suffix(), system.account, system.region), {})
        for call in read_recording()
        if role_name(call, _suffix(), system.region) == name
    ]


def _grants(role: str) -> Iterator[Grant]:
    for number, statement in enumerate(_statements(role)):
        if statement["Effect"] == "Allow":
            for action in values(statement["Action"]):
                for resource in values(statement["Resource"]):
                    yield Grant(role, number, action, str(resource))


def _is_used(grant: Grant, requests: list[Request]) -> bool:
    return any(each.action == grant.action and matches(grant.resource, each.resource) for each in requests)


def _is_excused(grant: Grant, excuse: Unrecorded) -> bool:
    patterns = zip(excuse[:3], (grant.role, grant.action, grant.resource), strict=True)
    return all(matches(pattern, text) for pattern, text in patterns)


def _excuses(grant: Grant) -> list[Unrecorded]:
    return [excuse for excuse in UNRECORDED if _is_excused(grant, excuse)]


def _purpose(role: str) -> str:
    return str(_role(role).get("RoleName")).removeprefix("role-").split(f"-{_suffix()}-")[0]


def _used(role: str) -> set[int]:
    """The statements that a recorded call needs."""
    requests = _requests(role)
    return {grant.number for grant in _grants(role) if _is_used(grant, requests)}


def _proofs(role: str) -> Proofs:
    allowing = {grant.number for grant in _grants(role)}
    used = len(_used(role))
    on_engine, on_paper = (used, 0) if _purpose(role) in SCENARIOS else (0, used)
    return Proofs(role, on_engine, on_paper, len(allowing) - used, len(_statements(role)) - len(allowing))


@pytest.mark.parametrize("role", ROLES)
def test_each_recorded_call_is_allowed_by_the_roles_own_policy(role: str) -> None:
    assert [each for each in _requests(role) if not allows(_statements(role), each)] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_action_on_no_resource_is_granted_in_vain(role: str) -> None:
    requests = _requests(role)
    surplus = [each for each in _grants(role) if not _is_used(each, requests) and not _excuses(each)]
    assert surplus == [], "not recorded: pytest FILE --record-calls, or a reason in unrecorded_grants.py"


@pytest.mark.parametrize("role", ROLES)
def test_without_a_statement_a_call_that_is_made_is_denied(role: str) -> None:
    statements, requests = _statements(role), _requests(role)
    for number in _used(role):
        others = [each for other, each in enumerate(statements) if other != number]
        assert any(not allows(others, each) for each in requests), statements[number]


def test_nothing_is_excused_that_is_recorded_or_not_granted() -> None:
    unproven = [grant for role in ROLES for grant in _grants(role) if not _is_used(grant, _requests(role))]
    idle = [excuse for excuse in UNRECORDED if not any(_is_excused(grant, excuse) for grant in unproven)]
    assert idle == []


def test_each_role_that_asks_for_something_has_its_scenario() -> None:
    assert SCENARIOS.keys() == {call.role for call in read_recording()} - {WORKFLOW_MODE_ALONE}


def test_the_page_says_how_many_statements_are_proven_in_which_way() -> None:
    wanted = page(PAGE.read_text(), [_proofs(role) for role in ROLES])
    assert PAGE.read_text() == wanted, "python tests/templates/compute/test_least_privilege.py writes it"


def test_every_resource_of_all_has_its_reason() -> None:
    """The engine asks for none of these; each has a reason that names what AWS's reference says of the action."""
    for role in ROLES:
        for grant in _grants(role):
            if grant.resource == "*":
                assert [excuse.resource for excuse in _excuses(grant)] == ["*"], grant


@pytest.mark.parametrize(
    ("resource", "form"),
    [
        (
            "arn:aws:sqs:us-east-1:123456789012:queue-one-a",
            "arn:aws:sqs:{region}:{account}:queue-one-{suffix}",
        ),
        (
            "arn:aws:s3:::s3-b-a-123456789012-us-east-1/changes/inbox/2026/1",
            "arn:aws:s3:::s3-b-{suffix}-{account}-{region}/changes/inbox/*",
        ),
        ("arn:aws:s3:::b/payloads/date=1/x", "arn:aws:s3:::b/payloads/*"),
        (
            "arn:aws:dynamodb:us-east-1:123456789012:table/t-a/stream/2026",
            "arn:aws:dynamodb:{region}:{account}:table/t-{suffix}/stream/2026-01-31T00:00:00.000",
        ),
        (
            "arn:aws:ssm:us-east-1:123456789012:parameter/p/a/config:7",
            "arn:aws:ssm:{region}:{account}:parameter/p/{suffix}/config:1",
        ),
        (
            "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-0123456789ab",
            "arn:aws:kms:{region}:{account}:key/*",
        ),
        (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-a-Xy12zZ",
            "arn:aws:secretsmanager:{region}:{account}:secret:s-{suffix}-a1b2c3",
        ),
    ],
)
def test_a_recorded_call_has_one_form_in_every_environment(resource: str, form: str) -> None:
    purposes = ("pipe", "pipe-processing")
    call = Call("role-pipe-processing-a-us-east-1", "x:Y", resource, True)
    assert role_call(call, purposes, "123456789012", "us-east-1") == RoleCall("pipe-processing", "x:Y", form)
    assert role_call(call._replace(role="role-of-a-test"), purposes, "123456789012", "us-east-1") is None


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(), [_proofs(role) for role in ROLES]))
