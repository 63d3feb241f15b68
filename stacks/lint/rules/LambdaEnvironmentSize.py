"""E9005: the environment variables of a Lambda function are too large."""

import json
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

LIMIT_BYTES = 4096
UNKNOWN_BYTES = 64  # for each value that only a deployment knows, such as an ARN or URL


class LambdaEnvironmentSize(CloudFormationLintRule):
    id = "E9005"
    shortdesc = "The environment variables of a function have room in 4 KB"
    description = (
        "All environment variables of a function may take 4,096 bytes together, names, values and the JSON around. "
        "A value that only the deployment knows counts 64 bytes, or its text where that is longer."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
    tags = ["resources", "lambda"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::Lambda::Function").items():
            environment = resource.get("Properties", {}).get("Environment")
            variables = environment.get("Variables") if isinstance(environment, dict) else None
            if not isinstance(variables, dict):
                continue
            size = sum(len(json.dumps(key)) + _size(value) + 2 for key, value in variables.items())
            if size > LIMIT_BYTES:
                path: list[str | int] = ["Resources", name, "Properties", "Environment", "Variables"]
                matches.append(
                    RuleMatch(
                        path, f"about {size} bytes of environment variables; Lambda takes {LIMIT_BYTES}"
                    )
                )
        return matches


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return max(UNKNOWN_BYTES, *(len(text) for text in _texts(value)))
    return len(json.dumps(value).encode())


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in _texts(member)]
    if isinstance(value, list):
        return [text for member in value for text in _texts(member)]
    return [str(value)]
