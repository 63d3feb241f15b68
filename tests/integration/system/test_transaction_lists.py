"""Lists, paging and requests for notifications, through the deployed API."""

import secrets
from typing import Any

import pytest

from scripts.operations.transactions.client import TransactionClient, key_in_path
from tests.support.library.transactions import client_of, paid
from tests.support.system.subscriptions import Subscription
from tests.support.system.system import System, wait_for

DAY = "2026-03-02"  # of these tests alone
DAYS = {"from": "2026-03-01", "to": "2026-03-03"}


@pytest.fixture(scope="module")
def client(system: System) -> TransactionClient:
    return client_of(system)


@pytest.fixture(scope="module")
def payments(system: System) -> dict[str, list[str]]:
    """Five that succeeded, of one customer; one of them refunded in part, and one that failed."""
    customer = f"customer-{secrets.token_hex(4)}"
    orders = [f"order-{secrets.token_hex(4)}" for _ in range(5)]
    for second, order in enumerate(orders):
        when = f"{DAY}T08:00:0{second}Z"
        paid(system, transaction_id=order, created_at=when, customer_id=customer)
    refund = {
        "type": "refund",
        "status": "succeeded",
        "amount_minor": 500,
        "object_id": "refund-1",
        "customer_id": customer,
    }
    paid(system, transaction_id=orders[0], created_at=f"{DAY}T09:00:00Z", **refund)
    failed = paid(system, created_at=f"{DAY}T10:00:00Z", status="failed", customer_id=customer)
    ids = [f"internal:{order}" for order in orders]
    return {"customer": [f"internal:{customer}"], "all": [*ids, failed], "refunded": ids[:1], "paid": ids[1:]}


def pages(client: TransactionClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get("/transactions", {**DAYS, **query, **cursor})
        assert answer.status == 200, answer.document
        found.append(answer.document)
        if answer.document["next_cursor"] is None:
            return found
        cursor = {"cursor": answer.document["next_cursor"]}


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["transaction_id"] for page in found for each in page["transactions"]]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_lists_by_status_are_of_what_is_so_now(
    client: TransactionClient, payments: dict[str, list[str]], limit: int
) -> None:
    # An index may be a moment behind.
    wait_for(
        lambda: set(ids(pages(client, status="succeeded"))), lambda found: set(payments["paid"]) <= found
    )
    found = ids(pages(client, status="succeeded", limit=limit))
    assert [each for each in found if each in payments["all"]] == payments["paid"][::-1]
    assert ids(pages(client, status="partially_refunded", limit=limit)) == payments["refunded"]
    assert ids(pages(client, status="disputed", limit=limit)) == []


def test_lists_by_customer_and_by_provider(client: TransactionClient, payments: dict[str, list[str]]) -> None:
    (customer,) = payments["customer"]
    assert sorted(ids(pages(client, customer_id=customer, limit=2))) == sorted(payments["all"])
    assert set(payments["all"]) <= set(ids(pages(client, provider="internal", limit=3)))
    assert ids(pages(client, provider="square")) == []


def test_a_cursor_of_another_query_or_a_mangled_one_is_refused(
    client: TransactionClient, payments: dict[str, list[str]]
) -> None:
    first = client.get("/transactions", {**DAYS, "provider": "internal", "limit": 2}).document
    cursor = first["next_cursor"]
    mangled = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for query in (
        {**DAYS, "provider": "stripe", "cursor": cursor},
        {**DAYS, "status": "succeeded", "cursor": cursor},
        {"provider": "internal", "cursor": cursor},
        {**DAYS, "provider": "internal", "cursor": mangled},
        {**DAYS, "provider": "internal", "cursor": "nonsense"},
    ):
        answer = client.get("/transactions", query)
        assert (answer.status, answer.document["error"]) == (400, "invalid_request")
        assert answer.document["message"].startswith("cursor: not one that this query was given.")
    # How many are wanted may change from page to page.
    assert (
        client.get("/transactions", {**DAYS, "provider": "internal", "limit": 3, "cursor": cursor}).status
        == 200
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Give one of customer_id, provider, status, and only one."),
        ({"status": "paid"}, "status: one of pending, "),
        ({"provider": "stripe", "from": "2026-01-01", "to": "2026-03-01"}, "at most 31 days"),
        ({"provider": "stripe", "limit": "0"}, "limit: a whole number from 1 to 100."),
        ({"provider": "stripe", "limit": "101"}, "limit: a whole number from 1 to 100."),
        ({"provider": "stripe", "to": "yesterday"}, "to: a day as YYYY-MM-DD, UTC."),
    ],
)
def test_a_list_that_cannot_be_made_is_told_why(
    client: TransactionClient, query: dict[str, str], message: str
) -> None:
    answer = client.get("/transactions", query)
    assert (answer.status, answer.document["error"]) == (400, "invalid_request")
    assert message in answer.document["message"]


def test_a_notification_that_is_asked_for_reaches_subscribers_once_for_each_request(
    system: System, client: TransactionClient
) -> None:
    told = Subscription(
        system,
        system.outputs["NotificationsTopicArn"],
        f"test-manual-{secrets.token_hex(4)}",
        {"notification_type": ["manual_notification"]},
    )
    transaction_id = paid(system, amount_minor=4200)
    path = f"/transactions/{key_in_path(transaction_id)}/notify"
    answers = [client.call("POST", path, body=b'{"request_id": "desk-1"}') for _ in range(2)]
    for answer in answers:
        assert answer.status == 202
        assert answer.document == {
            "transaction_id": transaction_id,
            "request_id": "desk-1",
            "status": "queued",
        }
    without = client.call("POST", path, body=b"{}")
    assert without.status == 202
    assert without.document["request_id"] not in ("", "desk-1")
    messages = told.wait_for(transaction_id, count=2)
    assert {each["payment"]["captured_minor"] for each in messages} == {4200}
    assert len({each["dedupe_id"] for each in messages}) == len(messages) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/transactions/internal%3Anever-heard-of/notify", b"{}", 404),
        ("/transactions/internal%3Aorder-1/notify", b'{"request": "x"}', 400),
        ("/transactions/internal%3Aorder-1/notify", b'{"request_id": "a b"}', 400),
        ("/transactions/internal%3Aorder-1/notify", b"{", 400),
        ("/transactions/internal%3Aorder-1/notify", b"", 400),
    ],
)
def test_a_notification_that_cannot_be_asked_for(
    client: TransactionClient, path: str, body: bytes, status: int
) -> None:
    answer = client.call("POST", path, body=body)
    assert answer.status == status
    assert answer.document.keys() == {"error", "message"}
