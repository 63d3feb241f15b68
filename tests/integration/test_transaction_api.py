"""The transaction API as deployed: signed requests in, states and errors out."""

import json
import re

import pytest

from operations.transaction_client import TransactionClient, key_in_path
from tests.support.system import System
from tests.support.transactions import client_of, paid


@pytest.fixture(scope="module")
def client(system: System) -> TransactionClient:
    return client_of(system)


def test_the_state_of_a_payment_and_its_events(system: System, client: TransactionClient) -> None:
    transaction_id = paid(system)
    path = f"/transactions/{key_in_path(transaction_id)}"
    answer = client.get(path)
    assert answer.status == 200
    state = answer.document
    assert (state["transaction_id"], state["status"], state["net_minor"]) == (
        transaction_id,
        "succeeded",
        12500,
    )
    assert (state["customer_id"], state["amounts"]["net"]) == ("internal:customer-9", "125.00")
    assert "history" not in state
    assert state["archived"] == []
    with_history = client.get(path, {"history": "true"}).document
    assert {name: value for name, value in with_history.items() if name != "history"} == state
    assert [(each["status"], each["amount"]) for each in with_history["history"]] == [("succeeded", "125.00")]


def test_what_the_ledger_does_not_know_is_404(client: TransactionClient) -> None:
    answer = client.get("/transactions/internal%3Anever-heard-of")
    assert answer.status == 404
    assert answer.document == {"error": "not_found", "message": "There is no such transaction."}


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/transactions/no-endpoint", "id: "),
        ("/transactions/internal%3Aorder%201", "id: "),
        ("/transactions/internal%3Aorder-1?history=yes", "history: true or false"),
        ("/transactions/internal%3Aorder-1?history=true&history=true", "history: only once"),
        ("/transactions/internal%3Aorder-1?verbose=1", "not known here; known: history"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(client: TransactionClient, path: str, wrong: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.document["error"]) == (400, "invalid_request")
    assert wrong in answer.document["message"]


def test_a_request_that_is_not_signed_is_refused_by_the_gateway(
    system: System, client: TransactionClient
) -> None:
    answer = system.get_from(client.url("/transactions/internal%3Aorder-1"))
    assert answer.status_code == 403
    assert answer.body["error"] == "refused"


def test_a_line_of_the_log_tells_each_answer_and_no_id_that_was_asked_for(
    system: System, client: TransactionClient
) -> None:
    client.get("/transactions/internal%3Anever-logged-1")
    logs = system.client("logs")
    events = logs.filter_log_events(logGroupName=system.names.function_log_group("transaction_api"))["events"]
    lines = [json.loads(each["message"]) for each in events if '"api request"' in each["message"]]
    assert {"operation", "outcome", "status_code", "duration_ms"} <= lines[-1].keys()
    assert not re.search("never-logged", json.dumps(events))
