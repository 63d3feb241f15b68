"""Wires the transaction API from its environment variables, once for each container.

What one operation alone needs is imported when the operation is first called.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from payment_webhooks import contract
from payment_webhooks.aws.clients import DYNAMODB_ATTEMPTS, SQS_ATTEMPTS, json_api
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
    return json_api(DYNAMODB, deadline(), DYNAMODB_ATTEMPTS, os.environ)


@cache
def transactions() -> TransactionAnswers:
    return TransactionAnswers(make_ledger(os.environ, dynamodb()))


@cache
def transaction_lists() -> "TransactionLists":
    return make_lists(os.environ, dynamodb(), deadline())


@cache
def notification_requests() -> "NotificationRequests":
    sqs = json_api(SQS, deadline(), SQS_ATTEMPTS, os.environ)
    return make_notification_requests(os.environ, dynamodb(), sqs)


@cache
def analytics() -> AnalyticsAnswers:
    return make_analytics(os.environ, dynamodb())


def make_ledger(environment: Mapping[str, str], dynamodb: Api) -> LedgerReader:
    """Raises KeyError for a missing setting, as the others do."""
    return LedgerReader(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE])


def make_lists(environment: Mapping[str, str], dynamodb: Api, limit: Deadline) -> "TransactionLists":
    from payment_webhooks.ledger.indexes import LedgerIndexes
    from payment_webhooks.transaction_api.list_transactions import TransactionLists

    indexes = LedgerIndexes(dynamodb, environment[contract.ENV_TRANSACTIONS_TABLE])
    return TransactionLists(indexes, make_ledger(environment, dynamodb), limit)


def make_notification_requests(
    environment: Mapping[str, str], dynamodb: Api, sqs: Api
) -> "NotificationRequests":
    from payment_webhooks.transaction_api.request_notification import NotificationRequests

    queue_url = environment[contract.ENV_NOTIFICATION_QUEUE_URL]
    return NotificationRequests(make_ledger(environment, dynamodb), sqs, queue_url)


def make_analytics(environment: Mapping[str, str], dynamodb: Api) -> AnalyticsAnswers:
    from payment_webhooks.analytics.reader import AnalyticsReader

    return AnalyticsAnswers(AnalyticsReader(dynamodb, environment[contract.ENV_ANALYTICS_TABLE]), time.time)


# Makes the handler of each operation when it is first called.
HANDLER_MAKERS: Final[Mapping[str, Callable[[], Handler]]] = {
    GET_TRANSACTION: lambda: transactions().get,
    GET_ANALYTICS: lambda: analytics().get,
    LIST_TRANSACTIONS: lambda: transaction_lists().list,
    NOTIFY: lambda: notification_requests().ask,
}


def handler_of(operation: str) -> Handler:
    return HANDLER_MAKERS[operation]()
