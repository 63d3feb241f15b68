"""The clients of this container: made on first use, from the environment that Lambda gives.

AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_{SERVICE} have the meaning that the AWS SDKs give them, so a local
engine needs no code of ours.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from payment_webhooks.aws_api import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    Api,
    JsonApi,
    Service,
    default_endpoint_url,
)
from payment_webhooks.deadline import Deadline
from payment_webhooks.sigv4 import Credentials

if TYPE_CHECKING:
    from botocore.client import BaseClient


def json_api(
    service: Service, deadline: Deadline, attempts: int, environment: Mapping[str, str] = os.environ
) -> Api:
    """A client for DynamoDB, Secrets Manager or SQS. Raises KeyError if the environment has no region."""
    region = region_of(environment)
    endpoint_url = (
        environment.get(f"AWS_ENDPOINT_URL_{_sdk_service_id(service.name)}")
        or environment.get("AWS_ENDPOINT_URL")
        or default_endpoint_url(service.name, region)
    )
    return JsonApi(service, region, endpoint_url, lambda: credentials_of(environment), deadline, attempts)


def region_of(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment["AWS_DEFAULT_REGION"]


def credentials_of(environment: Mapping[str, str]) -> Credentials:
    """Of the function's role: Lambda keeps them in the environment, valid for the container's life."""
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN") or None,
    )


def on_first_use(make: Callable[[], Api]) -> Api:
    """A client that is made by its first call."""
    made: list[Api] = []

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if not made:
            made.append(make())
        return made[0](operation, parameters)

    return call


@cache
def s3_client() -> "BaseClient":
    """botocore's client: S3's signing and checksums have forms of their own. Imported only when an object is
    needed.
    """
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
        s3={"addressing_style": "path"} if "AWS_ENDPOINT_URL" in os.environ else None,
    )
    return get_session().create_client("s3", region_name=region_of(os.environ), config=config)


def _sdk_service_id(name: str) -> str:
    return {"secretsmanager": "SECRETS_MANAGER"}.get(name, name.upper())
