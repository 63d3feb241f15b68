"""Webhooks are archived before they may expire, and whatever ends a run, none expires that is not archived."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit.tampering import OF_THE_WEBHOOK
from payment_webhooks.aws.dynamodb_items import Item, item_of, plain
from payment_webhooks.day_shards import DAY_SECONDS
from payment_webhooks.inbox.items import Delivery, Webhook, build_item, conflict_item
from payment_webhooks.inbox.payloads import place
from payment_webhooks.inbox.progress import Result
from payment_webhooks.inbox.sparse_indexes import DONE_STATUSES, archive_shard
from payment_webhooks.timestamps import utc_timestamp
from stacks.compute.functions.transaction_archiver import MARKED
from tests.support.library.archive_fakes import ArchiveTables, Killed
from tests.support.library.archiving import Archiving
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, TABLES, event

STATUSES = {
    value for name, value in vars(contract).items() if name.startswith("STATUS_") and name.isupper()
} - {
    contract.STATUS_REASON,
    contract.STATUS_INDEX,
    contract.STATUS_SHARD,
}


class NotingTables(ArchiveTables):
    """Remembers what an update of the inbox names."""

    named: frozenset[str] = frozenset()

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if (operation, parameters["TableName"]) == ("UpdateItem", INBOX):
            assert "ReturnValues" not in parameters
            self.named |= {*parameters["Key"], *parameters["ExpressionAttributeNames"].values()}
        return super().__call__(operation, parameters)


def inbox_archiving(
    begin_days: float = 51, compared: bool = True, of: type[ArchiveTables] = ArchiveTables
) -> Archiving:
    tables = of(TABLES, compared)
    archiving = Archiving(archive=contract.ARCHIVE_WEBHOOKS, quiet_days=45, tables=tables)
    archiving.begin(age_days=begin_days)
    return archiving


def put(
    archiving: Archiving, name: str, status: str = "processed", age_days: float = 50, body: bytes = b"{}"
) -> None:
    at = utc_timestamp(archiving.now - age_days * DAY_SECONDS)
    webhook = Webhook("stripe", "stripe", name, "charge.succeeded", at, True, status, None, "f" * 64)
    delivery = Delivery("key-1", "192.0.2.7", "Root=1-2-3", at, len(body))
    item = build_item(webhook, delivery, place(body, "stripe", "f" * 64, archiving.payloads))
    entered = item_of({contract.ARCHIVE_SHARD: archive_shard(status, f"stripe:{name}", at)})
    condition = {
        "ConditionExpression": "attribute_not_exists(#id)",
        "ExpressionAttributeNames": {"#id": contract.WEBHOOK_ID},
    }
    archiving.tables("PutItem", {"TableName": INBOX, "Item": {**item, **entered}, **condition})


def items(archiving: Archiving) -> dict[str, dict[str, Any]]:
    return {item["webhookId"]["S"]: plain(item) for item in archiving.tables.items(INBOX)}


def archived(archiving: Archiving) -> list[str]:
    return sorted(line["webhook_id"] for line in archiving.s3.lines(contract.ARCHIVE_WEBHOOKS))


def test_a_webhook_is_archived_and_then_expires() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1", body=b'{"amount": 1}')
    run = archiving.run()
    assert (run.outcome, run.archived) == ("complete", 1)
    (line,) = archiving.s3.lines(contract.ARCHIVE_WEBHOOKS)
    assert (line["webhook_id"], line["payload"], line["status"]) == (
        "stripe:evt_1",
        '{"amount": 1}',
        "processed",
    )
    assert "fingerprint" not in line
    item = items(archiving)["stripe:evt_1"]
    assert item[contract.INBOX_EXPIRES_AT] == int(archiving.now)
    assert item[contract.ARCHIVED_IN].startswith("s3://s3-archive/webhooks/date=")
    assert contract.ARCHIVE_SHARD not in item


def test_an_update_names_what_the_archivers_role_may_name_and_nothing_that_came_with_a_webhook() -> None:
    """UpdateItem makes an item that is not there: with this right alone no webhook is made up or changed."""
    archiving = inbox_archiving(of=NotingTables)
    put(archiving, "evt_1")
    assert archiving.run().archived == 1
    assert isinstance(archiving.tables, NotingTables)
    assert archiving.tables.named == set(MARKED)
    # In a condition.
    assert archiving.tables.named & set(OF_THE_WEBHOOK) == {"erased_sha256"}


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_only_what_is_done_ever_enters_the_index(status: str) -> None:
    shard = archive_shard(status, "stripe:evt_1", "2026-01-01T00:00:00.000000Z")
    assert (
        (shard is not None) == (status in ("processed", "ignored", "discarded")) == (status in DONE_STATUSES)
    )


def test_what_is_not_due_or_waits_for_a_person_stays() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_young", age_days=40)
    for status in (*contract.ATTENTION_STATUSES, contract.STATUS_RECEIVED):
        put(archiving, f"evt_{status}", status)
    assert archiving.run().archived == 0
    assert not any(contract.INBOX_EXPIRES_AT in item for item in items(archiving).values())


def test_the_processor_enters_what_it_has_done_and_nothing_else() -> None:
    processing = Processing()
    done = processing.store("internal", event())
    processing.process(done)
    broken = processing.store("internal", event(id="ev-2"))
    processing.progress.finish(broken, Result(contract.STATUS_QUARANTINED, "any"))
    day = utc_timestamp(processing.receiving.now)[:10]
    assert processing.item(done)[contract.ARCHIVE_SHARD].startswith(f"{day}#")
    assert contract.ARCHIVE_SHARD not in processing.item(broken)


def test_a_conflict_with_an_ignored_webhook_is_not_in_the_index() -> None:
    item: Item = {
        **item_of({"webhookId": "stripe:e", "timestamp": "t", "fingerprint": "f" * 64, "received_at": "r"}),
        **item_of({contract.ARCHIVE_SHARD: "2026-01-01#1"}),
    }
    assert contract.ARCHIVE_SHARD not in conflict_item(item, "event_id_reused")


def test_a_body_that_was_too_long_for_its_item_is_archived_whole() -> None:
    archiving = inbox_archiving()
    body = b"x" * 350_001
    put(archiving, "evt_1", body=body)
    archiving.run()
    (line,) = archiving.s3.lines(contract.ARCHIVE_WEBHOOKS)
    assert line["payload"].encode() == body
    assert line["payload_sha256"] == hashlib.sha256(body).hexdigest()


def test_a_body_that_is_not_the_one_that_was_stored_is_kept_for_a_person() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1", body=b"x" * 350_001)
    (key,) = archiving.payloads.objects
    archiving.payloads.objects[key] = b"other"
    assert (archiving.run().archived, archived(archiving)) == (0, [])
    item = items(archiving)["stripe:evt_1"]
    assert contract.INBOX_EXPIRES_AT not in item
    assert item[contract.ARCHIVE_SHARD].startswith(archiving.day(46 - 30))


def test_a_body_that_is_gone_holds_up_no_other_webhook() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1", body=b"x" * 350_001, age_days=50)
    put(archiving, "evt_2", age_days=49)
    archiving.payloads.objects.clear()
    assert (archiving.run().outcome, archived(archiving)) == ("complete", ["stripe:evt_2"])
    assert contract.INBOX_EXPIRES_AT not in items(archiving)["stripe:evt_1"]


def test_an_outage_of_the_payload_bucket_ends_the_run() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1", body=b"x" * 350_001)
    archiving.payloads.down = True
    assert (archiving.run().outcome, archived(archiving)) == ("interrupted", [])
    archiving.payloads.down = False
    assert (archiving.run().outcome, archived(archiving)) == ("complete", ["stripe:evt_1"])


def test_a_body_that_is_no_text_is_archived_in_base64() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1", body=b"\xff\xfe")
    archiving.run()
    assert archiving.s3.lines(contract.ARCHIVE_WEBHOOKS)[0]["payload_base64"] == "//4="


def killed(step: int, after_effect: bool) -> Archiving:
    # Not compared: the thousands of calls are those of the whole run, again.
    archiving = prepared(compared=False)
    archiving.killer.at_step, archiving.killer.after_effect = step, after_effect
    with pytest.raises(Killed):
        archiving.run()
    archiving.killer.at_step = 0
    return archiving


def prepared(compared: bool = True) -> Archiving:
    archiving = inbox_archiving(48, compared)
    archiving.most_items = 2
    for name in ("evt_1", "evt_2", "evt_3"):
        put(archiving, name, age_days=47)
    put(archiving, "evt_4", "ignored", age_days=46)
    put(archiving, "evt_wait", "quarantined", age_days=47)
    return archiving


@pytest.mark.no_cover
@pytest.mark.parametrize("after_effect", [False, True])
def test_killed_at_every_step(after_effect: bool) -> None:
    whole = prepared()
    whole.run()
    for step in range(1, whole.killer.steps + 1):
        archiving = killed(step, after_effect)
        expiring = {name for name, item in items(archiving).items() if contract.INBOX_EXPIRES_AT in item}
        assert expiring <= set(archived(archiving)), step
        for name in sorted(expiring):  # time to live takes them before the next run
            item = next(each for each in archiving.tables.items(INBOX) if each["webhookId"]["S"] == name)
            archiving.tables.remove(INBOX, item)
        archiving.run_until_done()
        assert archived(archiving) == [f"stripe:evt_{number}" for number in range(1, 5)], step
        left = items(archiving)
        assert all(contract.INBOX_EXPIRES_AT in left[name] for name in left if name != "stripe:evt_wait")
        assert contract.INBOX_EXPIRES_AT not in left["stripe:evt_wait"]


def test_one_that_is_erased_while_it_is_archived_is_archived_once_more_as_it_is_then() -> None:
    archiving = inbox_archiving()
    put(archiving, "evt_1")
    put(
        archiving, "evt_2", age_days=48
    )  # whose day is worked through in the same run, after that of the first
    (key,) = (
        (each["webhookId"]["S"], each["timestamp"]["S"])
        for each in archiving.tables.items(INBOX)
        if each["webhookId"]["S"] == "stripe:evt_1"
    )

    def erase(part: str) -> None:
        archiving.tables.set(INBOX, key, "payload", {"S": "[]"})
        archiving.tables.set(INBOX, key, "erased_sha256", {"S": hashlib.sha256(b"[]").hexdigest()})

    archiving.s3.on_put = erase
    archiving.run()
    assert [contract.ARCHIVED_IN in each for each in items(archiving).values()] == [False, True]
    archiving.s3.on_put = lambda _: None
    archiving.now += 50 * DAY_SECONDS
    assert archiving.run().archived == 1
    assert contract.ARCHIVED_IN in items(archiving)["stripe:evt_1"]
    lines = archiving.s3.lines(contract.ARCHIVE_WEBHOOKS)
    assert [each["payload"] for each in lines if each["webhook_id"] == "stripe:evt_1"] == ["{}", "[]"]
    assert lines[-1]["erased_sha256"] == hashlib.sha256(b"[]").hexdigest()


def test_one_that_is_judged_again_while_it_is_archived_does_not_expire() -> None:
    """What the archive has of it is what it was: it is archived again once it is done."""
    archiving = inbox_archiving()
    put(archiving, "evt_1", "ignored")
    ((key, _),) = [
        ((item["webhookId"]["S"], item["timestamp"]["S"]), item) for item in archiving.tables.items(INBOX)
    ]

    def judge_again(_: str) -> None:
        archiving.tables.set(INBOX, key, contract.STATUS, {"S": "processed"})

    archiving.s3.on_put = judge_again
    archiving.run()
    assert contract.INBOX_EXPIRES_AT not in items(archiving)["stripe:evt_1"]
    archiving.s3.on_put = lambda _: None
