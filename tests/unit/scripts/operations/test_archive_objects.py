"""A part in Glacier is cold, neither missing nor altered, and no other error is taken for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from payment_webhooks.ledger.archived_rows import ArchivedPart
from scripts.command_line.errors import ToolError
from scripts.operations.archive.objects import Checked, Verdict, archived_lines, check

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "transactions/date=2025-10-09/part-1.jsonl.gz"


def refusing(code: str) -> S3Client:
    """An S3 that refuses one GetObject of the part with `code`."""
    s3: S3Client = boto3.client("s3", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    stubber = Stubber(s3)
    stubber.add_client_error("get_object", code, expected_params={"Bucket": "archive", "Key": KEY})
    stubber.activate()
    return s3


@pytest.mark.parametrize(("code", "verdict"), [("InvalidObjectState", "cold"), ("NoSuchKey", "missing")])
def test_a_part_that_can_not_be_read_has_a_verdict(code: str, verdict: Verdict) -> None:
    assert check(refusing(code), "archive", {"key": KEY}) == Checked(KEY, verdict)


def part() -> ArchivedPart:
    return ArchivedPart(1, f"s3://archive/{KEY}", "f" * 64, "2025-10-09T00:12:03Z", 1)


def test_a_transaction_whose_part_is_cold_says_how_to_restore_it() -> None:
    with pytest.raises(ToolError, match="is in Glacier") as error:
        archived_lines(refusing("InvalidObjectState"), [part()], "stripe:pi_1")
    assert f"aws s3api restore-object --bucket archive --key {KEY}" in error.value.next_step


def test_what_may_not_be_read_is_neither_cold_nor_missing() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        check(refusing("AccessDenied"), "archive", {"key": KEY})
    with pytest.raises(ClientError, match="AccessDenied"):
        archived_lines(refusing("AccessDenied"), [part()], "stripe:pi_1")
