"""The endpoint is what the route says, and nothing that the sender wrote."""

from typing import Any

import pytest

from payment_webhooks.errors import MalformedRequest
from payment_webhooks.receiving.request import from_api_gateway


def event(**fields: Any) -> dict[str, Any]:
    return {
        "headers": {"endpoint": "paypal", "provider": "paypal"},
        "queryStringParameters": {"provider": "paypal"},
        "body": '{"endpoint": "paypal", "provider": "paypal"}',
        **fields,
    }


def test_a_path_names_its_endpoint() -> None:
    route = event(resource="/webhook/{endpoint}", pathParameters={"endpoint": "stripe"})
    assert from_api_gateway(route, "internal").endpoint == "stripe"


@pytest.mark.parametrize("parameters", [None, {}, {"provider": "paypal"}])
def test_the_path_with_a_key_stands_for_the_configured_endpoint(parameters: Any) -> None:
    route = event(resource="/webhook", pathParameters=parameters)
    assert from_api_gateway(route, "internal").endpoint == "internal"


@pytest.mark.parametrize(
    "route",
    [
        event(resource="/webhook", pathParameters=None),
        event(resource="/webhook", pathParameters={"endpoint": "stripe"}),
        event(resource="/webhook/{endpoint}", pathParameters=None),
        event(resource="/webhook/{endpoint}", pathParameters={"endpoint": ""}),
        event(pathParameters={}),
    ],
)
def test_without_an_endpoint_it_is_no_webhook(route: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest, match="malformed_event"):
        from_api_gateway(route)
