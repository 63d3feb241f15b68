"""The domain of each partition's services, for the region that a command works in."""

import boto3
import pytest

from scripts.command_line.aws_target import Target


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
