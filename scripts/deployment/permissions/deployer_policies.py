"""The policies of who deploys: by command, as files that IAM takes, and the trust of GitHub's roles."""

import json
from typing import Any, Final

from scripts.deployment.permissions.cloudformation_calls import cloudformation_statements
from scripts.deployment.permissions.script_calls import ACCOUNT, APPLY, DESTROY, PLAN, script_statements
from scripts.deployment.permissions.statement import merged, policy_documents
from stacks.assembly import Assembly
from stacks.names import IN_TEMPLATE, Names

COMMANDS: Final = (PLAN, APPLY, DESTROY, ACCOUNT)
FILE_PATTERN: Final = "deployer-*.policy.json"
_GITHUB: Final = "token.actions.githubusercontent.com"


def deployer_policies(assembly: Assembly) -> dict[str, str]:
    """Policies as JSON texts, with CloudFormation's placeholders, by file: deployer-{command}-{number}.policy.json."""
    templates = [assembly.root, *assembly.nested.values()]
    nested = [
        logical_id
        for logical_id, resource in json.loads(assembly.root)["Resources"].items()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    ]
    texts = {}
    for command in COMMANDS:
        statements = list(script_statements(command, IN_TEMPLATE, nested))
        if command != ACCOUNT:
            statements += cloudformation_statements(command, templates, IN_TEMPLATE, nested)
        for number, document in enumerate(policy_documents(merged(statements)), start=1):
            texts[f"deployer-{command}-{number}.policy.json"] = json.dumps(document, indent=2) + "\n"
    return texts


def fill(text: str, names: Names, artifact_bucket: str | None = None) -> Any:
    """A policy with the values of an environment. `artifact_bucket`: of --artifact-bucket.

    No value is longer than its placeholder, so that the policy is of a size that IAM takes.
    """
    if artifact_bucket:
        text = text.replace(IN_TEMPLATE.artifact_bucket, artifact_bucket)
    for attribute in ("suffix", "account", "region", "partition"):
        text = text.replace(getattr(IN_TEMPLATE, attribute), getattr(names, attribute))
    return json.loads(text)


def github_trust(names: Names, repository: str, environment: str) -> dict[str, Any]:
    """Trust of a role for jobs of `repository` (OWNER/NAME) that run in its `environment`, and for nothing else.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """
    provider = f"arn:{names.partition}:iam::{names.account}:oidc-provider/{_GITHUB}"
    told = {
        f"{_GITHUB}:aud": "sts.amazonaws.com",
        f"{_GITHUB}:sub": f"repo:{repository}:environment:{environment}",
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": told},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
