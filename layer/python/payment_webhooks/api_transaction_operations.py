"""The operations on transactions. `api_operations` has all of the API's."""

from typing import Final

from payment_webhooks.api_description import Operation, Parameter
from payment_webhooks.api_transaction_schemas import KEY_PATTERN

GET_TRANSACTION: Final = "getTransaction"

_ID: Final = Parameter(
    "id",
    "path",
    {"type": "string", "pattern": KEY_PATTERN},
    '"{endpoint}:{the provider\'s id}", percent-encoded, such as stripe%3Api_3SGev0001',
    "Id of a transaction",
    "stripe:pi_3SGev0001",
    required=True,
)

TRANSACTION_OPERATIONS: Final = (
    Operation(
        GET_TRANSACTION,
        "GET",
        "/transactions/{id}",
        "The state of one transaction",
        "What its events add up to, whatever order they came in; strongly consistent.",
        (
            _ID,
            Parameter(
                "history",
                "query",
                {"type": "boolean"},
                "true or false",
                "Whether to give the events, too",
                True,
            ),
        ),
        answer="Transaction",
        not_found="There is no such transaction",
    ),
)
