"""Clients of the JSON services, from the environment that Lambda gives.

AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_{SERVICE} have the meaning that the AWS SDKs give them, so a local
engine needs no code of ours.
"""

from collections.abc import Callable, Mapping

from payment_webhooks import contract
from payment_webhooks.aws.botocore_clients import region_of
from payment_webhooks.aws.json_client import Api, CallLimits, JsonApi, Service, default_endpoint_url
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import Deadline

# Attempts of each call by the service's name, the first one included. A write to DynamoDB that contends with its
# duplicates is tried again in milliseconds; the invocation's deadline is the real limit.
ATTEMPTS = {"dynamodb": 5, "kms": 3, "secretsmanager": 2, "sqs": 3, "ssm": 2}


def json_api(
    service: Service,
    deadline: Deadline,
    environment: Mapping[str, str],
    limits: Callable[[], CallLimits] | None = None,
) -> Api:
    """A client for a service that `json_client` knows. `limits` is asked at each call; None: the service's ATTEMPTS.

    Raises KeyError if the environment has no region.
    """
    region, endpoint_url = region_of(environment), endpoint_url_of(service, environment)
    limits = limits or (lambda: CallLimits(ATTEMPTS[service.name]))
    return JsonApi(service, region, endpoint_url, lambda: credentials_of(environment), deadline, limits)


def endpoint_url_of(service: Service, environment: Mapping[str, str]) -> str:
    """The origin of the service's API. Raises KeyError if the environment has no region or no suffix."""
    return (
        environment.get(f"AWS_ENDPOINT_URL_{service.sdk_id}")
        or environment.get("AWS_ENDPOINT_URL")
        or default_endpoint_url(service.name, region_of(environment), environment[contract.ENV_URL_SUFFIX])
    )


def credentials_of(environment: Mapping[str, str]) -> Credentials:
    """Of the function's role: Lambda keeps them in the environment, valid for the container's life."""
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN") or None,
    )
