"""Square's payments, payouts, refunds and disputes: https://developer.squareup.com/reference/square/payments-api/list-payments,
https://developer.squareup.com/reference/square/payouts-api/list-payouts,
https://developer.squareup.com/reference/square/refunds-api/list-payment-refunds and
https://developer.squareup.com/reference/square/disputes-api/list-disputes.

All but disputes are listed by when they were made, payments and payouts of one location at a time. A payment is
captured up to seven days after it was made (`delay_duration`, api.json of square/connect-api-specification), so the
lists begin so much earlier. Disputes have no list by time: all are read. One says when it was made and, once it is won,
when that changed it last.
"""

from typing import Any, Final
from urllib.parse import urlencode

from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.errors import Unavailable
from payment_webhooks.money import from_minor_units, signed_from
from payment_webhooks.providers.balance_list import (
    CAPTURED,
    DISPUTED,
    PAID_OUT,
    REFUNDED,
    BalancePage,
    MoneyEntry,
    entries_of,
)
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
_WON: Final = "WON"
_INQUIRIES: Final = "INQUIRY_"  # of which no money moves
_FAILED: Final = "FAILED"
_OF_A_LOCATION: Final = ("payments", "payouts")
_LISTS: Final = ("refunds", "disputes")


class SquareBalance:
    """A BalanceList. A cursor is the number of a list (those by location, the others), and Square's own in it."""

    measures = (CAPTURED, REFUNDED, DISPUTED, PAID_OUT)

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
        lists = [
            *((name, {"location_id": each}) for each in self._locations for name in _OF_A_LOCATION),
            *((each, {}) for each in _LISTS),
        ]
        name, asked = lists[place]
        if name != "disputes":
            asked = {
                "begin_time": utc_timestamp(window.since - LONGEST_DELAY_SECONDS),
                "end_time": utc_timestamp(window.end),
                "sort_order": "ASC",
                "limit": str(PAGE_SIZE),
                **asked,
            }
        document = self._get(f"/v2/{name}?{urlencode(asked | ({'cursor': following} if following else {}))}")
        found = objects_in(document, name, SOURCE)
        ends = utc_timestamp(window.since), utc_timestamp(window.end)
        entries = tuple(
            entry
            for read in _READERS[name]
            for entry in entries_of(found, read)
            if entry.payment is None or ends[0] <= entry.occurred_at <= ends[1]
        )
        more = document.get("cursor")
        if more and more != following:
            return BalancePage(entries, f"{place}|{more}")
        return BalancePage(entries, f"{place + 1}|" if place + 1 < len(lists) else None)

    def _get(self, path: str) -> dict[str, Any]:
        document = self._client.document("GET", path, self._headers)
        if document.get("errors"):
            raise Unavailable(f"{SOURCE}_errors")
        return document


def _payment(payment: dict[str, Any]) -> MoneyEntry | None:
    card = mapping_or_empty(payment.get("card_details"))
    captured_at = mapping_or_empty(card.get("card_payment_timeline")).get("captured_at")
    at = captured_at or payment.get("created_at")
    if payment.get("status") != _DONE:
        return None
    return _entry(CAPTURED, payment.get("id"), payment.get("total_money"), at)


def _refund(refund: dict[str, Any]) -> MoneyEntry | None:
    if refund.get("status") != _DONE:
        return None
    payment_id = refund.get("payment_id") or refund.get(
        "id"
    )  # unlinked: a payment of its own, as in the ledger
    return _entry(REFUNDED, payment_id, refund.get("amount_money"), refund.get("updated_at"))


def _disputed(dispute: dict[str, Any]) -> MoneyEntry | None:
    if str(dispute.get("state")).startswith(_INQUIRIES):
        return None
    payment = mapping_or_empty(dispute.get("disputed_payment")).get("payment_id")
    return _entry(DISPUTED, payment, dispute.get("amount_money"), dispute.get("created_at"))


def _won(dispute: dict[str, Any]) -> MoneyEntry | None:
    disputed = _disputed(dispute) if dispute.get("state") == _WON else None
    if disputed is None:
        return None
    at = utc_timestamp(str(dispute.get("updated_at")))
    return disputed._replace(amount_minor=-disputed.amount_minor, occurred_at=at)


def _payout(payout: dict[str, Any]) -> MoneyEntry:
    entry = _entry(PAID_OUT, payout.get("id"), payout.get("amount_money"), payout.get("created_at"))
    return entry._replace(amount_minor=0) if payout.get("status") == _FAILED else entry


def _entry(measure: str, payment: object, block: object, at: object) -> MoneyEntry:
    fields = mapping(block, "amount")
    money = signed_from(from_minor_units, fields.get("amount"), fields.get("currency"))
    return MoneyEntry(
        measure,
        identifier(payment, "transaction_id"),
        money.amount_minor,
        money.currency,
        utc_timestamp(str(at)),
    )


_READERS: Final = {
    "payments": (_payment,),
    "payouts": (_payout,),
    "refunds": (_refund,),
    "disputes": (_disputed, _won),
}
