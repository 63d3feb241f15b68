"""PayPal's list of webhook events: https://developer.paypal.com/api/webhooks/v1/webhooks-events-list.

They are those of the application's own webhooks, with the body that was, or is to be, delivered.
"""

from typing import Any, Final
from urllib.parse import urlencode, urlsplit

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
from payment_webhooks.providers.paypal.rest_api import SOURCE, PayPalApi, url_of
from payment_webhooks.providers.rest_client import list_client
from payment_webhooks.timestamps import utc_timestamp

PATH: Final = "/v1/notifications/webhooks-events"
# The webhooks of the credentials' application: https://developer.paypal.com/api/webhooks/v1/webhooks-list
WEBHOOKS_PATH: Final = "/v1/notifications/webhooks"


class PayPalEvents:
    """An EventList."""

    def __init__(self, access: ListAccess) -> None:
        url = url_of(access.credentials, access.mode)
        client = list_client(SOURCE, url, access.deadline)
        self._api = PayPalApi(access.credentials, access.mode, client=client)
        self._key_values = access.key_values
        self._is_own = False

    def page(self, window: Window, cursor: str | None) -> EventPage:
        """As EventList.page. The cursor is the query of PayPal's link to the next page; its host is never followed."""
        self._require_own_webhook()
        query = cursor or urlencode(
            {
                "page_size": PAGE_SIZE,
                "start_time": utc_timestamp(window.since),
                "end_time": utc_timestamp(window.end),
            }
        )
        document = self._api.read(f"{PATH}?{query}")
        if document is None:
            raise Refused(f"{SOURCE}_http_404")
        events = objects_in(document, "events", SOURCE)
        following = _next_query(document) if events else None
        if following == query:
            raise Unavailable(f"{SOURCE}_answer_malformed")
        return EventPage(bodies_of(events), following)

    def _require_own_webhook(self) -> None:
        """Raises Refused where no webhook of the application is the endpoint's: its events never came here."""
        if not self._is_own:
            document = self._api.read(WEBHOOKS_PATH) or {}
            ids = {each.get("id") for each in objects_in(document, "webhooks", SOURCE)}
            if ids.isdisjoint(self._key_values):
                raise Refused(f"{SOURCE}_webhook_of_another_application")
            self._is_own = True


def _next_query(document: dict[str, Any]) -> str | None:
    for link in objects_in(document, "links", SOURCE):
        if link.get("rel") == "next" and isinstance(link.get("href"), str):
            return urlsplit(link["href"]).query or None
    return None
