"""Clients are made from the environment that Lambda gives, and only when they are used."""

from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks.aws.botocore_clients import make_s3_client, region_of
from payment_webhooks.aws.clients import credentials_of, endpoint_url_of, json_api
from payment_webhooks.aws.json_client import DYNAMODB, SECRETS_MANAGER
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Deadline

LAMBDA = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "ASIA",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "URL_SUFFIX": "amazonaws.com",
}


@pytest.mark.parametrize(
    ("environment", "dynamodb", "secrets_manager"),
    [
        ({}, "https://dynamodb.eu-west-1.amazonaws.com", "https://secretsmanager.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://h:1"}, "http://h:1", "http://h:1"),
        (
            {"AWS_ENDPOINT_URL": "http://h:1", "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://h:2"},
            "http://h:1",
            "http://h:2",
        ),
        (
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://h:3"},
            "http://h:3",
            "https://secretsmanager.eu-west-1.amazonaws.com",
        ),
    ],
)
def test_endpoints_are_chosen_as_the_aws_sdks_choose(
    environment: Mapping[str, str], dynamodb: str, secrets_manager: str
) -> None:
    environment = {**LAMBDA, **environment}
    assert endpoint_url_of(DYNAMODB, environment) == dynamodb
    assert endpoint_url_of(SECRETS_MANAGER, environment) == secrets_manager


def test_credentials_are_those_of_the_role() -> None:
    assert credentials_of(LAMBDA) == Credentials("ASIA", "secret", "token")
    assert credentials_of({**LAMBDA, "AWS_SESSION_TOKEN": ""}).session_token is None


def test_the_region_is_lambdas_or_the_default() -> None:
    assert region_of({**LAMBDA, "AWS_DEFAULT_REGION": "us-east-2"}) == "eu-west-1"
    assert region_of({"AWS_DEFAULT_REGION": "us-east-2"}) == "us-east-2"
    with pytest.raises(KeyError):
        region_of({})


def test_making_a_client_connects_to_nothing() -> None:
    client: Any = json_api(DYNAMODB, Deadline(), {**LAMBDA, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert callable(client)


@pytest.mark.parametrize(
    ("environment", "style"), [({}, "auto"), ({"AWS_ENDPOINT_URL": "http://h:1"}, "path")]
)
def test_s3_has_the_same_time_limits(environment: Mapping[str, str], style: str) -> None:
    config: Any = make_s3_client({**LAMBDA, **environment}).meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert config.s3["addressing_style"] == style
    assert config.region_name == "eu-west-1"
