"""A boto3 client as the library calls a service: operation and parameters by the API reference's names."""

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from payment_webhooks.aws.json_client import Api
from payment_webhooks.aws.service_errors import ServiceError


def client_api(client: Any) -> Api:
    """Raises ServiceError when the service refuses, from botocore's error; and what botocore raises when it can't be
    reached.
    """

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            service, code = client.meta.service_model.service_name, error.response["Error"]["Code"]
            raise ServiceError(service, code, http_status, error.response) from error
        return answer

    return call
