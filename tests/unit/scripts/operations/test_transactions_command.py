"""What scripts/transactions.py makes of the API's answers, and how it signs."""

import re
from typing import Any

import click
import pytest

from payment_webhooks.transaction_api.get_transaction import NO_PAYMENT
from payment_webhooks.transaction_api.views import state_view
from scripts.command_line.aws_target import local_target
from scripts.command_line.errors import NotFound, Refused, RolledBack, ToolError
from scripts.command_line.main import main
from scripts.operations.transactions.client import ApiAnswer, TransactionClient, key_in_path
from scripts.operations.transactions.command import checked, read_list
from scripts.operations.transactions.tables import print_list
from tests.support.library.ledger import payment_event, payment_of, rows_of

URL = "https://a1.execute-api.us-east-1.amazonaws.com/v1/transactions/stripe%3Api_1?history=true"


@pytest.mark.parametrize("status", [200, 202])
def test_a_success_is_its_document(status: int) -> None:
    assert checked(ApiAnswer(status, {}, {"status": "queued"})) == {"status": "queued"}


@pytest.mark.parametrize(
    ("answer", "kind", "exit_code"),
    [
        (ApiAnswer(404, {}, {"error": "not_found", "message": "There is none."}), NotFound, 1),
        (ApiAnswer(403, {}, {"error": "refused", "message": "The request was refused."}), Refused, 3),
        (ApiAnswer(429, {}, {"error": "too_many_requests", "message": "Too many."}), RolledBack, 4),
        (ApiAnswer(503, {}, {"error": "unavailable", "message": "Not now."}), RolledBack, 4),
        (ApiAnswer(502, {}, "<html>"), RolledBack, 4),
        (ApiAnswer(200, {}, "<html>"), RolledBack, 4),
    ],
)
def test_every_other_answer_is_an_error_with_its_exit_code(
    answer: ApiAnswer, kind: type[ToolError], exit_code: int
) -> None:
    with pytest.raises(kind) as raised:
        checked(answer)
    assert raised.value.exit_code == exit_code
    said = answer.document["message"] if isinstance(answer.document, dict) else str(answer.status)
    assert said in raised.value.message


def test_a_request_that_the_api_does_not_understand_is_wrong_usage() -> None:
    with pytest.raises(click.UsageError, match="id: of no form"):
        checked(ApiAnswer(400, {}, {"error": "invalid_request", "message": "id: of no form."}))


def test_who_asks_for_a_payout_as_a_payment_is_sent_to_the_list_of_payouts() -> None:
    with pytest.raises(NotFound) as raised:
        checked(ApiAnswer(404, {}, {"error": "not_found", "message": NO_PAYMENT}))
    assert "transactions.py payouts" in str(raised.value.next_step)


def test_an_id_is_one_part_of_the_path() -> None:
    assert key_in_path("stripe:pi/1 ?") == "stripe%3Api%2F1%20%3F"


