"""E9002: the schema of a model of API Gateway breaks JSON Schema draft 4."""

import json
from typing import Any

from cfnlint.jsonschema import StandardValidator
from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch
from cfnlint.template.template import Template

SCHEMA = {"$ref": "#"}
SCHEMAS = {"type": "array", "minItems": 1, "items": SCHEMA}
BY_NAME = {"type": "object", "additionalProperties": SCHEMA}
BOOLEAN, NUMBER, TEXT = {"type": "boolean"}, {"type": "number"}, {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
NAMES = {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT}
TYPES = {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]}
# http://json-schema.org/draft-04/schema#
DRAFT_4 = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("id", "$schema", "title", "description", "pattern", "format"), TEXT),
        **dict.fromkeys(("maximum", "minimum"), NUMBER),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), BOOLEAN),
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems"), COUNT),
        **dict.fromkeys(("maxProperties", "minProperties"), COUNT),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), SCHEMAS),
        **dict.fromkeys(("definitions", "properties", "patternProperties"), BY_NAME),
        **{name: {"anyOf": [BOOLEAN, SCHEMA]} for name in ("additionalItems", "additionalProperties")},
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
        "items": {"anyOf": [SCHEMA, SCHEMAS]},
        "required": NAMES,
        "dependencies": {"type": "object", "additionalProperties": {"anyOf": [SCHEMA, NAMES]}},
        "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
        "type": {"anyOf": [TYPES, {"type": "array", "minItems": 1, "uniqueItems": True, "items": TYPES}]},
        "not": SCHEMA,
    },
    "dependencies": {"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]},
}


class ApiGatewayModelSchema(CloudFormationLintRule):
    id = "E9002"
    shortdesc = "The schema of a model is a JSON Schema of draft 4"
    description = (
        "API Gateway reads models as JSON Schema draft 4, whose metaschema wants, for example, at least one name in "
        "'required'. It answers CreateModel with 'Invalid model specified: … Invalid model schema specified' "
        "(aws/aws-cdk#27433). Intrinsic functions count as any text, a schema that is one as any schema."
    )
    source_url = "https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html"
    tags = ["resources", "apigateway"]

    def match(self, cfn: Template) -> list[RuleMatch]:
        matches = []
        for name, resource in cfn.get_resources("AWS::ApiGateway::Model").items():
            schema = resource.get("Properties", {}).get("Schema")
            fault = "" if schema is None or _is_function(schema) else _fault(schema)
            if fault:
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
    plain = json.loads(json.dumps(_plain(schema)))  # plain dict and str
    found = next(StandardValidator(DRAFT_4).iter_errors(plain), None)
    return f"{'/'.join(map(str, found.path)) or 'the schema'}: {found.message}" if found else ""


def _plain(value: Any) -> Any:
    """The value with a text in the place of each intrinsic function, which CloudFormation fills in."""
    if isinstance(value, dict):
        if _is_function(value):
            return "text"
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return "<null>" if value is None else value  # cfn-lint's validator takes no null, which a schema may list


def _is_function(value: Any) -> bool:
    """Whether CloudFormation puts another value in this one's place."""
    return isinstance(value, dict) and [key == "Ref" or key.startswith("Fn::") for key in value] == [True]
