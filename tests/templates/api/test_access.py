"""The path with an API key, the usage plan, and the API under a domain of our own."""

import re

import pytest

from payment_webhooks import contract
from payment_webhooks.providers.internal import provider as internal
from stacks.webhook_endpoints import ENDPOINTS, KEYED_ENDPOINT
from tests.support.templates.resources import of_api, resource, resources, templates, texts

KEYED = resource("api", "WebhookPostMethod")


def test_our_own_senders_need_a_key_unless_the_parameter_says_otherwise() -> None:
    assert KEYED["ApiKeyRequired"] == {"Fn::If": ["RequireApiKeyIsOn", True, False]}
    assert templates()["root"]["Parameters"]["RequireApiKey"]["Default"] == "true"
    for each in resources("AWS::ApiGateway::Method"):
        assert ("ApiKeyRequired" in each.properties) == (each.title == KEYED.title)


def test_the_keyed_path_stands_for_one_endpoint_of_our_own_provider() -> None:
    assert KEYED_ENDPOINT in ENDPOINTS
    assert KEYED_ENDPOINT.provider == "internal"
    environment = resource("compute", "WebhookReceiver")["Environment"]["Variables"]
    assert environment[contract.ENV_KEYED_ENDPOINT] == KEYED_ENDPOINT.name
    path = resource("api", "Webhook")
    assert f"/{path['PathPart']}" == contract.KEYED_RESOURCE
    assert path["ParentId"] == {"Fn::GetAtt": ["Api", "RootResourceId"]}


def test_only_where_there_is_one_provider_is_its_header_demanded() -> None:
    assert contract.KEYED_SIGNATURE_HEADER.lower() == internal.SIGNATURE_HEADER
    wanted = {f"method.request.header.{contract.KEYED_SIGNATURE_HEADER}": True}
    assert KEYED["RequestParameters"] == wanted
    assert KEYED["RequestValidatorId"] == {"Ref": "HeaderValidator"}
    assert "RequestValidatorId" not in resource("api", "WebhookEndpointPostMethod").properties


def test_no_validation_looks_into_a_signed_body() -> None:
    for each in of_api("AWS::ApiGateway::RequestValidator"):
        assert each["ValidateRequestBody"] is False
        assert each["ValidateRequestParameters"] is True
    for each in of_api("AWS::ApiGateway::Method"):
        assert "RequestModels" not in each.properties


def test_the_key_has_a_plan_for_the_stage_with_the_apis_own_limits() -> None:
    plan = resource("api", "InternalUsagePlan")
    assert plan["ApiStages"] == [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    assert plan["Throttle"] == {
        "RateLimit": {"Ref": "ApiThrottleRate"},
        "BurstLimit": {"Ref": "ApiThrottleBurst"},
    }
    joined = resource("api", "InternalUsagePlanKey")
    assert joined.properties == {
        "KeyId": {"Ref": "InternalApiKey"},
        "KeyType": "API_KEY",
        "UsagePlanId": {"Ref": "InternalUsagePlan"},
    }


def test_the_keys_value_is_made_by_api_gateway_and_given_nowhere() -> None:
    key = resource("api", "InternalApiKey")
    assert "Value" not in key.properties
    assert key["Enabled"] is True
    # The reference to a key is its id. It has no attribute that gives the value.
    assert templates()["api"]["Outputs"]["InternalApiKeyId"]["Value"] == {"Ref": "InternalApiKey"}
    uses = [name for name, each in templates()["api"]["Outputs"].items() if "InternalApiKey" in texts(each)]
    assert uses == ["InternalApiKeyId"]


def test_the_domain_and_its_mapping_are_made_when_a_name_is_given() -> None:
    domain, mapping = resource("api", "Domain"), resource("api", "DomainMapping")
    assert domain.document["Condition"] == mapping.document["Condition"] == "DomainNameIsGiven"
    given = templates()["api"]["Conditions"]["DomainNameIsGiven"]
    assert given == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}
    assert domain["DomainName"] == {"Ref": "DomainName"}
    assert domain["RegionalCertificateArn"] == {"Ref": "CertificateArn"}
    assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert mapping["RestApiId"] == {"Ref": "Api"}
    assert mapping["Stage"] == {"Ref": "Stage"}
    # No base path: the registered URL holds nothing that belongs to this API or stage.
    assert "BasePath" not in mapping.properties


def test_the_domain_speaks_tls_1_2_at_least_as_the_api_does() -> None:
    api, domain = resource("api", "Api"), resource("api", "Domain")
    for name in ("SecurityPolicy", "EndpointAccessMode"):
        assert domain[name] == api[name]
    assert domain["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_2021_06"


def test_the_urls_are_those_of_the_domain_when_there_is_one() -> None:
    endpoint = templates()["api"]["Outputs"]["ApiEndpoint"]["Value"]
    condition, of_the_domain, its_own = endpoint["Fn::If"]
    assert condition == "DomainNameIsGiven"
    assert of_the_domain == {"Fn::Sub": ["https://${Name}", {"Name": {"Ref": "DomainName"}}]}
    own = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
    assert its_own == {"Fn::Sub": own}
    target = templates()["api"]["Outputs"]["DomainTarget"]["Value"]
    assert target == {
        "Fn::If": ["DomainNameIsGiven", {"Fn::GetAtt": ["Domain", "RegionalDomainName"]}, "none"]
    }


@pytest.mark.parametrize("name", ["", "hooks.example.com", "a.io", "xn--bcher-kva.example"])
def test_good_domain_names(name: str) -> None:
    assert re.fullmatch(templates()["root"]["Parameters"]["DomainName"]["AllowedPattern"], name)


@pytest.mark.parametrize(
    "name", ["https://a.com", "a.com/", "localhost", "A.com", "-a.com", "a..com", "*.a.com"]
)
def test_bad_domain_names(name: str) -> None:
    assert not re.fullmatch(templates()["root"]["Parameters"]["DomainName"]["AllowedPattern"], name)
