"""E9002: the schema of a model of API Gateway breaks JSON Schema draft 4."""

import json
from typing import Any

import jsonschema_rs
from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

DRAFT_4 = "http://json-schema.org/draft-04/schema#"


class ApiGatewayModelSchema(CloudFormationLintRule):
    id = "E9002"
    shortdesc = "The schema of a model is a JSON Schema of draft 4"
    description = (
        "API Gateway reads models as JSON Schema draft 4, whose metaschema wants, for example, at least one name in "
        "'required'. It answers CreateModel with 'Invalid model specified: … Invalid model schema specified' "
        "(aws/aws-cdk#27433). Intrinsic functions count as any text."
    )
    source_url = "https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html"
    tags = ["resources", "apigateway"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::ApiGateway::Model").items():
            schema = resource.get("Properties", {}).get("Schema")
            fault = _fault(_plain(schema))
            if schema is not None and fault:
                matches.append(RuleMatch(["Resources", name, "Properties", "Schema"], fault))
        return matches


def _fault(schema: Any) -> str:
    """The first fault of a schema in words; empty when it has none."""
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except ValueError as error:
            return f"the schema is no JSON: {error}"
    if not isinstance(schema, dict):
        return "a schema is a JSON object"
    try:
        jsonschema_rs.meta.validate(
            json.loads(json.dumps({**schema, "$schema": DRAFT_4}))
        )  # plain dict and str
    except jsonschema_rs.ValidationError as error:
        return f"{'/'.join(map(str, error.instance_path)) or 'the schema'}: {error.message}"
    return ""


def _plain(value: Any) -> Any:
    """The value with a text in the place of each intrinsic function, which CloudFormation fills in."""
    if isinstance(value, dict):
        if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
            return "text"
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value
