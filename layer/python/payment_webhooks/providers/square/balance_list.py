"""Square's payments and refunds: https://developer.squareup.com/reference/square/payments-api/list-payments and
https://developer.squareup.com/reference/square/refunds-api/list-payment-refunds.

Both are listed by when they were made, and payments of one location at a time. A payment is captured up to seven days
after it was made (`delay_duration`, api.json of square/connect-api-specification), so the lists begin that much
earlier. Disputes have no list by time.
"""

from typing import Any, Final
from urllib.parse import urlencode

from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.errors import Unavailable
from payment_webhooks.money import from_minor_units
from payment_webhooks.providers.balance_list import CAPTURED, REFUNDED, BalancePage, MoneyEntry, entries_of
from payment_webhooks.providers.event_list import (
    PAGE_SIZE,
    ListAccess,
    Window,
    objects_in,
)
from payment_webhooks.providers.fields import identifier, mapping, mapping_or_empty
from payment_webhooks.providers.rest_client import list_client
from payment_webhooks.providers.square.event_list import SOURCE, URLS
from payment_webhooks.timestamps import utc_timestamp

LONGEST_DELAY_SECONDS: Final = 7 * DAY_SECONDS
_DONE: Final = "COMPLETED"  # so is a payment that was refunded


class SquareBalance:
    """A BalanceList. A cursor is the number of a list, and Square's own cursor in it."""

    measures = (CAPTURED, REFUNDED)

    def __init__(self, access: ListAccess) -> None:
        url = access.credentials.base_url or URLS[access.mode]
        self._client = list_client(SOURCE, url, access.deadline)
        self._headers = {"Authorization": f"Bearer {access.credentials.client_secret}"}
        self._locations: list[str] | None = None

    def page(self, window: Window, cursor: str | None) -> BalancePage:
        number, _, following = (cursor or "0|").partition("|")
        place = int(number)
        if self._locations is None:
            found = objects_in(self._get("/v2/locations"), "locations", SOURCE)
            self._locations = sorted(str(each.get("id")) for each in found)
        is_refunds = place == len(self._locations)
        asked = {
            "begin_time": utc_timestamp(window.since - LONGEST_DELAY_SECONDS),
            "end_time": utc_timestamp(window.end),
            "sort_order": "ASC",
            "limit": PAGE_SIZE,
            **({} if is_refunds else {"location_id": self._locations[place]}),
            **({"cursor": following} if following else {}),
        }
        name = "refunds" if is_refunds else "payments"
        document = self._get(f"/v2/{name}?{urlencode(asked)}")
        entries = entries_of(objects_in(document, name, SOURCE), _refund if is_refunds else _payment)
        more = document.get("cursor")
        if more and more != following:
            return BalancePage(entries, f"{place}|{more}")
        return BalancePage(entries, None if is_refunds else f"{place + 1}|")

    def _get(self, path: str) -> dict[str, Any]:
        document = self._client.document("GET", path, self._headers)
        if document.get("errors"):
            raise Unavailable(f"{SOURCE}_errors")
        return document


def _payment(payment: dict[str, Any]) -> MoneyEntry | None:
    card = mapping_or_empty(payment.get("card_details"))
    captured_at = mapping_or_empty(card.get("card_payment_timeline")).get("captured_at")
    at = captured_at or payment.get("created_at")
    return _entry(CAPTURED, payment, payment.get("id"), payment.get("total_money"), at)


def _refund(refund: dict[str, Any]) -> MoneyEntry | None:
    payment_id = refund.get("payment_id") or refund.get(
        "id"
    )  # unlinked: a payment of its own, as in the ledger
    return _entry(REFUNDED, refund, payment_id, refund.get("amount_money"), refund.get("updated_at"))


def _entry(
    measure: str, found: dict[str, Any], payment: object, block: object, at: object
) -> MoneyEntry | None:
    if found.get("status") != _DONE:
        return None
    fields = mapping(block, "amount")
    money = from_minor_units(fields.get("amount"), fields.get("currency"))
    return MoneyEntry(
        measure,
        identifier(payment, "transaction_id"),
        money.amount_minor,
        money.currency,
        utc_timestamp(str(at)),
    )
