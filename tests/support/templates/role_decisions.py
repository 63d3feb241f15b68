"""Asks the assembled system, as AWS would have it, what a function's role may do."""

from collections.abc import Mapping
from functools import cache

from stacks.evaluation.iam_decisions import Request, allows, statements_of
from stacks.evaluation.resolved_stack import Resource, StackSource
from stacks.system_rules.check import systems
from stacks.system_rules.system import System
from tests.support.templates.resources import built

PRODUCTION = "production in a private network"


@cache
def _systems() -> Mapping[str, System]:
    return systems(StackSource.parse(built().root, built().nested))


def assembled(parameter_set: str = PRODUCTION) -> System:
    return _systems()[parameter_set]


def resource(logical_id: str, parameter_set: str = PRODUCTION) -> Resource:
    (found,) = (each for each in assembled(parameter_set).resources.values() if each.logical_id == logical_id)
    return found


def role_may(function: str, action: str, arn: str, keys: Mapping[str, str] | None = None) -> bool:
    """What the role's policies and, for a bucket of ours, that bucket's allow. `keys`: condition keys beside TLS."""
    system = assembled()
    role = resource(f"{function}Role")
    role_arn = f"arn:aws:iam::{system.account}:role/{role.get('RoleName')}"
    bucket = system.find(arn.split("/")[0])
    policies = [
        each.get("PolicyDocument")
        for each in system.of_type("AWS::S3::BucketPolicy")
        if bucket is not None and system.find(each.get("Bucket")) == bucket
    ]
    of_call = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalArn": role_arn}
    sent = {**of_call, **(keys or {})}
    statements = [*system.statements(role_arn), *(one for each in policies for one in statements_of(each))]
    return allows(statements, Request(role_arn, action, arn, sent))
