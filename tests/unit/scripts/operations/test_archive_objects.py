"""A part in Glacier is cold, neither missing nor altered, and no other error is taken for that."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from payment_webhooks.archive.parts import Line, pack, sha256_of
from payment_webhooks.ledger.archived_rows import ArchivedPart
from scripts.command_line.errors import ToolError
from scripts.operations.archive.objects import Checked, Verdict, archived_lines, check, webhooks_in
from scripts.operations.cold_objects import InGlacier, request_restore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "transactions/date=2025-10-09/part-1.jsonl.gz"


def stubbed() -> tuple[S3Client, Stubber]:
    s3: S3Client = boto3.client("s3", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    stubber = Stubber(s3)
    stubber.activate()
    return s3, stubber


def refusing(code: str) -> S3Client:
    """An S3 that refuses one GetObject of the part with `code`."""
    s3, stubber = stubbed()
    stubber.add_client_error("get_object", code, expected_params={"Bucket": "archive", "Key": KEY})
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


def test_archived_webhooks_are_read_where_they_can_be_and_what_is_cold_is_told() -> None:
    stored = {"webhook_id": "stripe:evt_1", "webhook_timestamp": "2025-10-09", "payload": "{}"}
    content = pack([Line("x", stored), Line("y", {**stored, "webhook_id": "stripe:evt_2"})])
    s3, stubber = stubbed()
    stubber.add_response("get_object", {"Body": StreamingBody(io.BytesIO(content), len(content))})
    manifest = {"key": KEY, "sha256": sha256_of(content)}
    wanted, cold = webhooks_in(s3, "archive", [manifest], lambda item: item["webhookId"] == "stripe:evt_1")
    assert (cold, wanted) == (
        [],
        [
            {
                "webhookId": "stripe:evt_1",
                "timestamp": "2025-10-09",
                "payload": "{}",
                "archived_in": f"s3://archive/{KEY}",
            }
        ],
    )
    found, (cold_part,) = webhooks_in(refusing("InvalidObjectState"), "archive", [manifest], lambda _: True)
    assert (found, cold_part.key) == ([], KEY)
    stubber.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"other"), 5)})
    with pytest.raises(ToolError, match="is not what was archived"):
        webhooks_in(s3, "archive", [manifest], lambda _: True)


def test_a_cold_object_is_asked_for_once_and_for_a_week() -> None:
    s3, stubber = stubbed()
    request = {"Days": 7, "GlacierJobParameters": {"Tier": "Standard"}}
    stubber.add_response("restore_object", {}, {"Bucket": "archive", "Key": KEY, "RestoreRequest": request})
    assert request_restore(s3, InGlacier("archive", KEY)) == "it is asked for"
    stubber.add_client_error("restore_object", "RestoreAlreadyInProgress")
    assert request_restore(s3, InGlacier("archive", KEY)) == "it is being restored already"
    stubber.add_client_error("restore_object", "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        request_restore(s3, InGlacier("archive", KEY))


def test_what_may_not_be_read_is_neither_cold_nor_missing() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        check(refusing("AccessDenied"), "archive", {"key": KEY})
    with pytest.raises(ClientError, match="AccessDenied"):
        archived_lines(refusing("AccessDenied"), [part()], "stripe:pi_1")
