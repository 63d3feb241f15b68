"""POST /webhook/{endpoint} and POST /webhook: a REST proxy event in, the answer to the sender out."""

from typing import Any

from payment_webhooks.bootstrap.webhook_receiver import keyed_endpoint, receiver
from payment_webhooks.receiving.answer import handle


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle(event, lambda request: receiver().receive(request), keyed_endpoint=keyed_endpoint())
