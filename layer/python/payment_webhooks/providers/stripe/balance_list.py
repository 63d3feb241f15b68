"""Stripe's balance transactions: https://docs.stripe.com/api/balance_transactions/list (the newest first).

What moved is told by the object that moved it, the expanded source: a charge, a refund (again with the other sign where
it failed) or a dispute (again where it is won): https://docs.stripe.com/reports/balance-transaction-types. Balances are
kept in the account's currencies; a payment in another one is told by its source.
"""

from typing import Any, Final
from urllib.parse import urlencode

from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.balance_list import (
    CAPTURED,
    DISPUTED,
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
from payment_webhooks.providers.fields import identifier, mapping_or_empty
from payment_webhooks.providers.rest_client import list_client
from payment_webhooks.providers.stripe.amounts import from_stripe
from payment_webhooks.providers.stripe.event_list import SOURCE, URL, headers_of
from payment_webhooks.providers.stripe.references import bare_id
from payment_webhooks.timestamps import utc_timestamp

_MEASURES: Final = {"charge": CAPTURED, "refund": REFUNDED, "dispute": DISPUTED}


class StripeBalance:
    """A BalanceList."""

    measures = (CAPTURED, REFUNDED, DISPUTED)

    def __init__(self, access: ListAccess) -> None:
        url = access.credentials.base_url or URL
        self._client = list_client(SOURCE, url, access.deadline)
        self._access = access
        self._headers: dict[str, str] = {}

    def page(self, window: Window, cursor: str | None) -> BalancePage:
        asked = {"created[gte]": window.since, "created[lt]": window.until + 1, "limit": PAGE_SIZE}
        after = {} if cursor is None else {"starting_after": cursor}
        query = urlencode({**asked, **after, "expand[]": "data.source"})
        self._headers = self._headers or headers_of(self._client, self._access)
        document = self._client.document("GET", f"/v1/balance_transactions?{query}", self._headers)
        found = objects_in(document, "data", SOURCE)
        last = found[-1].get("id") if found and document.get("has_more") is True else None
        if last is not None and (not isinstance(last, str) or last == cursor):
            raise Unavailable(f"{SOURCE}_answer_malformed")
        return BalancePage(entries_of(found, _entry), last)


def _entry(transaction: dict[str, Any]) -> MoneyEntry | None:
    source = mapping_or_empty(transaction.get("source"))
    measure = _MEASURES.get(str(source.get("object")))
    if measure is None:
        return MoneyEntry(str(transaction.get("type")))
    # A delayed method's charge is on the balance before it is paid, and leaves it again where it fails.
    if measure == CAPTURED and source.get("status") != "succeeded":
        return None
    amount = transaction.get("amount")
    is_credit = isinstance(amount, int) and amount > 0
    if transaction.get("currency") != source.get("currency"):
        amount = source.get("amount_captured", source.get("amount"))
    money = from_stripe(abs(amount) if isinstance(amount, int) else amount, source.get("currency"))
    payment = bare_id(source.get("payment_intent"))
    if payment is None:
        payment = source.get("id") if measure == CAPTURED else bare_id(source.get("charge"))
    return MoneyEntry(
        measure,
        identifier(payment, "transaction_id"),
        money.amount_minor if is_credit == (measure == CAPTURED) else -money.amount_minor,
        money.currency,
        utc_timestamp(transaction.get("created", "")),
    )
