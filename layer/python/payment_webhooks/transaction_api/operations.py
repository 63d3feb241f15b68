"""The operations of the transaction API: the one description of them.

From it come API Gateway's paths, methods, models and validators (stacks/api/transaction_api.py), the OpenAPI document
(output/transactions.openapi.json) and what the function accepts (request.py). So the three can't differ.

To add an operation:

1. describe it as an `Operation`, in a module of its own beside `transaction_operations.py`, with its schemas;
2. add it to OPERATIONS, and its schemas to SCHEMAS, here;
3. add what makes its handler to HANDLER_MAKERS in `bootstrap/transaction_api.py`;
4. give the function what the handler reads (stacks/compute/functions/transaction_api.py), and run build_template.py.
"""

from collections.abc import Mapping
from typing import Final

from payment_webhooks.transaction_api.description import Operation, Schema
from payment_webhooks.transaction_api.get_analytics import ANALYTICS_OPERATIONS, ANALYTICS_SCHEMAS
from payment_webhooks.transaction_api.schemas import TRANSACTION_SCHEMAS
from payment_webhooks.transaction_api.transaction_operations import TRANSACTION_OPERATIONS

OPERATIONS: Final[tuple[Operation, ...]] = (*TRANSACTION_OPERATIONS, *ANALYTICS_OPERATIONS)
SCHEMAS: Final[Mapping[str, Schema]] = {**TRANSACTION_SCHEMAS, **ANALYTICS_SCHEMAS}
