"""Stripe's list of events: https://docs.stripe.com/api/events/list (30 days back, the newest first).

Each is rendered by the API version of the time when it was made, whatever the endpoint's own version is. Limits:
https://docs.stripe.com/rate-limits (25 calls a second of one kind).
"""

from typing import Final
from urllib.parse import urlencode

from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import (
    PAGE_SIZE,
    EventPage,
    ListAccess,
    Refused,
    Window,
    bodies_of,
    objects_in,
)
from payment_webhooks.providers.rest_client import RestClient, list_client

URL: Final = "https://api.stripe.com"
SOURCE: Final = "stripe"


class StripeEvents:
    """An EventList."""

    def __init__(self, access: ListAccess) -> None:
        url = access.credentials.base_url or URL
        self._client = list_client(SOURCE, url, access.deadline)
        self._account = {} if access.account is None else {"account": access.account}
        self._access = access
        self._headers: dict[str, str] = {}

    def page(self, window: Window, cursor: str | None) -> EventPage:
        """As EventList.page. What is made meanwhile comes before the first page, and the cursor is an event's id."""
        asked = {"created[gte]": window.since, "created[lte]": window.until, "limit": PAGE_SIZE}
        path = "/v1/events?" + urlencode(asked | ({} if cursor is None else {"starting_after": cursor}))
        self._headers = self._headers or headers_of(self._client, self._access)
        document = self._client.document("GET", path, self._headers)
        # A delivery to an endpoint of connected accounts names the account; the list of one account may not.
        events = [self._account | event for event in objects_in(document, "data", SOURCE)]
        last = events[-1].get("id") if events else None
        if document.get("has_more") is not True or last is None:
            return EventPage(bodies_of(events), None)
        if not isinstance(last, str) or last == cursor:  # it would begin again there for ever
            raise Unavailable(f"{SOURCE}_answer_malformed")
        return EventPage(bodies_of(events), last)


def headers_of(client: RestClient, access: ListAccess) -> dict[str, str]:
    """Those by which Stripe lists what the endpoint's account has, where it names one: the key's own, or another
    (https://docs.stripe.com/connect/authentication), which Stripe refuses to a key without access.
    """
    key = {"Authorization": f"Bearer {access.credentials.client_secret}"}
    if access.account is None:
        return key
    try:
        own = client.document("GET", "/v1/account", key).get("id")
    except Refused:  # it may not read that, and still may list a connected account's events
        own = None
    # A restricted key without rights of Connect may not name an account, not even its own.
    return key if own == access.account else {**key, "Stripe-Account": access.account}
