"""A service role with exactly one managed policy."""

from collections.abc import Sequence
from typing import Any

from awacs.aws import PolicyDocument, Statement
from troposphere import Sub, Template
from troposphere.iam import ManagedPolicy, Role

from stacks.common.statements import policy_document
from stacks.names import IN_TEMPLATE, title


def role_with_policy(
    template: Template,
    purpose: str,
    trust: PolicyDocument,
    statements: list[Statement],
    shared_policies: Sequence[Any] = (),
) -> Role:
    """A role that refers to its policy, so that a resource that refers to the role waits for its permissions too.

    shared_policies: ARNs of policies that it shares with other roles.
    """
    policy = managed_policy(template, purpose, statements)
    role = Role(
        f"{title(purpose)}Role",
        RoleName=Sub(IN_TEMPLATE.role(purpose)),
        AssumeRolePolicyDocument=trust,
        ManagedPolicyArns=[policy.ref(), *shared_policies],
    )
    return template.add_resource(role)


def managed_policy(template: Template, purpose: str, statements: list[Statement]) -> ManagedPolicy:
    """A managed policy that several roles may refer to."""
    return template.add_resource(
        ManagedPolicy(
            f"{title(purpose)}Policy",
            ManagedPolicyName=Sub(IN_TEMPLATE.policy(purpose)),
            PolicyDocument=policy_document(statements),
        )
    )
