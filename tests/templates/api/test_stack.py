"""The REST API: what it accepts, what it logs, and that a change of it is deployed."""

import json

import pytest

from tests.support.templates.resources import of_api, resource, templates

STAGE = resource("api", "Stage")
METHOD_SETTINGS = STAGE["MethodSettings"][0]


def _paths() -> dict[str, str]:
    """Full path -> logical id."""
    parts = {each.title: each for each in of_api("AWS::ApiGateway::Resource")}

    def full(name: str) -> str:
        parent = parts[name]["ParentId"].get("Ref")
        return f"{full(parent) if parent else ''}/{parts[name]['PathPart']}"

    return {full(name): name for name in parts}


def test_paths_and_methods() -> None:
    ids = {title: full for full, title in _paths().items()}
    methods = {
        (each["HttpMethod"], ids[each["ResourceId"]["Ref"]]) for each in of_api("AWS::ApiGateway::Method")
    }
    assert methods == {("POST", "/webhook/{endpoint}"), ("POST", "/webhook"), ("GET", "/health")}


def called(function: str) -> dict[str, object]:
    """Of the receiver the alias, when some of its containers are kept started."""
    if not function.startswith("WebhookReceiver"):
        return {"Ref": function}
    alias = {"Fn::Sub": ["${Function}:live", {"Function": {"Ref": function}}]}
    return {"Fn::If": ["ReceiverProvisionedConcurrencyIsGiven", alias, {"Ref": function}]}


@pytest.mark.parametrize(
    ("method", "function"),
    [
        ("WebhookEndpointPostMethod", "WebhookReceiverArn"),
        ("WebhookPostMethod", "WebhookReceiverArn"),
        ("HealthGetMethod", "HealthArn"),
    ],
)
def test_methods_hand_the_whole_request_to_their_function(method: str, function: str) -> None:
    integration = resource("api", method)["Integration"]
    assert (integration["Type"], integration["IntegrationHttpMethod"]) == ("AWS_PROXY", "POST")
    assert integration["TimeoutInMillis"] == 29_000
    text, values = integration["Uri"]["Fn::Sub"]
    assert text.endswith(":lambda:path/2015-03-31/functions/${Function}/invocations")
    assert values["Function"] == called(function)


def test_bodies_reach_the_function_byte_for_byte() -> None:
    assert resource("api", "Api")["BinaryMediaTypes"] == ["*/*"]


def test_the_api_is_regional_and_speaks_tls_1_2_at_least() -> None:
    api = resource("api", "Api")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert api["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_2021_06"
    # An enhanced security policy must come with an endpoint access mode (API Gateway developer guide).
    assert api["EndpointAccessMode"] == "STRICT"


@pytest.mark.parametrize(
    ("permission", "function", "source"),
    [
        ("WebhookPermission", "WebhookReceiverName", "v1/POST/webhook/*"),
        ("KeyedWebhookPermission", "WebhookReceiverName", "v1/POST/webhook"),
        ("HealthPermission", "HealthName", "v1/GET/health"),
    ],
)
def test_functions_are_invoked_by_their_own_path_alone(permission: str, function: str, source: str) -> None:
    found = resource("api", permission)
    assert found["FunctionName"] == called(function)
    assert found["Principal"] == "apigateway.amazonaws.com"
    arn = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/{source}"
    assert found["SourceArn"] == {"Fn::Sub": arn}


def test_execution_logging_has_its_encrypted_group_first_and_never_bodies() -> None:
    group = resource("api", "ExecutionLogGroup")
    assert group["LogGroupName"] == {"Fn::Sub": f"API-Gateway-Execution-Logs_${{Api}}/{STAGE['StageName']}"}
    assert STAGE.document["DependsOn"] == ["ExecutionLogGroup"]
    assert METHOD_SETTINGS["DataTraceEnabled"] is False
    assert METHOD_SETTINGS["LoggingLevel"] == "ERROR"


def test_the_access_log_is_json_without_query_headers_or_body() -> None:
    fields = json.loads(STAGE["AccessLogSetting"]["Format"])
    assert {"$context.requestId", "$context.status", "$context.identity.sourceIp"} <= set(fields.values())
    for value in fields.values():
        assert value.startswith("$context.")
        for secret in ("path", "querystring", "header", "body", "input", "userAgent", "authorizer", "apiKey"):
            assert secret not in value.removeprefix("$context.resourcePath")
    assert STAGE["AccessLogSetting"]["DestinationArn"]["Fn::Sub"].endswith(":log-group:${AccessLogGroup}")


def test_requests_are_throttled_by_parameter() -> None:
    assert (METHOD_SETTINGS["HttpMethod"], METHOD_SETTINGS["ResourcePath"]) == ("*", "/*")
    assert METHOD_SETTINGS["ThrottlingRateLimit"] == {"Ref": "ApiThrottleRate"}
    assert METHOD_SETTINGS["ThrottlingBurstLimit"] == {"Ref": "ApiThrottleBurst"}


def test_the_gateways_own_answers_are_json_in_the_functions_form() -> None:
    answers = {each["ResponseType"]: each for each in of_api("AWS::ApiGateway::GatewayResponse")}
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= answers.keys()
    for each in answers.values():
        assert list(each["ResponseTemplates"]) == ["application/json"]
        assert json.loads(each["ResponseTemplates"]["application/json"]).keys() == {"error", "message"}
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == "404"


def test_the_root_says_where_each_endpoint_posts_to() -> None:
    outputs = templates()["root"]["Outputs"]
    paths = {
        f"WebhookUrl{name.title()}": f"/webhook/{name}" for name in ("stripe", "paypal", "square", "internal")
    }
    for output, path in {**paths, "KeyedWebhookUrl": "/webhook", "HealthUrl": "/health"}.items():
        text, values = outputs[output]["Value"]["Fn::Sub"]
        assert text == f"${{Api}}{path}"
        assert values == {"Api": {"Fn::GetAtt": ["Api", "Outputs.ApiEndpoint"]}}
