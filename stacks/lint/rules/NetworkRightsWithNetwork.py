"""E9011: a function joins a network in the update that gives its role the right to."""

import re
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
MAKES_INTERFACES = re.compile(r"(?i)'ec2:(\*|create\*|createnetworkinterface)'")


class NetworkRightsWithNetwork(CloudFormationLintRule):
    id = "E9011"
    shortdesc = "A role has the right to join a network before its function joins one"
    description = (
        "Lambda checks the role's rights when VpcConfig comes, seconds after IAM took them: 'The provided execution "
        "role does not have permissions to call CreateNetworkInterface on EC2'. Where a condition attaches policies "
        "together with VpcConfig, both come in one update. Attach the policy always."
    )
    source_url = "https://github.com/serverless/serverless/issues/2780"
    tags = ["resources", "lambda", "iam", "to-check"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        roles = cfn.get_resources("AWS::IAM::Role")
        matches = []
        for name, resource in cfn.get_resources("AWS::Lambda::Function").items():
            properties = resource.get("Properties", {})
            joining = _conditions(properties.get("VpcConfig"))
            for role in (role for role in roles if f"'{role}'" in str(properties.get("Role"))):
                policies = roles[role].get("Properties", {})
                attached = _conditions([policies.get("ManagedPolicyArns"), policies.get("Policies")])
                attached |= _of_policies_beside(cfn, role)
                for condition in sorted(joining & attached):
                    path: list[str | int] = ["Resources", name, "Properties", "VpcConfig"]
                    matches.append(RuleMatch(path, f"{condition} gives {role} its rights in the same update"))
        return matches


def _of_policies_beside(cfn: Template, role: str) -> set[str]:
    """The conditions under which policies that name the role let it make network interfaces."""
    found = set()
    for policy in cfn.get_resources(list(POLICIES)).values():
        properties = policy.get("Properties", {})
        holders = [properties.get("Roles"), properties.get("RoleName")]
        if f"'{role}'" in str(holders) and MAKES_INTERFACES.search(str(properties.get("PolicyDocument"))):
            found |= _conditions(holders) | {str(policy.get("Condition"))}
    return found


def _conditions(value: Any) -> set[str]:
    """The conditions of each Fn::If inside."""
    if isinstance(value, list):
        return {found for member in value for found in _conditions(member)}
    if not isinstance(value, dict):
        return set()
    here = {str(value["Fn::If"][0])} if "Fn::If" in value else set()
    return here | {found for member in value.values() for found in _conditions(member)}
