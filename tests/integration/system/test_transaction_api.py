"""The transaction API as deployed: signed requests in, states and errors out."""

import json
import re
import secrets
from dataclasses import replace
from typing import Any

import boto3
import pytest

from scripts.operations.transactions.client import TransactionClient, key_in_path, transactions_url
from tests.support.library.transactions import client_of, paid
from tests.support.system.system import System


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


def test_a_caller_may_do_what_its_own_policy_says_and_no_more(
    system: System,
) -> None:
    api = system.outputs["TransactionsApiId"]
    account, region = system.target.account_id, system.region
    reads = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:{region}:{account}:{api}/v1/GET/transactions*",
    }
    reader, stranger = (
        as_user(system, name, policy) for name, policy in (("reader", reads), ("stranger", None))
    )
    transaction_id = paid(system)
    path = f"/transactions/{key_in_path(transaction_id)}"
    assert reader.get(path).status == 200
    for refused in (reader.call("POST", f"{path}/notify"), reader.get("/analytics"), stranger.get(path)):
        assert refused.status == 403
    # A key that is not the user's own signs for nobody.
    forged = as_user(system, "forger", reads, secret="x" * 40)
    assert forged.get(path).status == 403


def as_user(
    system: System, purpose: str, statement: dict[str, Any] | None, secret: str | None = None
) -> TransactionClient:
    """The API as a new IAM user with this one right, or none, that signs with its own key or with another."""
    iam, name = system.client("iam"), f"{purpose}-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    if statement is not None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="calls", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], secret or key["SecretAccessKey"], region_name=system.region)
    target = replace(system.target, session=session)
    return TransactionClient(target, transactions_url(system.target, system.names))


def test_a_line_of_the_log_tells_each_answer_and_no_id_that_was_asked_for(
    system: System, client: TransactionClient
) -> None:
    client.get("/transactions/internal%3Anever-logged-1")
    logs = system.client("logs")
    events = logs.filter_log_events(logGroupName=system.names.function_log_group("transaction_api"))["events"]
    lines = [json.loads(each["message"]) for each in events if '"api request"' in each["message"]]
    assert {"operation", "outcome", "status_code", "duration_ms"} <= lines[-1].keys()
    assert not re.search("never-logged", json.dumps(events))
