"""Where a command works: region, account, and as whom."""

import io
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError

from scripts.command_line.aws_target import Target, identity_of, local_target, region_of
from scripts.command_line.errors import RolledBack, UsageError


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_the_url_suffix_is_that_of_the_partition(region: str, suffix: str) -> None:
    session = boto3.Session(region_name=region)
    assert Target(session, region, None, "123456789012").url_suffix == suffix


def test_no_region_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(UsageError) as caught:
        region_of(boto3.Session(), None)
    assert "--region" in caught.value.next_step
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert region_of(boto3.Session(), None) == "eu-west-1"
    assert region_of(boto3.Session(), "eu-west-3") == "eu-west-3"
    with pytest.raises(UsageError, match="there is no region mars-1"):
        region_of(boto3.Session(), "mars-1")


def test_aws_that_is_not_there_is_no_question_of_credentials() -> None:
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",  # the discard service: nothing listens
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(RolledBack) as caught:
        identity_of(sts)
    assert "can't be reached" in caught.value.message


def test_a_person_sees_account_region_and_as_whom() -> None:
    session = boto3.Session(region_name="eu-west-1")
    target = Target(session, "eu-west-1", None, "123456789012", "arn:aws:iam::123456789012:user/ann")
    assert (
        target.describe() == "account 123456789012, region eu-west-1, as arn:aws:iam::123456789012:user/ann"
    )
    assert (
        local_target("http://127.0.0.1:1", "us-east-1").describe()
        == "the local engine at http://127.0.0.1:1, region us-east-1"
    )


def test_a_function_is_started_once_and_waited_for_as_long_as_it_may_run() -> None:
    config = local_target("http://127.0.0.1:9", "us-east-1").function_client().meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.read_timeout > 900
    assert config.tcp_keepalive


class Body(io.BytesIO):
    """The body of an answer, as urllib3 gives it."""

    def stream(self) -> "Body":
        return self


@pytest.mark.fact("O9007")
@pytest.mark.parametrize(
    ("statuses", "calls"),
    [([429, 200], 2), ([500, 200], 1), ([502, 200], 1)],  # the others may have started the function
)
def test_a_call_that_started_no_function_is_sent_again(statuses: list[int], calls: int) -> None:
    client = local_target("http://127.0.0.1:9", "us-east-1").function_client()
    answers = iter(statuses)

    def answer(**_: Any) -> AWSResponse:
        sent.append(AWSResponse("", next(answers), HTTPHeaders(), Body(b"{}")))
        return sent[-1]

    sent: list[AWSResponse] = []
    client.meta.events.register("before-send.lambda.Invoke", answer)
    with pytest.raises(ClientError) if calls == 1 else nullcontext():
        client.invoke(FunctionName="f")
    assert len(sent) == calls
