"""Webhooks that were ignored, counted by type from the logs."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from payment_webhooks import contract
from scripts.command_line.errors import ToolError
from scripts.operations.inbox.ignored import count_ignored, missed
from stacks.monitoring.saved_queries import IGNORED

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
GROUPS = ["/aws/lambda/lambda-webhook-receiver-dev", "/aws/lambda/lambda-payment-processor-dev"]
ASKED = {
    "logGroupNames": GROUPS,
    "startTime": 1793491200,
    "endTime": 1794096000,
    "queryString": IGNORED.query,
}


@pytest.fixture
def logs() -> Any:
    return boto3.client("logs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def row(**fields: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in fields.items()]


def test_each_type_is_counted_with_what_is_not_known_for_it(logs: Any) -> None:
    results = [
        row(endpoint="stripe", reason="type", event_type="customer.subscription.deleted", webhooks="12"),
        row(endpoint="square", reason="environment", event_type="payment.updated", webhooks="3"),
    ]
    pauses = []
    with Stubber(logs) as stub:
        stub.add_response("start_query", {"queryId": "q-1"}, ASKED)
        stub.add_response("get_query_results", {"status": "Running", "results": []}, {"queryId": "q-1"})
        stub.add_response("get_query_results", {"status": "Complete", "results": results}, {"queryId": "q-1"})
        counts = count_ignored(logs, GROUPS, START, END, lambda: pauses.append(1))
    assert [[*count.values()] for count in counts] == [
        [
            "stripe",
            "type",
            "customer.subscription.deleted",
            12,
            missed("stripe", "customer.subscription.updated"),
        ],
        ["square", "environment", "payment.updated", 3, None],
    ]
    assert "past due" in counts[0]["missed"]
    assert len(pauses) == 1


def test_a_query_that_fails_is_no_empty_answer(logs: Any) -> None:
    with Stubber(logs) as stub:
        stub.add_response("start_query", {"queryId": "q-1"}, ASKED)
        stub.add_response("get_query_results", {"status": "Timeout", "results": []}, {"queryId": "q-1"})
        with pytest.raises(ToolError, match="Timeout"):
            count_ignored(logs, GROUPS, START, END)


def test_the_canarys_are_ignored_by_design_and_not_counted() -> None:
    """No manual of a provider knows its type, either."""
    assert IGNORED.query.startswith(f'filter endpoint != "{contract.CANARY}" and ')
