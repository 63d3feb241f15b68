"""What is held of a person, what of it goes, and until when the rest stays."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from payment_webhooks.aws.dynamodb_items import Item, item_of
from scripts.command_line.main import main
from scripts.operations.erase.held import Held, held, lines, stays

TODAY = date(2026, 11, 22)
BODY = '{"id": "evt_1", "email": "ada@example.com"}'
BARE = '{"id": "evt_1"}'


def item(status: str = "processed", body: str | None = BODY, **fields: Any) -> Item:
    return item_of(
        {
            "webhookId": "stripe:evt_1",
            "timestamp": "t-1",
            "provider": "stripe",
            "status": status,
            "received_at": "2026-11-20T09:30:00.000000Z",
            "payload": body,
            "payload_sha256": hashlib.sha256((body or "").encode()).hexdigest(),
        }
        | fields
    )


def found(*items: Item, gone: int = 0) -> Held:
    return held(1, 2, items, gone, TODAY)


@pytest.mark.parametrize("status", ["processed", "ignored", "discarded"])
def test_what_is_done_and_tells_of_a_person_goes(status: str) -> None:
    assert found(item(status)).erasable == (item(status),)
    assert found(item(status, BARE)).bare == 1


@pytest.mark.parametrize("status", ["received", "failed", "quarantined", "conflict", "unexpected"])
def test_what_is_in_work_or_waits_is_left_and_named(status: str) -> None:
    assert found(item(status))._replace(waiting=()) == Held(1, 2)
    assert found(item(status)).waiting == (f"stripe:evt_1 ({status})",)


def test_a_body_that_is_not_what_came_is_evidence_and_is_left() -> None:
    assert found(item(payload_sha256="ab" * 32)).altered == ("stripe:evt_1 (processed)",)
    done = {"erased_at": "2026-11-21T09:30:00.000000Z", "payload_sha256": "ab" * 32}
    left = item(body=BARE, **done, erased_sha256=hashlib.sha256(BARE.encode()).hexdigest())
    assert (len(found(left).tickets), found(left).altered, found(left).webhooks) == (1, (), 1)
    more = item(**done, erased_sha256=hashlib.sha256(BODY.encode()).hexdigest())
    assert found(more).erasable == (more,)  # erased when fewer fields were known


def test_what_stays_says_until_when_the_last_of_it_is_there() -> None:
    part = "s3://archive/webhooks/date=2026-01-01/provider=stripe/part-20260101T010000-00001.jsonl.gz"
    large = item(body=None, payload_key="payloads/stripe/1")
    whole = found(item(), item(archived_in=part), large, gone=1)
    since = [datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)]
    ends = {each.place: (each.number, each.until) for each in stays(whole, since, TODAY)}
    assert ends == {
        "ledger": (2, None),
        "archive": (2, date(2036, 12, 22)),  # 3,653 days, and 30 as an old version
        "payload bucket": (1, date(2028, 1, 24)),  # 400 and 30
        "failed batches": (2, date(2027, 3, 2)),  # 90 and 30
        "streams": (None, date(2026, 11, 23)),
        "backups": (None, date(2026, 12, 27)),
        "audit trail": (None, None),
        "dead letters": (None, date(2026, 12, 6)),  # 14
        "notifications": (None, date(2027, 1, 21)),  # 60
        "logs": (None, None),
        "analytics": (None, None),
    }
    why = {each.place: each.why for each in stays(whole, since, TODAY)}
    assert why["audit trail"].startswith("AuditRetentionDays, 365 days if not set: ")
    assert why["logs"].startswith("LogRetentionDays, 30 days if not set: ")
    archived = [
        each.until for each in stays(found(item(archived_in=part)), [], TODAY) if each.place == "archive"
    ]
    assert archived == [date(2036, 2, 1)]


@pytest.mark.parametrize(
    ("erased", "places"),
    [("21", {"streams": 22, "backups": 26}), ("20", {"backups": 25}), ("01", {"backups": 6})],
)
def test_what_was_erased_is_in_streams_for_a_day_and_in_backups_for_35(
    erased: str, places: dict[str, int]
) -> None:
    done = {"erased_at": f"2026-11-{erased}T09:30:00.000000Z", "payload_sha256": "ab" * 32}
    before = item(body=BARE, **done, erased_sha256=hashlib.sha256(BARE.encode()).hexdigest())
    kept = {each.place: each.until for each in stays(found(before), [], TODAY)}
    assert {name: end.day for name in ("streams", "backups") if (end := kept.get(name))} == places


def test_people_see_no_value_of_a_body() -> None:
    whole = found(item(), item("failed"), item(payload_sha256="ab" * 32), item(body=BARE))
    whole = whole._replace(of_others=3, missing=("evt_9",), unsearched=("stripe:cut-1",))
    text = "\n".join(lines(whole, stays(whole, [], TODAY)))
    assert "ada" not in text
    assert "  1 with personal data, which goes" in text
    assert [each in text for each in ("stripe:evt_1 (failed)", "  3 name another customer", "evt_9")] == [
        True
    ] * 3
    assert "stripe:cut-1" in text
    assert "not looked at: what is ignored, or has another customer by now: find --text" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "  ledger         2\n" in text
    assert "  streams        until 2026-11-23 at the latest\n" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say whose"),
        (["--customer", "cus_1", "--event", "evt_1"], "say whose"),
        (["--customer", "cus_1", "--yes"], "--count"),
    ],
)
def test_what_can_t_be_meant_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("", ["erase", "--suffix", "dev", "--ticket", "OPS-1", *arguments]) == 2
    assert said in capsys.readouterr().err
