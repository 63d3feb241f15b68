"""What a person may decide about a webhook, and what is kept of the decision."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from scripts.command_line.errors import NotFound, Refused, RolledBack, UsageError
from scripts.operations.inbox.decisions import (
    LONGEST_NOTE,
    BodyGone,
    Decision,
    accept,
    check_note,
    choose,
    discard,
    items_of,
    matching,
    payload_of,
)

TABLE = "table-payment-webhooks-dev"
DECISION = Decision("arn:aws:iam::111111111111:user/ann", "2026-11-21T09:30:00.000000Z", "ticket 4711")
ITEM = {
    "webhookId": "stripe:evt_1",
    "timestamp": "2026-11-21T09:00:00.000000Z#conflict#ab",
    "status": "conflict",
    "status_reason": "event_id_reused",
    "fingerprint": "0" * 7 + "5" + "f" * 56,
}
PROCESSED = {**ITEM, "status": "processed", "timestamp": "t-1"}
CONFLICTS = ({**ITEM, "timestamp": "t-2"}, {**ITEM, "timestamp": "t-3"})


@pytest.fixture
def dynamodb() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.mark.parametrize("note", ["", "  ", "a" * (LONGEST_NOTE + 1), "two\nlines", "tab\there"])
def test_a_note_is_one_line_of_bounded_length(note: str) -> None:
    with pytest.raises(UsageError):
        check_note(note)


@pytest.mark.parametrize("note", ["card 4242 4242 4242 4242 was charged", "pan 4242424242424242"])
def test_a_note_with_a_card_number_is_refused_without_repeating_it(note: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_note(note)
    assert "4242" not in f"{refused.value.message}{refused.value.next_step}"


def test_a_note_is_kept_without_blanks_around_it() -> None:
    assert check_note(" amount confirmed, ticket 4711 ") == "amount confirmed, ticket 4711"


class TestWhichItemIsMeant:
    def test_the_one_that_waits(self) -> None:
        assert choose([PROCESSED, ITEM], ["conflict"], None) is ITEM

    def test_of_several_the_one_with_the_timestamp(self) -> None:
        assert choose(CONFLICTS, ["conflict"], "t-3") is CONFLICTS[1]

    def test_several_without_a_timestamp_are_refused_and_named(self) -> None:
        with pytest.raises(UsageError) as refused:
            choose(CONFLICTS, ["conflict"], None)
        assert "has 2 items" in refused.value.message
        assert "wait" not in refused.value.message
        assert "--timestamp t-2 (conflict), or --timestamp t-3 (conflict)" in refused.value.next_step

    @pytest.mark.parametrize(("statuses", "timestamp"), [(["failed"], None), (["conflict"], "t-9")])
    def test_none_is_refused_and_what_is_there_is_said(self, statuses: list[str], timestamp: Any) -> None:
        with pytest.raises(NotFound) as refused:
            choose([PROCESSED, *CONFLICTS], statuses, timestamp)
        assert "t-1 processed" in refused.value.next_step

    def test_any_status_is_shown_where_none_is_asked_for(self) -> None:
        assert matching([PROCESSED, *CONFLICTS], [], None) == [PROCESSED, *CONFLICTS]
        with pytest.raises(NotFound, match="none of its items is of t-9"):
            matching([PROCESSED, *CONFLICTS], [], "t-9")

    def test_what_is_pending_is_said_to_come_by_itself(self) -> None:
        with pytest.raises(NotFound) as error:
            matching([{**ITEM, "status": "received"}], ["failed"], None)
        assert error.value.next_step.endswith("; what is received comes by itself")


def updated(dynamodb: Any, decide: Any, item: Any = ITEM, decision: Decision = DECISION) -> dict[str, Any]:
    """The one update that a decision makes."""
    asked: dict[str, Any] = {}
    dynamodb.meta.events.register("provide-client-params.*.*", lambda params, **_: asked.update(params))
    with Stubber(dynamodb) as stub:
        stub.add_response("update_item", {}, None)
        decide(dynamodb, TABLE, item, decision)
        stub.assert_no_pending_responses()
    return asked


def test_accepting_makes_it_pending_and_says_who_and_why(dynamodb: Any) -> None:
    asked = updated(dynamodb, accept)
    values = {name: next(iter(value.values())) for name, value in asked["ExpressionAttributeValues"].items()}
    assert values == {
        ":expected": "conflict",
        ":status": "received",
        ":pending_shard": "5",
        ":pending_since": DECISION.at,
        ":decision": "accept",
        ":decided_from": "conflict",
        ":decided_by": DECISION.by,
        ":decided_at": DECISION.at,
        ":decision_note": DECISION.note,
    }
    assert asked["ConditionExpression"] == "#status = :expected"
    removed = " REMOVE #status_reason, #attention_shard, #attention_since, #archive_shard, #decision_ticket"
    assert asked["UpdateExpression"].endswith(removed)


def test_what_is_processed_is_replayed_once_under_a_ticket_and_not_once_it_is_archived(dynamodb: Any) -> None:
    asked = updated(dynamodb, accept, PROCESSED, replace(DECISION, ticket="OPS-1"))
    values = asked["ExpressionAttributeValues"]
    assert (values[":status"], values[":expected"]) == ({"S": "received"}, {"S": "processed"})
    assert values[":decision_ticket"] == {"S": "OPS-1"}
    assert asked["ConditionExpression"] == (
        "#status = :expected AND attribute_not_exists(#archived_in)"
        " AND (attribute_not_exists(#decision_ticket) OR #decision_ticket <> :decision_ticket)"
    )
    assert asked["ExpressionAttributeNames"]["#archived_in"] == "archived_in"


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({"decision": "accept", "decided_from": "conflict"}, "conflict"),
        ({"decision": "accept", "decided_from": "failed"}, "processed"),
        ({"decision": "reconsider", "decided_from": "conflict"}, "processed"),
        ({}, "processed"),
    ],
)
def test_an_accepted_conflict_stays_one_whatever_comes_after(
    dynamodb: Any, before: dict[str, str], kept: str
) -> None:
    asked = updated(dynamodb, accept, {**PROCESSED, **before}, replace(DECISION, ticket="OPS-1"))
    assert asked["ExpressionAttributeValues"][":decided_from"] == {"S": kept}


@pytest.mark.parametrize("reason", ["masked_coarsely", "card_number_as_id"])
def test_what_is_masked_where_it_matters_is_never_applied(dynamodb: Any, reason: str) -> None:
    item = {**ITEM, "status": "quarantined", "status_reason": reason}
    with Stubber(dynamodb), pytest.raises(Refused, match="can't be applied"):
        accept(dynamodb, TABLE, item, DECISION)


def test_discarding_keeps_it_with_its_reason_and_says_who_and_why(dynamodb: Any) -> None:
    asked = updated(dynamodb, discard)
    values = {name: next(iter(value.values())) for name, value in asked["ExpressionAttributeValues"].items()}
    assert values[":status"] == "discarded"
    assert (values[":decision"], values[":decided_by"]) == ("discard", DECISION.by)
    removed = " REMOVE #pending_shard, #pending_since, #attention_shard, #attention_since, #decision_ticket"
    assert asked["UpdateExpression"].endswith(removed)
    assert values[":status_reason"] == "event_id_reused"
    assert values[":archive_shard"].startswith("2026-11-21#")


@pytest.mark.parametrize("decide", [accept, discard])
def test_what_somebody_else_decided_meanwhile_is_not_overruled(dynamodb: Any, decide: Any) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("update_item", "ConditionalCheckFailedException")
        with pytest.raises(RolledBack, match="not conflict any more"):
            decide(dynamodb, TABLE, ITEM, DECISION)


@pytest.mark.parametrize(("webhook_id", "step"), [("stripe:evt_none", "find"), ("canary:1", "trace")])
def test_a_webhook_that_never_came_is_not_found(dynamodb: Any, webhook_id: str, step: str) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_response("query", {"Items": []})
        with pytest.raises(NotFound) as missing:
            items_of(dynamodb, TABLE, webhook_id)
    assert f"{step}.py " in missing.value.next_step


class OneObject:
    """An S3 client that has one object."""

    exceptions = SimpleNamespace(NoSuchKey=KeyError)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        assert (Bucket, Key) == ("bucket", "payloads/a")
        return {"Body": self}

    def read(self) -> bytes:
        return b"long"


@pytest.mark.parametrize(
    ("item", "body"),
    [
        ({"payload": "é"}, "é".encode()),
        ({"payload": b"\xff"}, b"\xff"),
        ({"payload_key": "payloads/a"}, b"long"),
    ],
)
def test_the_stored_copy_is_in_the_item_or_in_the_bucket(item: dict[str, Any], body: bytes) -> None:
    s3: Any = OneObject()
    assert payload_of(s3, "bucket", item) == body


def test_a_body_that_is_gone_is_told_with_the_command_that_brings_it_back() -> None:
    s3: Any = boto3.client("s3", "eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    item = {"payload_key": "payloads/a", "received_at": "2026-11-20T08:00:00.000000Z"}
    with Stubber(s3) as stubber:
        stubber.add_client_error("get_object", "NoSuchKey")
        with pytest.raises(BodyGone) as gone:
            payload_of(s3, "bucket", item)
    assert gone.value.next_step.endswith(
        "restore.py objects --bucket payload --prefix payloads/a --since 2026-11-20"
    )
