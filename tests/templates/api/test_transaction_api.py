"""The transaction API in the templates: signed, validated, described, and closed to other origins by default."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from payment_webhooks.transaction_api.description import Operation
from payment_webhooks.transaction_api.operations import OPERATIONS, SCHEMAS
from stacks.documents.openapi import openapi_document
from tests.support.templates.resources import Resource, of_api, resource, resources, templates, walk

API = "TransactionsApi"
STAGE = resource("api", "TransactionsStage")
# JSON Schema draft 4; API Gateway refuses a model with any other word.
DRAFT_4 = {
    *(
        "$schema",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
    ),
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "format",
}


def _paths() -> dict[str, str]:
    """Logical id -> full path."""
    parts = {each.title: each for each in of_api("AWS::ApiGateway::Resource", API)}

    def full(name: str) -> str:
        parent = parts[name]["ParentId"].get("Ref")
        return f"{full(parent) if parent else ''}/{parts[name]['PathPart']}"

    return {name: full(name) for name in parts}


def _methods() -> dict[tuple[str, str], Resource]:
    paths = _paths()
    return {
        (each["HttpMethod"], paths[each["ResourceId"]["Ref"]]): each
        for each in of_api("AWS::ApiGateway::Method", API)
    }


def _method(operation: Operation) -> Resource:
    return _methods()[operation.method, operation.path]


def test_the_methods_are_those_of_the_description_and_their_preflights() -> None:
    described = {(each.method, each.path) for each in OPERATIONS}
    assert set(_methods()) == described | {("OPTIONS", each.path) for each in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_is_signed_and_validated(operation: Operation) -> None:
    method = _method(operation)
    assert method["AuthorizationType"] == "AWS_IAM"
    assert method["RequestValidatorId"] == {"Ref": "TransactionsValidator"}
    declared = {
        f"method.request.{'path' if each.place == 'path' else 'querystring'}.{each.name}": each.required
        for each in operation.parameters
    }
    assert method["RequestParameters"] == declared
    models = {"application/json": {"Ref": f"{operation.body}Model"}} if operation.body else None
    assert method.properties.get("RequestModels") == models
    statuses = [each["StatusCode"] for each in method["MethodResponses"]]
    assert statuses == [str(each) for each in (operation.status, *operation.errors)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_the_function_is_called_by_the_described_methods_alone(operation: Operation) -> None:
    method = _method(operation)
    assert method["Integration"]["Uri"]["Fn::Sub"][1] == {"Function": {"Ref": "TransactionApiArn"}}
    (permission,) = method.document["DependsOn"]
    found = resource("api", permission)
    assert found["FunctionName"] == {"Ref": "TransactionApiName"}
    pattern = re.sub(r"\{\w+\}", "*", operation.path)
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${TransactionsApi}"
    assert found["SourceArn"] == {"Fn::Sub": f"{arn}/v1/{operation.method}{pattern}"}


def test_the_validator_looks_at_bodies_and_parameters() -> None:
    (validator,) = of_api("AWS::ApiGateway::RequestValidator", API)
    assert (validator["ValidateRequestBody"], validator["ValidateRequestParameters"]) == (True, True)


def test_the_models_are_the_schemas_in_words_that_api_gateway_knows() -> None:
    models = {each["Name"]: each for each in of_api("AWS::ApiGateway::Model", API)}
    assert models.keys() == SCHEMAS.keys()
    for each in models.values():
        assert each["ContentType"] == "application/json"
        for words in _schema_words(json.loads(each["Schema"])):
            assert words <= DRAFT_4


def test_no_model_takes_a_name_that_every_api_has_already() -> None:
    # API Gateway makes these two with each REST API, and CloudFormation can only create: "Model name already exists for
    # this REST API". Source: aws-cdk-lib, aws-apigateway, Model.EMPTY_MODEL and Model.ERROR_MODEL.
    models = resources("AWS::ApiGateway::Model")
    assert models
    assert not {each["Name"] for each in models} & {"Empty", "Error"}


@pytest.mark.parametrize("model", resources("AWS::ApiGateway::Model"), ids=str)
def test_a_models_schema_is_one_of_draft_4(model: Resource) -> None:
    """API Gateway refuses others, an empty `required` for one: "Invalid model schema specified" (aws/aws-cdk#27433)."""
    schema = json.loads(model["Schema"])
    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"  # so the metaschema is draft 4's
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("model", resources("AWS::ApiGateway::Model"), ids=str)
def test_no_model_describes_an_array(model: Resource) -> None:
    """API Gateway has refused a description beside it, and taken the same one in its items.

    Source: amazon-archives/aws-apigateway-importer#69 and #75.
    """
    assert not [
        words for words in _schema_words(json.loads(model["Schema"])) if {"items", "description"} <= words
    ]


def _schema_words(schema: Any) -> list[set[str]]:
    """The words of a schema and of those in it; the names of properties are no words."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [set(schema), *(words for each in inner for words in _schema_words(each))]


def test_the_openapi_document_says_the_same() -> None:
    document = openapi_document()
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert described.keys() == {(each.method, each.path) for each in OPERATIONS}
    for each in OPERATIONS:
        found = described[each.method, each.path]
        assert [parameter["name"] for parameter in found["parameters"]] == [
            part.name for part in each.parameters
        ]
        assert set(found["responses"]) == {str(status) for status in (each.status, *each.errors)}
    references = {value["$ref"] for _, value in walk(document) if isinstance(value, dict) and "$ref" in value}
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_no_schema_has_room_for_a_payload() -> None:
    names = {name for schema in SCHEMAS.values() for name, _ in _properties(schema)}
    assert not [name for name in names if re.search("payload|body|raw|card|pan|cvv|secret", name)]


def _properties(schema: Any) -> list[tuple[str, Any]]:
    found = list(schema.get("properties", {}).items())
    return found + [each for _, inner in found for each in _properties({**inner, **inner.get("items", {})})]


def test_the_access_log_names_the_caller_and_neither_query_nor_body() -> None:
    fields = json.loads(STAGE["AccessLogSetting"]["Format"])
    assert fields["caller"] == "$context.identity.userArn"
    for value in fields.values():
        assert not re.search("querystring|header|body|input|authorizer", value)
    group = resource("api", "TransactionsAccessLogGroup")
    assert group["LogGroupName"] == {"Fn::Sub": "/aws/apigateway/api-transactions-${EnvironmentSuffix}"}
    assert group["KmsKeyId"] == {"Ref": "MessagesKeyArn"}


def test_other_origins_are_closed_out_unless_one_is_named() -> None:
    assert templates()["root"]["Parameters"]["CorsOrigin"]["Default"] == ""
    given = {"Fn::Not": [{"Fn::Equals": [{"Ref": "CorsOrigin"}, ""]}]}
    assert templates()["api"]["Conditions"]["CorsOriginIsGiven"] == given
    variables = {
        "Fn::If": ["CorsOriginIsGiven", {"corsOrigin": {"Ref": "CorsOrigin"}}, {"Ref": "AWS::NoValue"}]
    }
    assert STAGE["Variables"] == variables
    for (method, _), each in _methods().items():
        assert each.document.get("Condition") == ("CorsOriginIsGiven" if method == "OPTIONS" else None)


def test_a_preflight_names_the_origin_and_the_methods_and_calls_nothing() -> None:
    preflight = _methods()["OPTIONS", "/transactions/{id}"]
    assert (preflight["AuthorizationType"], preflight["Integration"]["Type"]) == ("NONE", "MOCK")
    (answer,) = preflight["Integration"]["IntegrationResponses"]
    headers = {
        name.removeprefix("method.response.header."): value
        for name, value in answer["ResponseParameters"].items()
    }
    assert headers["Access-Control-Allow-Origin"] == "stageVariables.corsOrigin"
    assert headers["Access-Control-Allow-Methods"] == "'GET'"
    assert "authorization" in headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in headers
    assert preflight["MethodResponses"][0]["ResponseParameters"].keys() == answer["ResponseParameters"].keys()


def test_the_gateways_own_answers_are_json_and_readable_where_an_origin_is_named() -> None:
    answers = {each["ResponseType"]: each for each in of_api("AWS::ApiGateway::GatewayResponse", API)}
    for each in answers.values():
        assert json.loads(each["ResponseTemplates"]["application/json"]).keys() == {"error", "message"}
        headers = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
        assert each["ResponseParameters"] == {
            "Fn::If": ["CorsOriginIsGiven", headers, {"Ref": "AWS::NoValue"}]
        }
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == "403"
    assert {
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "THROTTLED",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
    } <= answers.keys()


def test_the_function_answers_before_the_gateway_gives_up() -> None:
    method = _method(OPERATIONS[0])
    assert resource("compute", "TransactionApi")["Timeout"] * 1000 < method["Integration"]["TimeoutInMillis"]


def test_the_api_is_not_open_to_other_accounts() -> None:
    assert "Policy" not in resource("api", API).properties


def test_the_root_says_where_it_is() -> None:
    outputs = templates()["root"]["Outputs"]
    assert outputs["TransactionsApiId"]["Value"] == {"Fn::GetAtt": ["Api", "Outputs.TransactionsApiId"]}
    url = templates()["api"]["Outputs"]["TransactionsApiEndpoint"]["Value"]["Fn::Sub"]
    assert (
        url == "https://${TransactionsApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${TransactionsStage}"
    )
