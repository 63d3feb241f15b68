"""The endpoints that receive webhooks: `/webhook/{name}`.

Adding one here adds its secret, the receiver's right to read it, its configuration and its URL output.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payment_webhooks.contract import CANARY
from payment_webhooks.endpoints.endpoint import NAME_PATTERN
from payment_webhooks.providers.registry import PROVIDERS
from stacks.names import IN_TEMPLATE, title

if TYPE_CHECKING:
    from payment_webhooks.providers.provider import Provider


@dataclass(frozen=True)
class Endpoint:
    """An address of ours: `name` ends its path and is the namespace of its keys, `provider` is who sends there."""

    name: str
    provider: str

    def __post_init__(self) -> None:
        if re.fullmatch(NAME_PATTERN, self.name) is None:
            raise ValueError(f"endpoint name {self.name!r} does not match {NAME_PATTERN}")
        if (self.name == CANARY) != (self.provider == CANARY):
            raise ValueError(f"endpoint {self.name!r}: the canary has one of its own, {CANARY!r}")
        if self.provider not in (*PROVIDERS.names, CANARY):
            raise ValueError(
                f"endpoint {self.name!r}: provider {self.provider!r} is none of {PROVIDERS.names}"
            )

    @property
    def record(self) -> "Provider":
        """What the system knows of the provider."""
        return PROVIDERS.get(self.provider)

    @property
    def title(self) -> str:
        return title(self.name)


# One for each provider, under its name. A second address of a provider, such as another account's, is a line more here:
# Endpoint("stripe-connect", "stripe").
ENDPOINTS: Final[tuple[Endpoint, ...]] = tuple(Endpoint(name, name) for name in PROVIDERS.names)

# There with SendCanary alone. It is in no list of endpoints: nobody sets its key or waits for its webhooks.
CANARY_ENDPOINT: Final = Endpoint(CANARY, CANARY)

# Those whose provider lists the events that it made.
LISTED_ENDPOINTS: Final = tuple(each for each in ENDPOINTS if each.record.list_events is not None)

# The endpoint that `POST /webhook`, the path with an API key, stands for.
(KEYED_ENDPOINT,) = (endpoint for endpoint in ENDPOINTS if endpoint.name == "internal")


def endpoint_names(provider: str | None) -> list[str]:
    """Those of a provider; of any for None."""
    return [endpoint.name for endpoint in ENDPOINTS if provider in (None, endpoint.provider)]


def endpoint_named(name: str) -> Endpoint:
    """Raises KeyError for a name that no endpoint has."""
    return {endpoint.name: endpoint for endpoint in ENDPOINTS}[name]


def settings_text(endpoints: Iterable[Endpoint]) -> str:
    """The endpoints as JSON by name, for a function's environment, with placeholders for `Sub`."""
    settings = {
        endpoint.name: {"provider": endpoint.provider, "secret": IN_TEMPLATE.endpoint_secret(endpoint.name)}
        for endpoint in endpoints
    }
    return json.dumps(settings)
