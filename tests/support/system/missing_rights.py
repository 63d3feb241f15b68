"""Takes a statement away from a role of a deployed system, for a while."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from stacks.evaluation.iam_decisions import Statement, statements_of, values
from tests.support.system.deployed_system import DeployedSystem


class Taken(NamedTuple):
    """A statement that is to be taken away: where it stands, and all statements of its policy."""

    policy: str
    statements: list[Statement]
    number: int

    @property
    def statement(self) -> Statement:
        return self.statements[self.number]


def allowing(system: DeployedSystem, purpose: str) -> Iterator[Taken]:
    """The statements of the role's policies that allow something."""
    iam = system.client("iam")
    attached = iam.list_attached_role_policies(RoleName=system.names.role(purpose))["AttachedPolicies"]
    for arn in (each["PolicyArn"] for each in attached):
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        statements = list(statements_of(json.loads(document) if isinstance(document, str) else document))
        for number, statement in enumerate(statements):
            if statement["Effect"] == "Allow":
                yield Taken(arn, statements, number)


@contextlib.contextmanager
def without(system: DeployedSystem, taken: Taken) -> Iterator[None]:
    iam = system.client("iam")
    others = [each for number, each in enumerate(taken.statements) if number != taken.number]
    _become(iam, taken.policy, others)
    try:
        yield
    finally:
        _become(iam, taken.policy, taken.statements)


@contextlib.contextmanager
def without_right(system: DeployedSystem, purpose: str, action: str) -> Iterator[None]:
    """Without the first statement that allows the action."""
    with without(
        system, next(each for each in allowing(system, purpose) if action in values(each.statement["Action"]))
    ):
        yield


def _become(iam: Any, policy: str, statements: list[Statement]) -> None:
    """As a new version, as the engine can't return to a former one; a policy has five at most."""
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    before = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document, SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=policy, VersionId=before)
