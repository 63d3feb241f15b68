"""Errors of AWS that no step expected: an exit code and a next step for each."""

from botocore.exceptions import ClientError, EndpointConnectionError

from scripts.command_line.aws_errors import explain


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "CreateChangeSet")


def test_errors_of_aws_have_an_exit_code_and_a_next_step() -> None:
    unreachable = EndpointConnectionError(endpoint_url="http://x")
    explained = [explain(error(code)) for code in ("ExpiredToken", "AccessDenied", "Throttling")]
    explained.append(explain(unreachable))
    assert [error.exit_code for error in explained] == [2, 3, 4, 4]
    assert all(error.next_step for error in explained)
