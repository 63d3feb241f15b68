"""The transaction API: a REST proxy event in, the answer to the caller out."""

from typing import Any

from payment_webhooks.bootstrap.transaction_api import cors_origin, deadline, handler_of
from payment_webhooks.transaction_api.answer import handle


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    deadline().start_from(context)
    return handle(event, handler_of, cors_origin=cors_origin())
