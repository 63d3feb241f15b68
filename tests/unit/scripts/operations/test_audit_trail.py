"""The audit records of a webhook are looked for where its inbox items say that it changed."""

import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.operations.trace.audit_trail import Window, audit_records, put_back, windows_of
from scripts.operations.trace.facts import LogLine, Trace, with_put_back
from stacks.names import Names

INBOX = [{"received_at": "2025-10-09T08:53:20.000000Z", "processed_at": "2025-10-09T08:53:21.000000Z"}]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-10-09T{text}").replace(tzinfo=UTC)


def test_times_close_together_are_one_window() -> None:
    items = [
        {
            "timestamp": "2025-10-01T00:00:00.000000Z",
            "received_at": "2025-10-09T08:53:20.000000Z",
            "processed_at": "2025-10-09T09:08:20.000000Z",
        }
    ]
    assert windows_of(items) == [Window(at("08:53:15"), at("09:08:35"))]


def test_a_decision_hours_later_is_a_window_of_its_own() -> None:
    items = [
        {"received_at": "2025-10-09T08:53:20.000000Z", "processed_at": "2025-10-09T08:53:21.000000Z"},
        {"received_at": "2025-10-09T08:53:22.000000Z", "decided_at": "2025-10-09T23:59:50.000000Z"},
    ]
    assert windows_of(items) == [
        Window(at("08:53:15"), at("08:53:37")),
        Window(at("23:59:45"), datetime(2025, 10, 10, 0, 0, 5, tzinfo=UTC)),
    ]


def test_an_archived_item_was_marked_when_its_part_was_opened() -> None:
    part = "webhooks/date=2025-10-09/provider=stripe/part-20251009T001203-00000017.jsonl.gz"
    window = Window(at("00:11:58"), at("00:12:18"))
    assert windows_of([{"archived_in": f"s3://s3-archive/{part}"}]) == [window]


@pytest.mark.parametrize("value", [None, 3, "2025-10-09", "soon", ""])
def test_what_is_no_time_is_none(value: object) -> None:
    assert windows_of([{"received_at": value}]) == []


def key(name: str, seconds: str = "085320-085321") -> str:
    return f"changes/date=2025-10-09/minute={seconds[:4]}/{seconds}-{name * 64}.jsonl.gz"


def content(*events: str, webhook_id: str = "stripe:evt_1") -> bytes:
    lines = [
        json.dumps({"webhook_id": webhook_id, "stream_event_id": event, "sequence_number": event})
        for event in events
    ]
    return gzip.compress("\n".join(lines).encode())


class FakeS3:
    """Objects by key; an error in the place of content is raised when it is read."""

    def __init__(self, objects: dict[str, bytes | str]) -> None:
        self.objects = objects
        self.read: set[str] = set()

    def get_paginator(self, _operation: str) -> "FakeS3":
        return self

    def paginate(self, **request: str) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": name} for name in self.objects if name.startswith(request["Prefix"])]}

    def get_object(self, **request: str) -> dict[str, Any]:
        self.read.add(request["Key"])
        found = self.objects[request["Key"]]
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found}}, "GetObject")
        return {"Body": io.BytesIO(found)}


def found(s3: Any) -> list[dict[str, Any]]:
    return audit_records(s3, "s3-audit-dev", "stripe:evt_1", INBOX)


def test_the_webhooks_records_are_told_once_in_the_order_of_the_stream() -> None:
    s3 = FakeS3(
        {key("a"): content("10", "9"), key("b"): content("9"), key("c"): content("8", webhook_id="other")}
    )
    assert [record["stream_event_id"] for record in found(s3)] == ["9", "10"]


def test_only_objects_of_these_seconds_are_read() -> None:
    others = {key("b", "085340-085359"): content("2"), key("c", "085200-085210"): content("3")}
    s3 = FakeS3({key("a"): content("1"), **others, key("d", "085300-085359"): content("4")})
    assert [record["stream_event_id"] for record in found(s3)] == ["1", "4"]
    assert s3.read == {key("a"), key("d", "085300-085359")}


def test_an_object_in_glacier_is_said_to_be_cold_with_the_command_that_restores_it() -> None:
    s3 = FakeS3({key("a"): content("1"), key("b"): "InvalidObjectState"})
    command = f"aws s3api restore-object --bucket s3-audit-dev --key {key('b')} --restore-request Days=7"
    cold, at_hand = found(s3)
    assert cold == {"key": key("b"), "unread": "is in Glacier", "next_step": command}
    assert at_hand["stream_event_id"] == "1"


def test_another_refusal_of_s3_is_an_error() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        found(FakeS3({key("a"): "AccessDenied"}))


@pytest.mark.parametrize("byte", [0, 12, 40, -1])
def test_an_object_whose_bytes_were_changed_is_told_and_the_others_are_read(byte: int) -> None:
    damaged = bytearray(content("1"))
    damaged[byte] ^= 0x55
    unread, at_hand = found(FakeS3({key("a"): content("2"), key("b"): bytes(damaged)}))
    assert (unread["key"], unread["unread"]) == (key("b"), "is damaged")
    assert unread["next_step"].endswith("audit.py verify")
    assert at_hand["stream_event_id"] == "2"


def test_what_came_into_the_ledger_again_after_it_was_removed_is_found() -> None:
    removed = {
        "transaction_id": "stripe:pi_1",
        "entry": "payment",
        "changed_at": "2025-10-09T08:53:20.000000Z",
    }

    def change(event: str, **values: str) -> bytes:
        record = {**removed, "change": "INSERT", "stream_event_id": event, "sequence_number": event, **values}
        return gzip.compress(json.dumps(record).encode())

    s3: Any = FakeS3(
        {
            key("a"): change("1", change="REMOVE"),
            key("b", "090700-090700"): change("2"),
            key("c", "090700-090701"): change("3", entry="event#evt_2"),
            key("d", "091000-091000"): change("4"),
        }
    )
    assert [record["stream_event_id"] for record in put_back(s3, "s3-audit-dev", [removed])] == ["2"]
    assert put_back(s3, "s3-audit-dev", []) == []
    line = LogLine(removed["changed_at"], {**removed, "outcome": "tampered", "tampering": "head_removed"})
    trace = Trace("stripe:pi_1", lines=(line,), of_payment=True)
    found = with_put_back(trace, Names("dev", "123456789012", "eu-west-1"), s3)
    assert [record["stream_event_id"] for record in found.audit] == ["2"]
