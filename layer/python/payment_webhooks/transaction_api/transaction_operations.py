"""The operations on transactions. operations.py has all of the API's."""

from typing import Final

from payment_webhooks.aws.dynamodb_table import MOST_KEYS
from payment_webhooks.providers.registry import PROVIDERS
from payment_webhooks.transaction_api.description import Operation, Parameter
from payment_webhooks.transaction_api.schemas import (
    CURSOR_PATTERN,
    KEY_PATTERN,
    STATUSES,
)

GET_TRANSACTION: Final = "getTransaction"
LIST_TRANSACTIONS: Final = "listTransactions"
NOTIFY: Final = "requestNotification"

MAX_LIMIT: Final = MOST_KEYS  # the payments of a page are read in one call
DEFAULT_LIMIT: Final = 20
MAX_DAYS: Final = 31
DEFAULT_DAYS: Final = 7
UNKNOWN_TRANSACTION: Final = "There is no such transaction"
_DAY: Final = {"type": "string", "format": "date"}
_DAY_FORM: Final = "a day as YYYY-MM-DD, UTC"

_ID: Final = Parameter(
    "id",
    "path",
    {"type": "string", "pattern": KEY_PATTERN},
    '"{endpoint}:{the provider\'s id}", percent-encoded, such as stripe%3Api_3SGev0001',
    "Id of a transaction",
    "stripe:pi_3SGev0001",
    required=True,
)
_HISTORY: Final = Parameter(
    "history", "query", {"type": "boolean"}, "true or false", "Whether to give the events, too", True
)
_LIST_PARAMETERS: Final = (
    Parameter(
        "status",
        "query",
        {"type": "string", "enum": list(STATUSES)},
        f"one of {', '.join(STATUSES)}",
        "Transactions that have this status, or whose disputes have it; unknown: the payment itself was never told",
        "succeeded",
    ),
    Parameter(
        "provider",
        "query",
        {"type": "string", "enum": list(PROVIDERS.names)},
        f"one of {', '.join(PROVIDERS.names)}",
        "Transactions of this provider",
        PROVIDERS.names[0],
    ),
    Parameter(
        "customer_id",
        "query",
        {"type": "string", "pattern": KEY_PATTERN},
        '"{endpoint}:{the provider\'s id}", such as stripe:cus_1',
        "Transactions of this customer",
        "stripe:cus_1",
    ),
    Parameter(
        "from",
        "query",
        _DAY,
        _DAY_FORM,
        f"First day; {DEFAULT_DAYS - 1} days before the last one without it",
        "2026-11-15",
    ),
    Parameter(
        "to",
        "query",
        _DAY,
        _DAY_FORM,
        f"Last day, included; today without it. At most {MAX_DAYS} days in all",
        "2026-11-21",
    ),
    Parameter(
        "limit",
        "query",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        f"a whole number from 1 to {MAX_LIMIT}",
        f"Most in one page; {DEFAULT_LIMIT} without it",
        DEFAULT_LIMIT,
    ),
    Parameter(
        "cursor",
        "query",
        {"type": "string", "pattern": CURSOR_PATTERN},
        "the next_cursor of the page before, with the same query",
        "Where the page begins",
        "Y3Vyc29y",
    ),
)

TRANSACTION_OPERATIONS: Final = (
    Operation(
        LIST_TRANSACTIONS,
        "GET",
        "/transactions",
        "Transactions by status, provider or customer",
        "One of the three, and only one; newest first: by `status_since` or `dispute_since`, else by `began_at`. Each "
        "payment once, as it is now, and archived ones, too. Which payments there are follows the ledger within about "
        "a second; their states are strongly consistent, and those that have moved on are left out. A page may hold "
        "less than `limit`, or nothing, and still have a `next_cursor`: only null ends the list.",
        _LIST_PARAMETERS,
        answer="TransactionList",
    ),
    Operation(
        GET_TRANSACTION,
        "GET",
        "/transactions/{id}",
        "The state of one transaction",
        "What its events add up to, whatever order they came in; strongly consistent. Any id that the provider has "
        "for it, such as that of a PayPal capture, finds it: `transaction_id` in the answer is its own. With "
        "`history=true` `objects` has all of its refunds and disputes.",
        (_ID, _HISTORY),
        answer="Transaction",
        not_found=UNKNOWN_TRANSACTION,
    ),
    Operation(
        NOTIFY,
        "POST",
        "/transactions/{id}/notify",
        "Tell subscribers the state of a transaction again",
        "Puts a manual notification on its queue. Subscribers are told once for each `request_id`, so a request that "
        "was not answered may be repeated with the id that it had.",
        (_ID,),
        answer="NotificationAccepted",
        status=202,
        body="NotificationRequest",
        not_found=UNKNOWN_TRANSACTION,
    ),
)
