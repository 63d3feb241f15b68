"""A service role with exactly one managed policy."""

from awacs.aws import PolicyDocument, Statement
from troposphere import Sub, Template
from troposphere.iam import ManagedPolicy, Role

from stacks.names import IN_TEMPLATE, title
from stacks.resources.statements import policy_document


def role_with_policy(
    template: Template,
    purpose: str,
    trust: PolicyDocument,
    statements: list[Statement],
    condition: str | None = None,
) -> Role:
    """A role that refers to its policy, so that whoever refers to the role waits for its rights too. Both are
    there only when `condition` holds.
    """
    policy = ManagedPolicy(
        f"{title(purpose)}Policy",
        ManagedPolicyName=Sub(IN_TEMPLATE.policy(purpose)),
        PolicyDocument=policy_document(statements),
    )
    role = Role(
        f"{title(purpose)}Role",
        RoleName=Sub(IN_TEMPLATE.role(purpose)),
        AssumeRolePolicyDocument=trust,
        ManagedPolicyArns=[policy.ref()],
    )
    if condition:
        policy.Condition = role.Condition = condition
    template.add_resource(policy)
    return template.add_resource(role)
