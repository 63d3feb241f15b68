"""The endpoints that receive webhooks: `/webhook/{name}`.

Adding one here adds its secret, the receiver's right to read it, its configuration and its URL output.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from payment_webhooks import contract
from stacks.names import IN_TEMPLATE, title

NAME_PATTERN: Final = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"


@dataclass(frozen=True)
class Endpoint:
    """One sender: `name` ends its path and is the namespace of its keys, `scheme` is how it signs."""

    name: str
    scheme: str

    def __post_init__(self) -> None:
        if re.fullmatch(NAME_PATTERN, self.name) is None:
            raise ValueError(f"endpoint name {self.name!r} does not match {NAME_PATTERN}")
        if self.scheme not in contract.SCHEMES:
            raise ValueError(f"endpoint {self.name!r}: scheme {self.scheme!r} is none of {contract.SCHEMES}")

    @property
    def title(self) -> str:
        return title(self.name)


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint("stripe", contract.SCHEME_STRIPE),
    Endpoint("paypal", contract.SCHEME_PAYPAL),
    Endpoint("square", contract.SCHEME_SQUARE),
    Endpoint("internal", contract.SCHEME_HMAC),
)

# The endpoint that `POST /webhook`, the path with an API key, stands for.
(KEYED_ENDPOINT,) = (endpoint for endpoint in ENDPOINTS if endpoint.name == "internal")


def settings_text(endpoints: Iterable[Endpoint]) -> str:
    """What a function knows of endpoints, for its environment: JSON by name, with placeholders for `Sub`."""
    settings = {
        endpoint.name: {"scheme": endpoint.scheme, "secret": IN_TEMPLATE.endpoint_secret(endpoint.name)}
        for endpoint in endpoints
    }
    return json.dumps(settings)
