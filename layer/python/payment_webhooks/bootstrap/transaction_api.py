"""Wires the transaction API from its environment variables, once for each container.

What one operation alone needs is imported when the operation is first called.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from payment_webhooks import contract
from payment_webhooks.aws.clients import json_api
from payment_webhooks.aws.json_client import DYNAMODB, SQS, Api
from payment_webhooks.deadline import Deadline
from payment_webhooks.ledger.reader import LedgerReader
from payment_webhooks.transaction_api.answer import Handler
from payment_webhooks.transaction_api.get_analytics import GET_ANALYTICS, AnalyticsAnswers
from payment_webhooks.transaction_api.get_transaction import TransactionAnswers
from payment_webhooks.transaction_api.transaction_operations import GET_TRANSACTION, LIST_TRANSACTIONS, NOTIFY

if TYPE_CHECKING:
    from payment_webhooks.transaction_api.list_transactions import TransactionLists
    from payment_webhooks.transaction_api.request_notification import NotificationRequests

# Before payments are asked for again that a throttled table has left out of its answer.
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0


@cache
def deadline() -> Deadline:
    """That of the current invocation, which the handler starts."""
    return Deadline()


@cache
def cors_origin() -> str:
    return os.environ.get(contract.ENV_CORS_ORIGIN, "")


@cache
def dynamodb() -> Api:
    """One connection for all operations."""
    return json_api(DYNAMODB, deadline(), os.environ)


@cache
def ledger() -> LedgerReader:
    return LedgerReader(dynamodb(), os.environ[contract.ENV_TRANSACTIONS_TABLE])


@cache
def transaction_lists() -> "TransactionLists":
    from payment_webhooks.ledger.indexes import LedgerIndexes
    from payment_webhooks.transaction_api.list_transactions import TransactionLists

    def pause(attempts: int) -> None:
        deadline().pause(attempts, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    indexes = LedgerIndexes(dynamodb(), os.environ[contract.ENV_TRANSACTIONS_TABLE], pause)
    return TransactionLists(indexes, deadline())


@cache
def notification_requests() -> "NotificationRequests":
    from payment_webhooks.transaction_api.request_notification import NotificationRequests

    sqs = json_api(SQS, deadline(), os.environ)
    return NotificationRequests(ledger(), sqs, os.environ[contract.ENV_NOTIFICATION_QUEUE_URL])


@cache
def analytics() -> AnalyticsAnswers:
    from payment_webhooks.analytics.reader import AnalyticsReader

    reader = AnalyticsReader(dynamodb(), os.environ[contract.ENV_ANALYTICS_TABLE])
    return AnalyticsAnswers(reader, time.time)


# Makes the handler of each operation when it is called. Raises KeyError for a missing setting.
HANDLER_MAKERS: Final[Mapping[str, Callable[[], Handler]]] = {
    GET_TRANSACTION: lambda: TransactionAnswers(ledger()).get,
    GET_ANALYTICS: lambda: analytics().get,
    LIST_TRANSACTIONS: lambda: transaction_lists().list,
    NOTIFY: lambda: notification_requests().ask,
}


def handler_of(operation: str) -> Handler:
    return HANDLER_MAKERS[operation]()
