"""botocore's clients of S3 and SNS, made on first use. Neither service has a JSON protocol.

Apart from clients.py: a function that calls these services alone starts without the JSON client.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from payment_webhooks.deadline import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from botocore.client import BaseClient

BOTOCORE_ATTEMPTS = 2  # of each call, the first one included


def region_of(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment["AWS_DEFAULT_REGION"]


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
    """botocore's client: SNS speaks XML. Imported only when needed, by a function that nobody waits for."""
    return _botocore_client("sns", os.environ)


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
