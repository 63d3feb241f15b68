"""PayPal's search of transactions: https://developer.paypal.com/docs/api/transaction-search/v1/.

31 days a call; a transaction may come into it three hours late (reporting_transactions_v1.json of
paypal-rest-api-specifications). A call for more than 10,000 is refused
(https://developer.paypal.com/api/transaction-search/v1/errors/resultset_too_large; the number by Airbyte's documents of
its connector), so its time is halved until it fits. What a transaction is, its code says:
https://developer.paypal.com/docs/transaction-search/transaction-event-codes. A claim's loss may be told as a refund, a
reversal or a chargeback, so all are one measure; what is only held for a claim is left out, as in the ledger.
"""

from typing import Any, Final
from urllib.parse import urlencode

from payment_webhooks.providers.balance_list import (
    CAPTURED,
    GIVEN_BACK,
    BalancePage,
    MoneyEntry,
    entries_of,
)
from payment_webhooks.providers.event_list import (
    ListAccess,
    Refused,
    Window,
    objects_in,
)
from payment_webhooks.providers.fields import identifier, mapping
from payment_webhooks.providers.paypal.amounts import resource_amount
from payment_webhooks.providers.paypal.rest_api import SOURCE, PayPalApi, url_of
from payment_webhooks.providers.rest_client import list_client
from payment_webhooks.timestamps import utc_timestamp

PATH: Final = "/v1/reporting/transactions"
MOST_OF_A_PAGE: Final = 500
_PAYMENT_CODES: Final = "T00"
# Reversal and refund; chargeback, its reversal, its reimbursement by PayPal, a representment's rejection, cancellation.
_GIVEN_BACK_CODES: Final = frozenset({"T1106", "T1107", "T1201", "T1202", "T1205", "T1207", "T1208"})
_NOT_DONE: Final = ("D", "P")  # denied, pending
_OF_A_TRANSACTION: Final = "TXN"
_TOO_MANY: Final = "RESULTSET_TOO_LARGE"


class PayPalBalance:
    """A BalanceList. A cursor is a part of the window, its first and last second, and a page of it."""

    measures = (CAPTURED, GIVEN_BACK)

    def __init__(self, access: ListAccess) -> None:
        url = url_of(access.credentials, access.mode)
        client = list_client(SOURCE, url, access.deadline)
        self._api = PayPalApi(access.credentials, access.mode, client=client)

    def page(self, window: Window, cursor: str | None) -> BalancePage:
        since, until, number = map(int, cursor.split("|")) if cursor else (*window, 1)
        part = Window(since, until)
        asked = {
            "start_date": utc_timestamp(part.since),
            "end_date": utc_timestamp(part.end),
            "fields": "transaction_info",
            "page_size": MOST_OF_A_PAGE,
            "page": number,
        }
        try:
            document = self._api.read(f"{PATH}?{urlencode(asked)}")
        except Refused as refused:
            # Of a part that was begun, entries would come twice.
            if refused.document.get("name") != _TOO_MANY or number > 1 or since == until:
                raise
            return BalancePage((), f"{since}|{(since + until) // 2}|1")
        if document is None:
            raise Refused(f"{SOURCE}_http_404")
        found, pages = objects_in(document, "transaction_details", SOURCE), document.get("total_pages")
        entries = entries_of(found, _entry)
        if found and isinstance(pages, int) and number < pages:
            return BalancePage(entries, f"{since}|{until}|{number + 1}")
        return BalancePage(entries, f"{until + 1}|{window.until}|1" if until < window.until else None)


def _entry(detail: dict[str, Any]) -> MoneyEntry | None:
    told = mapping(detail.get("transaction_info"), "transaction_info")
    if told.get("transaction_status") in _NOT_DONE:
        return None
    code = str(told.get("transaction_event_code"))
    money, text = resource_amount(told.get("transaction_amount"), signed=True)
    signed = -money.amount_minor if text.startswith("-") else money.amount_minor
    at = utc_timestamp(str(told.get("transaction_initiation_date")))
    if code.startswith(_PAYMENT_CODES) and signed > 0:  # what is sent has a minus
        payment = identifier(told.get("transaction_id"), "transaction_id")
        return MoneyEntry(CAPTURED, payment, signed, money.currency, at)
    if code in _GIVEN_BACK_CODES and told.get("paypal_reference_id_type") == _OF_A_TRANSACTION:
        payment = identifier(told.get("paypal_reference_id"), "transaction_id")
        return MoneyEntry(GIVEN_BACK, payment, -signed, money.currency, at)
    return MoneyEntry(code)
