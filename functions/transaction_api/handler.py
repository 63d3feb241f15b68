"""The transaction API: a REST proxy event in, the answer to the caller out."""

from typing import Any

from payment_webhooks.bootstrap import transaction_api as parts
from payment_webhooks.transaction_api.answer import handle

# Kept for the answer itself, and so that a call that is cut off is still told from one that was never made.
RESERVED_SECONDS = 0.5


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    parts.deadline().start(context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    return handle(event, parts.handler_of, cors_origin=parts.cors_origin())
