"""POST /webhook/{provider} and POST /webhook: a REST proxy event in, the answer to the sender out."""

from typing import Any

from payment_webhooks.bootstrap import webhook_receiver as bootstrap
from payment_webhooks.receiving.answer import handle


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle(
        event,
        lambda request: bootstrap.receiver().receive(request),
        keyed_endpoint=bootstrap.keyed_endpoint(),
    )
