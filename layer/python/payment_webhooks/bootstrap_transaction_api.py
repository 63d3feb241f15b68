"""Joins the parts of the transaction API from its environment, once for each container.

Apart from `bootstrap`, which the receiver starts with: none of this belongs to its cold start.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from payment_webhooks import contract
from payment_webhooks.analytics_reader import AnalyticsReader
from payment_webhooks.api_analytics import GET_ANALYTICS, AnalyticsAnswers
from payment_webhooks.api_answer import Handler
from payment_webhooks.api_transaction_operations import GET_TRANSACTION
from payment_webhooks.api_transactions import Transactions
from payment_webhooks.aws_api import DYNAMODB
from payment_webhooks.bootstrap import DYNAMODB_ATTEMPTS
from payment_webhooks.clients import json_api
from payment_webhooks.deadline import Deadline
from payment_webhooks.ledger_reader import LedgerReader


@cache
def deadline() -> Deadline:
    """That of the current invocation, which the handler starts."""
    return Deadline()


@cache
def cors_origin() -> str:
    return os.environ.get(contract.ENV_CORS_ORIGIN, "")


@cache
def transactions() -> Transactions:
    return make_transactions(os.environ, deadline())


def make_transactions(environment: Mapping[str, str], limit: Deadline) -> Transactions:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    dynamodb = json_api(DYNAMODB, limit, DYNAMODB_ATTEMPTS, environment)
    return Transactions(LedgerReader(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE]))


@cache
def analytics() -> AnalyticsAnswers:
    return make_analytics(os.environ, deadline())


def make_analytics(environment: Mapping[str, str], limit: Deadline) -> AnalyticsAnswers:
    """Raises KeyError for a missing setting. Connects to nothing yet."""
    dynamodb = json_api(DYNAMODB, limit, DYNAMODB_ATTEMPTS, environment)
    return AnalyticsAnswers(AnalyticsReader(dynamodb, environment[contract.ENV_ANALYTICS_TABLE]), time.time)


# What gives the handler of each operation, once it is called: its parts are imported and made only then.
HANDLER_MAKERS: Final[Mapping[str, Callable[[], Handler]]] = {
    GET_TRANSACTION: lambda: transactions().get,
    GET_ANALYTICS: lambda: analytics().get,
}


def handler_of(operation: str) -> Handler:
    return HANDLER_MAKERS[operation]()