def test_a_request_is_signed_for_the_api_and_what_is_signed_decides_the_signature() -> None:
    client = TransactionClient(local_target("http://127.0.0.1:1", "eu-west-1"), "http://127.0.0.1:1")
    signed = client.signature("GET", URL, {"User-Agent": "x"}, b"")
    assert re.search(r"Credential=test/\d{8}/eu-west-1/execute-api/aws4_request", signed["Authorization"])
    assert "User-Agent" not in signed
    other = client.signature("GET", URL.replace("pi_1", "pi_2"), {"User-Agent": "x"}, b"")
    assert signed["Authorization"].rpartition("=")[2] != other["Authorization"].rpartition("=")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--suffix", "dev"],
        ["list", "--suffix", "dev", "--status", "failed", "--provider", "stripe"],
        ["list", "--suffix", "dev", "--status", "paid"],
        ["show", "--suffix", "dev"],
        ["payouts", "--suffix", "dev", "--from", "2020-01-01"],
        ["payouts", "--suffix", "dev", "--from", "2026-01-01", "--to", "2026-02-01"],
        ["payouts", "--suffix", "dev", "--from", "2026-01-02", "--to", "2026-01-01"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_called(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("transactions", arguments) == 2
    told = capsys.readouterr()
    assert "next: python scripts/transactions.py" in told.err
    assert told.out == ""


@pytest.mark.parametrize("action", ["show", "notify"])
@pytest.mark.parametrize("identifier", ["", "pi_1", "stripe%3Api_1", "stripe:a/b", "stripe:a b", "stripe:"])
def test_what_can_be_no_id_is_told_before_anything_is_called(
    action: str, identifier: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty one would call the list, one with a slash a path that there is not."""
    assert main("transactions", [action, "--suffix", "dev", identifier]) == 2
    told = capsys.readouterr().err
    assert f"{identifier!r} is no id of a transaction" in told
    assert "such as stripe:pi_3SGev0001" in told


def pages_of(*flags: str) -> tuple[Any, list[dict[str, Any]]]:
    """A list of transactions with these flags ("" for none), two a page; and what it was asked."""
    asked: list[dict[str, Any]] = []

    def get(page: dict[str, Any]) -> dict[str, Any]:
        asked.append(page)
        first = int(page.get("cursor", "0"))
        last = first + min(2, page["limit"])
        shown = [{"number": n, "flags": [flags[n]] if flags[n] else []} for n in range(len(flags))]
        return {"transactions": shown[first:last], "next_cursor": str(last) if last < len(flags) else None}

    return get, asked


@pytest.mark.parametrize(
    ("limit", "flagged", "numbers", "complete"),
    [
        (50, False, [0, 1, 2, 3, 4], True),
        (5, False, [0, 1, 2, 3, 4], True),
        (3, False, [0, 1, 2], False),
        (50, True, [1, 4], True),
        (1, True, [1], False),
    ],
)
def test_a_list_is_read_to_its_end_or_to_the_limit(
    limit: int, flagged: bool, numbers: list[int], complete: bool
) -> None:
    get, asked = pages_of("", "exceeds_captured", "", "", "captured_unknown")
    found = read_list(get, limit, flagged)
    assert ([each["number"] for each in found["transactions"]], found["complete"]) == (numbers, complete)
    assert [each.get("cursor") for each in asked] == [None, "2", "4"][: len(asked)]


@pytest.mark.parametrize(
    ("status", "day"), [("succeeded", "2025-11-19"), ("disputed", "2025-11-20"), (None, "2025-11-18")]
)
def test_a_list_has_its_days_and_fits_a_terminal(
    status: str | None, day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dispute = {"dispute_status": "disputed", "dispute_since": "2025-11-20T08:00:00.000000Z"}
    payment = payment_of(rows_of(payment_event("succeeded", 123_456_00)))._replace(
        transaction_id="stripe:pi_3MtwBwLkdIwHu7ix28a3tqPa",
        began_at="2025-11-18T08:00:00.000000Z",
        status_since="2025-11-19T08:00:00.000000Z",
    )
    print_list([{**state_view(payment), **(dispute if status == "disputed" else {})}], status)
    shown = capsys.readouterr().out
    assert f"│ {day} │ stripe:pi_3MtwBwLkdIwHu7ix28a3tqPa │ succeeded" in shown
    assert "123,456.00 USD │" in shown
    assert "(test)" not in shown
    if status != "disputed":  # else the status is broken over two lines there
        assert max(map(len, shown.splitlines())) <= 80


def test_money_of_a_test_is_told_from_live_money(capsys: pytest.CaptureFixture[str]) -> None:
    payment = payment_of(rows_of(payment_event("succeeded", 500)))
    state = payment.state._replace(livemode=False)
    print_list([state_view(payment._replace(state=state))], "succeeded")
    assert "│ succeeded (test) │" in capsys.readouterr().out
