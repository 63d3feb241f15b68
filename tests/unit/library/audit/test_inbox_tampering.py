"""Attacks on the inbox are told; what receiver, processor, archiver, people and time to live do is not."""

from collections.abc import Callable
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit import tampering as kinds
from payment_webhooks.audit.batch import write_batch
from payment_webhooks.audit.tampering import tampering
from payment_webhooks.aws.dynamodb_items import Item, item_of
from payment_webhooks.inbox.items import guard_item
from tests.support.library.audit_records import DONE, ITEM, NO_WATCH, FakeBucket, record

ARCHIVED = DONE | item_of({"archived_in": "s3://archive/key", "expires_at": 1_760_000_000})
BY_TIME_TO_LIVE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def wrong(change: dict[str, Any]) -> str | None:
    return tampering(change, NO_WATCH)


def test_progress_and_expiry_are_ordinary() -> None:
    assert wrong(record()) is None
    assert wrong(record("MODIFY", old=ITEM, new=DONE)) is None
    assert wrong(record("MODIFY", old=DONE, new=ARCHIVED)) is None
    assert wrong(record("REMOVE", old=ARCHIVED) | {"userIdentity": BY_TIME_TO_LIVE}) is None


@pytest.mark.parametrize(
    "by",
    [
        None,
        {"type": "Service", "principalId": "someone"},
        {"type": "AssumedRole", "principalId": "dynamodb.amazonaws.com"},
    ],
)
def test_a_webhook_that_somebody_deletes_is_told(by: Any) -> None:
    assert wrong(record("REMOVE", old=ARCHIVED) | {"userIdentity": by}) == "webhook_removed"


def test_a_webhook_that_expires_before_it_is_archived_is_told() -> None:
    expiring = DONE | item_of({"expires_at": 1_760_000_000})
    assert wrong(record("REMOVE", old=expiring) | {"userIdentity": BY_TIME_TO_LIVE}) == kinds.WEBHOOK_REMOVED


@pytest.mark.parametrize(
    "name",
    [
        *("endpoint", "provider", "event_id", "event_type", "livemode", "fingerprint"),
        *("payload", "payload_key", "payload_sha256", "size_bytes"),
        *("received_at", "first_received_at", "verified_by", "source_ip", "trace_id"),
        *("guarded_webhook_id", "guarded_timestamp"),
    ],
)
def test_what_came_with_a_webhook_and_is_another_now_is_told(name: str) -> None:
    assert wrong(record("MODIFY", old=ITEM, new=DONE | item_of({name: "another"}))) == "webhook_changed"
    if name in ITEM:
        less = {key: value for key, value in ITEM.items() if key != name}
        assert wrong(record("MODIFY", old=ITEM, new=less)) == "webhook_changed"


def again(status: str, **changes: str) -> tuple[Item, Item]:
    """A webhook of this status, and as the receiver puts another delivery of it in its place."""
    old = ITEM | item_of({"status": status})
    anew = {"status": "received", "first_received_at": ITEM["received_at"]["S"], "trace_id": "Root=2"}
    anew |= {"received_at": "2025-10-10T06:07:41.000000Z", "payload": "a later volatile field", **changes}
    return old, ITEM | item_of(dict(anew))


@pytest.mark.parametrize("status", ["unexpected", "ignored"])
def test_one_that_came_again_and_is_judged_otherwise_is_ordinary(status: str) -> None:
    old, new = again(status)
    assert wrong(record("MODIFY", old=old, new=new)) is None


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("processed", {}),
        ("conflict", {}),
        ("ignored", {"fingerprint": "ef" * 32}),
        ("ignored", {"event_id": "evt_2"}),
        ("ignored", {"endpoint": "another"}),
        ("ignored", {"provider": "paypal"}),
        ("ignored", {"first_received_at": "2025-10-01T00:00:00.000000Z"}),
        ("ignored", {"received_at": ITEM["received_at"]["S"]}),
    ],
)
def test_what_only_looks_like_another_delivery_is_told(status: str, changes: dict[str, str]) -> None:
    old, new = again(status, **changes)
    assert wrong(record("MODIFY", old=old, new=new)) == kinds.WEBHOOK_CHANGED


