"""A client of boto3's called as the library calls a service: its refusals are the library's."""

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from payment_webhooks.aws.service_errors import TRANSACTION_CANCELED, ServiceError
from payment_webhooks.errors import Unavailable
from scripts.command_line.boto3_api import client_api
from scripts.command_line.command import Command
from scripts.command_line.environment import missing_is_not_deployed
from scripts.command_line.errors import NotDeployed
from scripts.command_line.main import run

CLIENT = boto3.client(
    "dynamodb", region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
)
READ = {"TableName": "t", "KeyConditionExpression": "#a = :a"}


def refusal(code: str, operation: str = "query") -> ServiceError:
    with Stubber(CLIENT) as stubber:
        stubber.add_client_error(operation, code, http_status_code=400)
        with pytest.raises(ServiceError) as raised:
            client_api(CLIENT)("Query", READ)
    return raised.value


def test_a_refusal_is_the_library_s_with_code_and_status() -> None:
    error = refusal("AccessDeniedException")
    assert (str(error), error.code, error.http_status) == (
        "dynamodb_AccessDeniedException",
        "AccessDeniedException",
        400,
    )
    assert not error.transient
    assert isinstance(error.__cause__, ClientError)


def test_a_conflict_of_transactions_is_contention() -> None:
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    with Stubber(CLIENT) as stubber:
        stubber.add_client_error(
            "transact_write_items", TRANSACTION_CANCELED, modeled_fields={"CancellationReasons": reasons}
        )
        with pytest.raises(ServiceError) as raised:
            client_api(CLIENT)("TransactWriteItems", {"TransactItems": [{}]})
    assert raised.value.is_contention


def test_a_table_that_is_not_there_is_an_environment_that_is_not_deployed() -> None:
    with pytest.raises(NotDeployed), missing_is_not_deployed("the table"):
        raise refusal("ResourceNotFoundException")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refusal("AccessDeniedException"), 3),
        (EndpointConnectionError(endpoint_url="http://x"), 4),
        (Unavailable("deadline_exceeded"), 4),
    ],
    ids=["refused", "unreachable", "no time"],
)
def test_a_command_ends_with_the_exit_code_of_its_reason(error: Exception, code: int) -> None:
    def fail() -> None:
        raise error

    assert run(Command("fail", callback=fail), "fail", []) == code
