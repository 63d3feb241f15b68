"""The audit trail: a record for each change, without the payload, whatever the stream delivers."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks.audit.batch import write_batch
from payment_webhooks.audit.records import audit_record, distinct, unreadable_record
from payment_webhooks.aws.dynamodb_items import item_of
from payment_webhooks.aws.write_once_bucket import WriteOnceBucket
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import guard_item
from tests.support.library.audit_records import DONE, ITEM, NO_WATCH, PAYLOAD, FakeBucket, record


def written(record: Any) -> dict[str, Any]:
    found = audit_record(record)
    assert found is not None
    return found


def test_a_new_webhook_is_recorded_with_who_what_when_and_from_where() -> None:
    bucket = FakeBucket()
    assert write_batch([record()], bucket, NO_WATCH).answer == {"batchItemFailures": []}
    [document] = bucket.records
    assert list(document) == sorted(document)
    assert document == {
        "stream_event_id": "stream-event-1",
        "sequence_number": "10001",
        "change": "INSERT",
        "changed_at": "2025-10-09T08:53:20.250000Z",
        "changed_attributes": sorted(ITEM),
        "webhook_id": "stripe:evt_1",
        "webhook_timestamp": "2025-10-09T06:07:40.000000Z",
        "status_to": "received",
        "endpoint": "stripe",
        "provider": "stripe",
        "event_type": "payment_intent.succeeded",
        "received_at": "2025-10-09T06:07:41.000000Z",
        "payload_sha256": "ab" * 32,
        "size_bytes": 19,
        "verified_by": "key-1",
        "source_ip": "192.0.2.7",
        "trace_id": "Root=1",
        "attempts": 0,
    }


def test_each_step_of_a_webhook_is_kept_and_nothing_that_is_not_there() -> None:
    steps: dict[str, str | int | bool | bytes | None] = {
        "processed_at": "2025-10-09T06:07:42.000000Z",
        "transaction_id": "stripe:pi_1",
        "status_reason": "unknown_event_type",
        "last_error": "dynamodb_unavailable",
        "archived_in": "s3://archive/key",
        "decision": "discard",
        "decided_by": "arn:aws:iam::1:user/a",
        "decided_at": "2025-10-10T06:07:42.000000Z",
        "decision_note": "a test of the provider's",
        "decided_from": "192.0.2.8",
    }
    document = written(record("MODIFY", old=ITEM, new=ITEM | item_of(steps)))
    assert {name: document[name] for name in steps} == steps
    assert None not in document.values()


def test_a_change_says_from_which_status_to_which_and_what_changed() -> None:
    document = written(record("MODIFY", old=ITEM, new=DONE))
    assert (document["status_from"], document["status_to"]) == ("received", "processed")
    assert document["changed_attributes"] == ["attempts", "pending_shard", "processed_at", "status"]


def test_a_payload_that_was_changed_is_seen_but_not_shown() -> None:
    document = written(record("MODIFY", old=ITEM, new=ITEM | item_of({"payload": "tampered"})))
    assert document["changed_attributes"] == ["payload"]
    assert "tampered" not in json.dumps(document)


def test_a_removal_says_whose_it_was() -> None:
    removed = record("REMOVE", old=DONE)
    removed["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    document = written(removed)
    assert document["changed_by"] == "dynamodb.amazonaws.com"
    assert document["status_from"] == "processed"
    assert "status_to" not in document


@pytest.mark.parametrize("change", ["INSERT", "MODIFY", "REMOVE"])
def test_nothing_of_the_content_is_ever_written(change: str) -> None:
    content = json.dumps(written(record(change, old=None if change == "INSERT" else ITEM, new=DONE)))
    assert PAYLOAD not in content
    assert "cd" * 32 not in content


def test_guards_are_not_webhooks() -> None:
    bucket = FakeBucket()
    result = write_batch([record(new=guard_item("event", "evt_1", ITEM)), record()], bucket, NO_WATCH)
    assert (result.written, result.guards) == (1, 1)
    assert [each["webhook_id"] for each in bucket.records] == ["stripe:evt_1"]
    assert audit_record(record(new=guard_item("event", "evt_1", ITEM))) is None


def test_a_change_of_the_ledger_says_what_it_was_about_and_has_the_hashes_of_before_and_after() -> None:
    about: dict[str, str | int | bool | bytes | None] = {
        "endpoint": "stripe",
        "provider": "stripe",
        "event_id": "evt_1",
        "event_type": "charge.refunded",
        "object_kind": "refund",
        "object_id": "re_1",
        "occurred_at": "2025-10-09T06:07:40.000000Z",
        "recorded_at": "2025-10-09T06:07:42.000000Z",
        "amount_minor": 700,
        "amount_meaning": "refunded",
        "currency": "EUR",
        "confirmed": True,
        "alias_of": "stripe:pi_2",
    }
    keys = {"transaction_id": "stripe:pi_1", "timestamp": "payment"}
    rest = {"webhook_id": "stripe:evt_1", "customer": "cus_1"}
    old = item_of({**keys, **rest, "status": "a", "version": 1})
    new = item_of({**keys, **rest, "status": "b", "version": 2})
    change = {
        "ApproximateCreationDateTime": 0,
        "SequenceNumber": "7",
        "Keys": item_of(keys),
        "OldImage": old,
        "NewImage": new | item_of(about),
    }
    record_of_ledger = {"eventID": "e-1", "eventName": "MODIFY", "dynamodb": change}
    assert written(record_of_ledger) == {
        **about,
        "stream_event_id": "e-1",
        "sequence_number": "7",
        "change": "MODIFY",
        "changed_at": "1970-01-01T00:00:00.000000Z",
        "changed_attributes": sorted([*about, "status", "version"]),
        "transaction_id": "stripe:pi_1",
        "entry": "payment",
        "of_webhook": "stripe:evt_1",
        "status_from": "a",
        "status_to": "b",
        "version_from": 1,
        "version_to": 2,
        "sha256_from": "f66c3769d68a624603e31f91fff4eb7991cd0c6797bd83b4282a6d6d479e100e",
        "sha256_to": "e6d275e4aba234dd55ca988071fe68f15accbf7b70870598354169a01fd80fa8",
    }
    del change["NewImage"]
    assert written(record_of_ledger)["of_webhook"] == "stripe:evt_1"
    assert "sha256_to" not in written(record_of_ledger)


def test_records_are_in_the_order_of_the_stream_whatever_their_numbers_length() -> None:
    numbers = ("9", "10", "2", "")
    records = [{"stream_event_id": number, "sequence_number": number} for number in numbers]
    assert [each["stream_event_id"] for each in distinct([*records, {"stream_event_id": "none"}])] == [
        *("", "none", "2", "9", "10"),
    ]


class TestARecordThatCanNotBeRead:
    @given(
        st.recursive(
            st.none() | st.integers() | st.text() | st.floats(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_never_stops_the_batch(self, strange: Any) -> None:
        bucket = FakeBucket()
        result = write_batch([strange, record()], bucket, NO_WATCH)
        assert result.answer == {"batchItemFailures": []}
        assert (result.written, result.unreadable) == (2, 1)
        assert sum("error" in each for each in bucket.records) == 1

    @pytest.mark.parametrize(
        "damage",
        [
            {"eventID": None},
            {"eventID": "../../other"},
            {"eventName": "DROP"},
            {"dynamodb": None},
            {"dynamodb": {**record()["dynamodb"], "ApproximateCreationDateTime": 1e300}},
            {"dynamodb": {**record()["dynamodb"], "Keys": {"webhookId": {"S": "a", "N": "1"}}}},
            {"dynamodb": {"NewImage": ITEM}},
        ],
        ids=repr,
    )
    def test_is_written_by_what_identifies_it_without_its_values(self, damage: dict[str, Any]) -> None:
        bucket = FakeBucket()
        result = write_batch([record() | damage], bucket, NO_WATCH)
        assert (result.written, result.unreadable) == (1, 1)
        [(key, [document])] = bucket.objects.items()
        assert key.startswith("changes/date=1970-01-01/minute=0000/")
        assert document["fields"] == ["dynamodb", "eventID", "eventName"]
        assert PAYLOAD not in json.dumps(document)

    def test_is_told_apart_by_its_ids_as_far_as_they_are_text(self) -> None:
        strange = {"eventID": "x" * 300, "eventName": 5, "dynamodb": {"SequenceNumber": "7"}}
        assert unreadable_record(strange, ValueError()) == {
            "error": "ValueError",
            "stream_event_id": "x" * 256,
            "sequence_number": "7",
            "change": None,
            "fields": ["dynamodb", "eventID", "eventName"],
            "record_sha256": "ea681f7438a835a2b171067961c39888ea4783f966bf96db19ce4f569829e1c7",
        }
        assert unreadable_record("x", KeyError())["fields"] == []
        assert unreadable_record({"eventName": "DROP"}, KeyError())["change"] == "DROP"

    def test_is_delivered_again_when_the_bucket_fails_even_without_a_number(self) -> None:
        result = write_batch([{}], FakeBucket(out=True), NO_WATCH)
        assert result.answer == {"batchItemFailures": [{"itemIdentifier": ""}]}


class FakeS3:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[dict[str, Any]] = []

    def put_object(self, **request: Any) -> None:
        self.requests.append(request)
        if self.error is not None:
            raise self.error


class TestTheBucket:
    def test_an_object_is_written_once_and_never_replaced(self) -> None:
        s3 = FakeS3()
        WriteOnceBucket(s3, "audit", "audit_bucket_unavailable").add("key", b"{}")
        (request,) = s3.requests
        assert request["IfNoneMatch"] == "*"
        assert (request["Bucket"], request["Key"], request["Body"]) == ("audit", "key", b"{}")
        assert request["ContentType"] == "application/json"

    def test_what_is_compressed_says_so(self) -> None:
        s3 = FakeS3()
        WriteOnceBucket(s3, "audit", "audit_bucket_unavailable").add("changes/1.jsonl.gz", b"")
        assert s3.requests[0]["ContentType"] == "application/gzip"

    def test_one_that_is_there_already_is_good(self) -> None:
        s3 = FakeS3(ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject"))
        WriteOnceBucket(s3, "audit", "audit_bucket_unavailable").add("key", b"{}")
        assert len(s3.requests) == 1

    @pytest.mark.parametrize(
        "error",
        [
            ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject"),
            ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"),
            EndpointConnectionError(endpoint_url="https://s3"),
        ],
    )
    def test_anything_else_is_an_outage(self, error: Exception) -> None:
        with pytest.raises(Unavailable, match="audit_bucket_unavailable"):
            WriteOnceBucket(FakeS3(error), "audit", "audit_bucket_unavailable").add("key", b"{}")
