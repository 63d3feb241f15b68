"""Where a command works: region, account, and as whom."""

import boto3
import pytest
from botocore.config import Config

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