APPLIED = DONE | item_of({"transaction_id": "stripe:pi_1"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("processed", status) for status in ("ignored", "discarded", "failed", "unexpected")),
        *(("discarded", status) for status in ("received", "ignored", "processed")),
        *(("ignored", status) for status in ("processed", "discarded", "failed")),
        *(("received", status) for status in ("discarded", "unexpected", "guard", "")),
        *(("quarantined", status) for status in ("ignored", "processed")),
        *(("conflict", "processed"), ("unexpected", "processed"), ("guard", "received")),
    ],
)
def test_a_status_that_no_function_and_no_person_gives_is_told(before: str, after: str) -> None:
    old = ITEM | item_of({"status": before})
    assert wrong(record("MODIFY", old=old, new=old | item_of({"status": after}))) == "webhook_changed"


def test_statuses_follow_each_other_as_the_program_and_people_give_them() -> None:
    for before, after in [
        *(("received", status) for status in ("processed", "ignored", "quarantined", "conflict", "failed")),
        *(("failed", status) for status in ("processed", "ignored", "received", "discarded")),
        *(
            (before, "received")
            for before in ("processed", "ignored", "unexpected", "quarantined", "conflict")
        ),
        *((before, "discarded") for before in ("unexpected", "quarantined", "conflict")),
        *(("unexpected", "ignored"), ("ignored", "unexpected"), ("processed", "processed")),
    ]:
        old = ITEM | item_of({"status": before})
        assert wrong(record("MODIFY", old=old, new=old | item_of({"status": after}))) is None


def test_money_that_was_applied_is_not_changed_as_another_delivery_whatever_its_status() -> None:
    """By way of a replay its status may become one of which another delivery takes the place; its payment stays."""
    ignored = APPLIED | item_of({"status": "ignored"})
    _, anew = again("ignored")
    assert wrong(record("MODIFY", old=APPLIED, new=APPLIED | item_of({"status": "received"}))) is None
    assert wrong(record("MODIFY", old=ignored, new=anew)) == "webhook_changed"
    assert (
        wrong(record("MODIFY", old=ignored, new=anew | item_of({"transaction_id": "stripe:pi_1"})))
        is not None
    )
    nameless = {name: value for name, value in ignored.items() if name != "transaction_id"}
    assert wrong(record("MODIFY", old=ignored, new=nameless)) == "webhook_changed"


def test_the_processor_alone_names_the_payment_as_it_applies_the_webhook() -> None:
    other = item_of({"transaction_id": "stripe:pi_2"})
    assert wrong(record("MODIFY", old=ITEM, new=APPLIED)) is None
    assert wrong(record("MODIFY", old=APPLIED, new=APPLIED | other)) == "webhook_changed"
    received = APPLIED | item_of({"status": "received"})
    assert wrong(record("MODIFY", old=received, new=APPLIED | other)) is None


def test_an_ignored_webhook_that_was_erased_comes_again_whole_and_a_record_says_so() -> None:
    old, new = again("ignored")
    erasure = item_of(dict.fromkeys(("erased_at", "erased_by", "erasure_ticket", "erased_sha256"), "x"))
    bucket = FakeBucket()
    assert write_batch([record("MODIFY", old=old | erasure, new=new)], bucket, NO_WATCH).tampered == ()
    assert [each["kind"] for each in bucket.records] == ["erasure_undone"]
    assert wrong(record("MODIFY", old=old | erasure, new=new | erasure)) == "webhook_changed"


GUARD = guard_item("event", "evt_1", ITEM)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: record("MODIFY", old=GUARD, new=GUARD | item_of({"trace_id": "Root=2"})), None),
        (
            lambda: record("MODIFY", old=GUARD, new=GUARD | item_of({"fingerprint": "ef" * 32})),
            "webhook_changed",
        ),
        (
            lambda: record("MODIFY", old=GUARD, new=GUARD | item_of({"guarded_webhook_id": "stripe:evt_2"})),
            "webhook_changed",
        ),
        (lambda: record("REMOVE", old=GUARD), "webhook_removed"),
    ],
)
def test_a_guard_may_be_claimed_again_for_the_same_body_alone_and_stays(
    change: Callable[[], dict[str, Any]], expected: str | None
) -> None:
    bucket = FakeBucket()
    result = write_batch([change()], bucket, NO_WATCH)
    assert result.unreadable == 0
    assert [each["tampering"] for each in result.tampered] == [expected] * (expected is not None)
    assert [each["webhook_id"] for each in bucket.records] == [GUARD[contract.WEBHOOK_ID]["S"]] * len(
        result.tampered
    )
