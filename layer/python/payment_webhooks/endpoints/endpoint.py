"""The endpoints that a function serves: addresses of ours, each with its provider and its secret."""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from payment_webhooks import contract
from payment_webhooks.aws.json_client import Api
from payment_webhooks.endpoints.cached_secret import CachedSecret, cached_endpoint_secret
from payment_webhooks.endpoints.secret_document import EndpointSecret

NAME_PATTERN: Final = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"


class Endpoint(NamedTuple):
    """`name` ends the path `/webhook/{name}`; `provider` is the name of who sends there."""

    name: str
    provider: str
    secret: CachedSecret[EndpointSecret]


def endpoints_of(environment: Mapping[str, str], secrets_manager: Api) -> dict[str, Endpoint]:
    """By name, from ENDPOINTS: {"stripe": {"provider": "stripe", "secret": "secret-endpoint-..."}, ...}.

    Fetches no secret yet. Raises KeyError for a missing setting.
    """
    return {
        name: Endpoint(
            name, settings["provider"], cached_endpoint_secret(secrets_manager, settings["secret"])
        )
        for name, settings in json.loads(environment[contract.ENV_ENDPOINTS]).items()
    }
