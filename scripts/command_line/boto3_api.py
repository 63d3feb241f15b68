"""A boto3 client as the library calls a service: operation and parameters by the API reference's names."""

from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from payment_webhooks.aws.json_client import Api


def client_api(client: Any) -> Api:
    """Raises what botocore raises, not the library's Unavailable."""

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return answer

    return call
