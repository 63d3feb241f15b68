"""What of a restored table is lost in the live one; what the system itself did since is not."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.audit.erasure import erasure_of
from payment_webhooks.audit.tampering import LedgerWatch
from payment_webhooks.aws.dynamodb_items import Item, attribute, item_of
from payment_webhooks.domain import events as words
from payment_webhooks.ledger import archived_rows
from payment_webhooks.ledger.payment_items import Pointer, pointer_item
from payment_webhooks.ledger.reader import is_head
from scripts.operations.restore.judgement import (
    Judged,
    as_processed,
    is_pending,
    of_inbox,
    of_ledger,
    of_notifications,
)
from tests.support.library.archiving import Archiving
from tests.support.library.ledger import payment_event, refund_event
from tests.support.library.processing import Processing
from tests.support.library.receiving import INBOX, LEDGER, event

NOW = 1_795_200_000.0
PAID = payment_event(words.SUCCEEDED, 1099, 1)
KEYS = (contract.TRANSACTION_ID, contract.TRANSACTION_TIMESTAMP)


def paid() -> Archiving:
    archiving = Archiving()
    archiving.begin(age_days=201)
    archiving.add([payment_event(words.PENDING, 1099), PAID])
    return archiving


def by_keys(archiving: Archiving) -> dict[tuple[str, ...], Item]:
    return {tuple(item[key]["S"] for key in KEYS): item for item in archiving.tables.items(LEDGER)}


def judged(archiving: Archiving, act: Callable[[], object]) -> list[Judged]:
    """What is said of each item that there was before `act`."""
    then = by_keys(archiving)
    act()
    now = by_keys(archiving)
    items = archiving.reader.items
    judge = of_ledger(LedgerWatch(items, archived_rows.rows_of, lambda _: None))
    return [judge(item, now.get(key)) for key, item in then.items()]


def verdicts(found: list[Judged]) -> Counter[str]:
    return Counter(each.verdict for each in found)


def replace(archiving: Archiving, item: Item) -> None:
    archiving.tables("PutItem", {"TableName": LEDGER, "Item": item})


def remove(archiving: Archiving, *items: Item) -> None:
    for item in items:
        archiving.tables("DeleteItem", {"TableName": LEDGER, "Key": {key: item[key] for key in KEYS}})


def row_and_head(archiving: Archiving) -> tuple[Item, Item]:
    items = archiving.tables.items(LEDGER)
    row = next(each for each in items if each.get("amount_minor") and "event_id" in each)
    return row, next(filter(is_head, items))


def test_what_processor_and_archiver_do_is_no_loss() -> None:
    archiving = paid()
    refund = refund_event("re_1", words.REFUNDED, 700, 60)
    assert verdicts(judged(archiving, lambda: archiving.add([refund]))) == {"same": 3, "moved on": 1}
    archived = verdicts(judged(archiving, archiving.run))
    assert archived["archived since"] == 3
    assert archived.keys() <= {"archived since", "moved on", "same"}


def test_rows_and_heads_that_are_gone_come_back_as_they_were() -> None:
    archiving = paid()
    row, head = row_and_head(archiving)
    found = judged(archiving, lambda: remove(archiving, row, head))
    assert [each.write for each in found if each.verdict == "missing"] == [row, head]


def test_an_archived_row_whose_summary_is_gone_is_lost() -> None:
    archiving = paid()
    archiving.run()
    summary = next(each for each in archiving.tables.items(LEDGER) if "rows" in each)
    found = judged(archiving, lambda: remove(archiving, summary))
    assert [each.write for each in found if each.verdict == "missing"] == [summary]


def test_a_row_that_was_overwritten_is_changed() -> None:
    archiving = paid()
    row, _ = row_and_head(archiving)
    found = judged(archiving, lambda: replace(archiving, {**row, "amount_minor": attribute(1)}))
    assert [each.write for each in found if each.verdict == "changed"] == [row]


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_head_that_is_another_and_no_later_one_is_changed(version: int) -> None:
    archiving = paid()
    _, head = row_and_head(archiving)
    forged = {**head, "version": attribute(version), "state": attribute("{}")}
    found = judged(archiving, lambda: replace(archiving, forged))
    assert [each.write for each in found if each.verdict == "changed"] == [head]


def test_a_head_that_only_waits_for_another_day_of_the_archive_has_moved_on() -> None:
    archiving = paid()
    _, head = row_and_head(archiving)
    found = judged(archiving, lambda: replace(archiving, {**head, "archive_shard": attribute("2027#1")}))
    assert verdicts(found)["moved on"] == 1


def test_a_payment_may_become_a_pointer_and_no_pointer_another() -> None:
    archiving = paid()
    replace(archiving, pointer_item(Pointer("stripe:order_1", "stripe:pi_1")))
    taken_over = pointer_item(Pointer("stripe:pi_1", "stripe:pi_9"))
    assert verdicts(judged(archiving, lambda: replace(archiving, taken_over)))["changed"] == 0
    turned = pointer_item(Pointer("stripe:order_1", "stripe:pi_666"))
    assert verdicts(judged(archiving, lambda: replace(archiving, turned)))["changed"] == 1


# --- inbox ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def processing() -> Processing:
    return Processing()


def only_item(processing: Processing) -> Item:
    (item,) = processing.dynamodb.items(INBOX)
    return item


def test_a_webhook_that_is_done_since_is_no_loss_and_one_that_is_gone_is(processing: Processing) -> None:
    keys = processing.store("internal", event())
    then = only_item(processing)
    processing.process(keys)
    judge = of_inbox(NOW)
    assert judge(then, then) == Judged("same")
    assert judge(then, only_item(processing)) == Judged("moved on")
    assert judge(then, None) == Judged("missing", then)


def test_a_webhook_that_has_expired_stays_away(processing: Processing) -> None:
    processing.store("internal", event())
    done = only_item(processing) | item_of({contract.INBOX_EXPIRES_AT: int(NOW)})
    assert of_inbox(NOW)(done, None) == Judged("expired")
    assert of_inbox(NOW - 1)(done, None).verdict == "missing"


def test_a_body_that_was_changed_comes_back_and_progress_stays(processing: Processing) -> None:
    keys = processing.store("internal", event())
    then = only_item(processing)
    processing.process(keys)
    now = only_item(processing)
    forged = {**now, "payload": attribute("{}"), "payload_key": attribute("bodies/forged")}
    assert of_inbox(NOW)(then, forged) == Judged("changed", now)


def test_what_was_pending_and_is_applied_comes_back_as_the_processor_left_it(processing: Processing) -> None:
    keys = processing.store("internal", event())
    then = only_item(processing)
    processing.process(keys)
    (row,) = processing.rows()
    back = as_processed(then, row)
    assert is_pending(then)
    assert not is_pending(back)
    by_the_processor: dict[str, Any] = {**only_item(processing), "attempts": attribute(0)}
    assert back == by_the_processor


def test_markers_of_notifications_come_back_while_they_count() -> None:
    marker = item_of({"transaction_id": "t", "notification": "n", "expires_at": int(NOW) + 1})
    judge = of_notifications(NOW)
    assert judge(marker, None) == Judged("missing", marker)
    assert judge(marker, {**marker, "sent": attribute(True)}) == Judged("moved on")
    assert of_notifications(NOW + 1)(marker, None) == Judged("expired")


def test_what_was_erased_since_stays_erased_and_what_only_looks_so_is_brought_back(
    processing: Processing,
) -> None:
    keys = processing.store("internal", event(name="Ada"))
    assert processing.process(keys).status == "processed"
    (then,) = processing.dynamodb.items(INBOX)
    by = "arn:aws:iam::111111111111:user/ann"
    now = then | (erasure_of(then, by, "2026-11-21T09:30:00.000000Z", "OPS-1") or {})
    archived = now | item_of({"archived_in": "s3://archive/key"})
    assert [of_inbox(NOW)(then, each).verdict for each in (now, archived)] == ["moved on", "moved on"]
    forged = now | item_of({"payload": now["payload"]["S"].replace("1099", "1")})
    assert of_inbox(NOW)(then, forged) == Judged("changed", then)
    assert of_inbox(NOW)(now, then) == Judged("changed", now)


def test_what_was_erased_when_fewer_fields_were_known_stays_erased(processing: Processing) -> None:
    processing.process(processing.store("internal", event(name="Ada", city="Ada")))
    then = only_item(processing)

    def left(body: str) -> Item:
        by = ("arn:aws:iam::111111111111:user/ann", "2026-11-21T09:30:00.000000Z", "OPS-1")
        told = dict(zip(("erased_by", "erased_at", "erasure_ticket"), by, strict=True))
        proof = {"payload": body, "erased_sha256": hashlib.sha256(body.encode()).hexdigest()}
        return then | item_of(told | proof)

    fewer = then["payload"]["S"].replace('"name": "Ada"', '"name": ""')
    assert fewer != then["payload"]["S"]
    assert of_inbox(NOW)(then, left(fewer)) == Judged("moved on")
    assert of_inbox(NOW)(then, left(fewer.replace("1099", "1"))) == Judged("changed", then)
    unproven = left(fewer) | item_of({"erased_sha256": "ab" * 32})
    assert of_inbox(NOW)(then, unproven) == Judged("changed", then)
    assert of_inbox(NOW)(then, left(fewer) | item_of({"event_id": "evt_2"})) == Judged("changed", then)
    large = {name: value for name, value in then.items() if name != "payload"}
    assert of_inbox(NOW)(large, left(fewer)) == Judged("changed", large)
