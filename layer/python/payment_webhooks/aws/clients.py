"""The clients of this container: made on first use, from the environment that Lambda gives.

AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_{SERVICE} have the meaning that the AWS SDKs give them, so a local
engine needs no code of ours.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from payment_webhooks.aws.json_client import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    Api,
    CallLimits,
    JsonApi,
    Service,
    default_endpoint_url,
)
from payment_webhooks.aws.signature_v4 import Credentials
from payment_webhooks.deadline import Deadline

# Attempts of each call, the first one included. A write to DynamoDB that contends with its duplicates is tried again in
# milliseconds; the invocation's deadline is the real limit.
BOTOCORE_ATTEMPTS = 2
DYNAMODB_ATTEMPTS = 5
SECRETS_MANAGER_ATTEMPTS = 2
SQS_ATTEMPTS = 3
SSM_ATTEMPTS = 2

if TYPE_CHECKING:
    from botocore.client import BaseClient


def json_api(
    service: Service,
    deadline: Deadline,
    limits: int | Callable[[], CallLimits],
    environment: Mapping[str, str] = os.environ,
) -> Api:
    """A client for a service that `aws_api` knows. `limits`: attempts of each call, or what tells at each call.

    Raises KeyError if the environment has no region.
    """
    ask = (lambda: CallLimits(limits)) if isinstance(limits, int) else limits
    endpoint_url = endpoint_url_of(service, environment)
    return JsonApi(
        service, region_of(environment), endpoint_url, lambda: credentials_of(environment), deadline, ask
    )


def endpoint_url_of(service: Service, environment: Mapping[str, str]) -> str:
    return (
        environment.get(f"AWS_ENDPOINT_URL_{service.sdk_id}")
        or environment.get("AWS_ENDPOINT_URL")
        or default_endpoint_url(service.name, region_of(environment))
    )


def region_of(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment["AWS_DEFAULT_REGION"]


def credentials_of(environment: Mapping[str, str]) -> Credentials:
    """Of the function's role: Lambda keeps them in the environment, valid for the container's life."""
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN") or None,
    )


@cache
def s3_client() -> "BaseClient":
    return make_s3_client(os.environ)


def make_s3_client(environment: Mapping[str, str]) -> "BaseClient":
    """botocore's client: S3's signing and checksums have forms of their own. Imported only when needed."""
    # A local engine has no host name for each bucket.
    addressing = "path" if "AWS_ENDPOINT_URL" in environment else "auto"
    return _botocore_client("s3", environment, s3={"addressing_style": addressing})


@cache
def sns_client() -> "BaseClient":
    return make_sns_client(os.environ)


def make_sns_client(environment: Mapping[str, str]) -> "BaseClient":
    """botocore's client: SNS speaks XML. Imported only when needed, by a function that nobody waits for."""
    return _botocore_client("sns", environment)


def _botocore_client(service: str, environment: Mapping[str, str], **settings: Any) -> "BaseClient":
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": BOTOCORE_ATTEMPTS},
        **settings,
    )
    return get_session().create_client(service, region_name=region_of(environment), config=config)
