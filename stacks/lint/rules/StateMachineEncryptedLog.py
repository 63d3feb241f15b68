"""E9008: the role of an encrypted state machine may not encrypt what the machine logs."""

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

CONTEXT = "kms:EncryptionContext:SourceArn"


class StateMachineEncryptedLog(CloudFormationLintRule):
    id = "E9008"
    shortdesc = "The role of an encrypted state machine may encrypt what the machine logs"
    description = (
        "A state machine with a customer's key and logging needs kms:GenerateDataKey under the encryption context "
        "kms:EncryptionContext:SourceArn = arn:aws:logs:REGION:ACCOUNT:* on its execution role. Without it the machine "
        "runs, and nothing is logged."
    )
    source_url = "https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"
    tags = ["resources", "stepfunctions", "kms"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::StepFunctions::StateMachine").items():
            properties = resource.get("Properties", {})
            if "KmsKeyId" not in str(properties.get("EncryptionConfiguration")) or not _logs(properties):
                continue
            roles = _roles(cfn, properties.get("RoleArn"))  # another template's may do what it needs
            if roles and not any(_encrypts_logs(statement) for statement in _statements(cfn, roles)):
                path: list[str | int] = ["Resources", name, "Properties", "RoleArn"]
                matches.append(
                    RuleMatch(path, f"no statement allows kms:GenerateDataKey under {CONTEXT} of the log")
                )
        return matches


def _logs(properties: dict[str, Any]) -> bool:
    logging = properties.get("LoggingConfiguration")
    return isinstance(logging, dict) and logging.get("Level") != "OFF"


def _roles(cfn: Template, arn: Any) -> list[str]:
    """The roles of this template that an ARN names."""
    text = str(arn)
    return [
        name
        for name in cfn.get_resources("AWS::IAM::Role")
        if f"'{name}'" in text or f"${{{name}.Arn}}" in text
    ]


def _statements(cfn: Template, roles: list[str]) -> list[dict[str, Any]]:
    """All statements of the roles' policies in this template, in the role, in managed policies, and beside both."""
    resources = cfn.get_resources()
    used = [resources[name] for name in roles]
    used += [
        resource
        for name, resource in resources.items()
        if resource.get("Type") in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
        and (
            any(
                f"'{name}'" in str(resources[each].get("Properties", {}).get("ManagedPolicyArns"))
                for each in roles
            )
            or any(f"'{each}'" in str(resource) for each in roles)
        )
    ]
    return [statement for resource in used for statement in _below(resource)]


def _below(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for member in value for found in _below(member)]
    if not isinstance(value, dict):
        return []
    here = [value] if "Effect" in value and "Action" in value else []
    return here + [found for member in value.values() for found in _below(member)]


def _encrypts_logs(statement: dict[str, Any]) -> bool:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    encrypts = any(
        action in ("kms:GenerateDataKey", "kms:GenerateDataKey*", "kms:*", "*") for action in actions
    )
    condition = str(statement.get("Condition", ""))
    return (
        statement["Effect"] == "Allow"
        and encrypts
        and (not condition or (CONTEXT in condition and ":logs:" in condition))
    )
