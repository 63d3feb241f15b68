"""Personal data alone may be taken out of a webhook, under a ticket: recorded, not told. All else rings."""

import hashlib
import json
from typing import Any

import pytest

from payment_webhooks.audit.batch import write_batch
from payment_webhooks.audit.erasure import erasure_of
from payment_webhooks.audit.tampering import tampering
from payment_webhooks.aws.dynamodb_items import Item, item_of
from tests.support.library.audit_records import DONE, NO_WATCH, FakeBucket, record

WHO = ("arn:aws:iam::111111111111:user/ann", "2025-10-09T08:53:18.000000Z", "OPS-4711")  # two seconds before
BODY = '{"id": "evt_1", "amount": 1099, "receipt_email": "ada@example.com"}'
LEFT = '{"id": "evt_1", "amount": 1099, "receipt_email": "erased"}'
HELD = DONE | item_of({"payload": BODY})
GUESS = hashlib.sha256(LEFT.encode()).hexdigest()


def erased_item(item: Item = HELD) -> Item:
    changes = erasure_of(item, *WHO)
    assert changes is not None
    return item | changes


def wrong(old: Item, new: Item) -> str | None:
    return tampering(record("MODIFY", old=old, new=new), NO_WATCH)


def test_an_erasure_takes_out_what_is_personal_and_says_who_and_why() -> None:
    assert erasure_of(HELD, *WHO) == item_of(
        {
            "payload": LEFT,
            "erased_sha256": GUESS,
            "erased_by": WHO[0],
            "erased_at": WHO[1],
            "erasure_ticket": "OPS-4711",
        }
    )
    assert erasure_of(erased_item(), *WHO) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "received"},
        {"status": "failed"},
        {"status": "quarantined"},
        {"status": "conflict"},
        {"provider": "unheard of"},
        {"payload": None},
    ],
)
def test_what_may_still_be_applied_or_is_not_in_the_item_is_left(changes: dict[str, Any]) -> None:
    item = {name: value for name, value in HELD.items() if changes.get(name, "") is not None}
    assert erasure_of(item | item_of(changes), *WHO) is None


@pytest.mark.parametrize("status", ["processed", "ignored", "discarded"])
def test_an_erasure_does_not_ring_and_is_a_record_of_its_own_kind(status: str) -> None:
    bucket, old = FakeBucket(), HELD | item_of({"status": status})
    result = write_batch([record("MODIFY", old=old, new=erased_item(old))], bucket, NO_WATCH)
    assert (result.tampered, result.unreadable, result.erased) == ((), 0, 1)
    (kept,) = bucket.records
    assert kept["kind"] == "erasure"
    assert [kept[name] for name in ("erased_by", "erased_at", "erasure_ticket")] == [*WHO]
    assert (kept["payload_sha256"], kept["erased_sha256"]) == ("ab" * 32, GUESS)
    assert "ada@" not in json.dumps(kept)


def test_what_becomes_of_an_erased_webhook_later_is_no_erasure() -> None:
    bucket, old = FakeBucket(), erased_item()
    later = old | item_of({"archived_in": "s3://archive/key", "expires_at": 1})
    assert write_batch([record("MODIFY", old=old, new=later)], bucket, NO_WATCH).tampered == ()
    assert "kind" not in bucket.records[0]


FORGED = LEFT.replace("1099", "1")


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": FORGED},
        {"payload": FORGED, "erased_sha256": hashlib.sha256(FORGED.encode()).hexdigest()},
        {"payload": BODY.replace("ada", "bob")},
        {"payload": "erased"},
        {"erased_sha256": "ab" * 32},
        {"payload_sha256": GUESS},
        {"erasure_ticket": None},
        {"erasure_ticket": ""},
        {"erased_by": None},
        {"erased_at": None},
        {"erasure_ticket": "Ada Lovelace, 1 Main St"},
        {"erasure_ticket": "A" * 65},
        {"erased_by": "Ada Lovelace"},
        {"erased_by": f"{WHO[0]}{'a' * 600}"},
        {"erased_by": "arn:aws:iam::111111111111:user/Ada Lovelace"},
        {"erased_at": "never"},
        {"erased_at": "2025-10-09T08:53:18Z"},
        {"erased_at": "2025-10-09T08:38:20.000000Z"},
        {"erased_at": "2025-10-09T09:08:21.000000Z"},
        {"status": "received"},
        {"transaction_id": "stripe:pi_2"},
        {"fingerprint": "ef" * 32},
        {"payload_key": "payloads/stripe/1"},
    ],
)
def test_whatever_else_changes_as_an_erasure_rings(changes: dict[str, Any]) -> None:
    new = {name: value for name, value in erased_item().items() if changes.get(name, "") is not None}
    assert wrong(HELD, new | item_of(changes)) == "webhook_changed"


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ({"payload": BODY}, ""),
        ({"erasure_ticket": "OPS-1"}, ""),
        ({"erased_at": "2026-11-22T00:00:00.000000Z"}, ""),
        ({}, "erased_at"),
        ({}, "erased_sha256"),
    ],
)
def test_what_was_erased_stays_so_under_its_ticket(changes: dict[str, Any], without: str) -> None:
    new = {name: value for name, value in erased_item().items() if name != without}
    assert wrong(erased_item(), new | item_of(changes)) == "webhook_changed"


def test_a_webhook_in_work_is_not_erased_and_one_of_an_unknown_provider_stops_no_batch() -> None:
    pending = HELD | item_of({"status": "received"})
    assert wrong(pending, erased_item() | item_of({"status": "received"})) == "webhook_changed"
    strange = item_of({"provider": "unheard of"})
    assert wrong(HELD | strange, erased_item() | strange) == "webhook_changed"


@pytest.mark.parametrize(
    "by",
    ["root", "assumed-role/AWSReservedSSO_Ops_1/ada@example.com", "user/teams/ops/ann", "federated-user/ann"],
)
def test_whoever_aws_names_may_erase_with_a_clock_that_is_a_little_off(by: str) -> None:
    for at in ("2025-10-09T08:38:20.250000Z", "2025-10-09T09:08:20.250000Z"):
        changes = erasure_of(HELD, f"arn:aws-cn:sts::111111111111:{by}", at, "A/b_1.2-3#4")
        assert changes is not None
        assert wrong(HELD, HELD | changes) is None


def test_what_is_not_of_its_form_is_told_and_not_kept() -> None:
    bucket, text = FakeBucket(), "Ada Lovelace, 1 Main St"
    forged = dict.fromkeys(("erased_at", "erased_by", "erasure_ticket", "erased_sha256"), text)
    result = write_batch([record("MODIFY", old=HELD, new=HELD | item_of(forged))], bucket, NO_WATCH)
    assert len(result.tampered) == 1
    (kept,) = bucket.records
    assert (kept["kind"], kept["tampering"]) == ("erasure", "webhook_changed")
    assert "Ada" not in json.dumps(kept)
