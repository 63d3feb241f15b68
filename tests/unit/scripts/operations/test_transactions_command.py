"""What scripts/transactions.py makes of the API's answers, and how it signs."""

import re

import pytest

from scripts.command_line.aws_target import local_target
from scripts.command_line.errors import NotFound, Refused, RolledBack, ToolError, UsageError
from scripts.command_line.main import main
from scripts.operations.transactions.client import ApiAnswer, TransactionClient, key_in_path
from scripts.operations.transactions.command import checked

URL = "https://a1.execute-api.us-east-1.amazonaws.com/v1/transactions/stripe%3Api_1?history=true"


@pytest.mark.parametrize("status", [200, 202])
def test_a_success_is_its_document(status: int) -> None:
    assert checked(ApiAnswer(status, {}, {"status": "queued"})) == {"status": "queued"}


@pytest.mark.parametrize(
    ("answer", "kind", "exit_code"),
    [
        (ApiAnswer(400, {}, {"error": "invalid_request", "message": "id: of no form."}), UsageError, 2),
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
