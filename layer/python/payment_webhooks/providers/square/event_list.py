"""Square's search of events: https://developer.squareup.com/reference/square/events-api/search-events.

It has 28 days, and of these only what happened while events were enabled (`PUT /v2/events/enable`). It takes a personal
access token alone: https://developer.squareup.com/docs/events-api/overview.
"""

import json
import re
from typing import Any, Final

from payment_webhooks.endpoints.secret_document import Mode
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import (
    PAGE_SIZE,
    EventPage,
    ListAccess,
    Window,
    bodies_of,
    objects_in,
)
from payment_webhooks.providers.rest_client import list_client
from payment_webhooks.timestamps import utc_timestamp

URLS: Final[dict[Mode, str]] = {
    "live": "https://connect.squareup.com",
    "test": "https://connect.squareupsandbox.com",
}
SOURCE: Final = "square"
# The reference calls the field RFC 3339, and its example of an answer has no offset.
_WITHOUT_OFFSET: Final = re.compile(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?")


class SquareEvents:
    """An EventList."""

    def __init__(self, access: ListAccess) -> None:
        url = access.credentials.base_url or URLS[access.mode]
        self._client = list_client(SOURCE, url, access.deadline)
        self._headers = {
            "Authorization": f"Bearer {access.credentials.client_secret}",
            "Content-Type": "application/json",
        }
        self._merchants = {} if access.account is None else {"merchant_ids": [access.account]}

    def page(self, window: Window, cursor: str | None) -> EventPage:
        """As EventList.page. The oldest first, so that what is made meanwhile comes after the last page."""
        # Whether the ends are included differs by endpoint (reference, TimeRange).
        ends = window.since - 1e-6, window.end
        created = dict(zip(("start_at", "end_at"), map(utc_timestamp, ends), strict=True))
        request: dict[str, Any] = {
            "limit": PAGE_SIZE,
            "query": {"filter": {"created_at": created, **self._merchants}, "sort": {"order": "ASC"}},
        }
        if cursor is not None:
            request["cursor"] = cursor
        body = json.dumps(request).encode()
        document = self._client.document("POST", "/v2/events", self._headers, body)
        if document.get("errors"):
            raise Unavailable(f"{SOURCE}_errors")
        following = document.get("cursor") or None
        if following is not None and (not isinstance(following, str) or following == cursor):
            raise Unavailable(f"{SOURCE}_answer_malformed")
        return EventPage(
            bodies_of([_with_offset(event) for event in objects_in(document, "events", SOURCE)]), following
        )


def _with_offset(event: dict[str, Any]) -> dict[str, Any]:
    created = event.get("created_at")
    if isinstance(created, str) and _WITHOUT_OFFSET.fullmatch(created):
        return {**event, "created_at": f"{created}Z"}
    return event
