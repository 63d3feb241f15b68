"""Webhooks that wait, or were ignored, are judged again by the settings of now: found, changed, and left alone."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import plain
from payment_webhooks.endpoints.secret_document import EndpointSecret
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.providers.registry import PROVIDERS
from scripts.command_line.main import main
from scripts.operations.inbox.decisions import Decision
from scripts.operations.inbox.reconsider import Change, Search, apply_changes, find_changes
from tests.support.library.events import event_body
from tests.support.library.processing import Processing, key_of
from tests.support.library.receiving import INBOX, Receiving, event
from tests.support.second_engine.dynamodb import second_client

KEYS = {INBOX: (contract.WEBHOOK_ID, contract.WEBHOOK_TIMESTAMP)}
DECISION = Decision("arn:aws:iam::111111111111:user/ann", "2026-11-21T09:30:00.000000Z", "ticket 4711")
DAY = "2025-10-09"  # of the receiver's clock
PAYMENT = event_body("stripe/pi_succeeded")
LIVE = EndpointSecret(mode="live")


class NoBucket:
    """An S3 client that must not be asked."""


class OneBody:
    """An S3 client with one object."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        assert (Bucket, Key[:9]) == ("payloads", "payloads/")
        return {"Body": self}

    def read(self) -> bytes:
        return self.body


@pytest.fixture
def dynamodb() -> Any:
    return second_client(KEYS)


def stored(dynamodb: Any, receiving: Receiving) -> None:
    """What the receiver has stored is in the client's table."""
    for item in receiving.inbox():
        dynamodb.put_item(TableName=INBOX, Item=item)


def received(dynamodb: Any, *bodies: bytes, endpoint: str = "stripe", **settings: Any) -> Receiving:
    receiving = Receiving(**{"mode": "test", **settings})
    for body in bodies:
        receiving.post(endpoint, body)
    stored(dynamodb, receiving)
    return receiving


def found(
    dynamodb: Any,
    secret: EndpointSecret = LIVE,
    reasons: tuple[str, ...] = ("mode", "account", "test_event"),
    days: tuple[str, str] = (DAY, DAY),
    endpoint: str = "stripe",
    s3: Any = None,
) -> tuple[list[Change], int]:
    search = Search(endpoint, reasons, *days)
    bucket: Any = s3 or NoBucket()
    provider = PROVIDERS.get("stripe" if endpoint.startswith("stripe") else endpoint)
    return find_changes(dynamodb, bucket, INBOX, "payloads", search, provider, secret)


def applied(dynamodb: Any, changes: list[Change]) -> Mapping[str, int]:
    return apply_changes(dynamodb, INBOX, changes, DECISION, lambda: None)


def items(dynamodb: Any) -> dict[str, dict[str, Any]]:
    scanned = dynamodb.scan(TableName=INBOX)["Items"]
    return {item["event_id"]["S"]: plain(item) for item in scanned}


def test_what_waits_is_pending_after_the_mode_was_set_right_unless_it_is_of_no_use(dynamodb: Any) -> None:
    received(dynamodb, PAYMENT, event("stripe", livemode=True))
    changes, judged = found(dynamodb)
    assert judged == 2
    assert sorted(change.title for change in changes) == [
        "unexpected (mode) -> ignored (type)",  # it says nothing of a payment, and need not wait for that
        "unexpected (mode) -> received",
    ]
    assert {item["status"] for item in items(dynamodb).values()} == {"unexpected"}  # nothing is written yet
    assert applied(dynamodb, changes) == {"received": 1, "ignored": 1}
    assert {name: item["status"] for name, item in items(dynamodb).items()} == {
        "evt_3SGev0001Test": "received",
        "evt_1": "ignored",
    }


def test_the_change_is_a_decision_of_its_own(dynamodb: Any) -> None:
    receiving = received(dynamodb, PAYMENT)
    changes, _ = found(dynamodb)
    applied(dynamodb, changes)
    ((_, item),) = items(dynamodb).items()
    assert item["status"] == "received"
    assert item["pending_since"] == DECISION.at
    assert item["pending_shard"].isdigit()
    assert (item["decision"], item["decided_from"]) == ("reconsider", "unexpected")
    assert (item["decided_by"], item["decision_note"]) == (DECISION.by, DECISION.note)
    assert not item.keys() & {"attention_shard", "attention_since", "status_reason", "archive_shard"}
    assert item["payload"].encode() == PAYMENT
    (before,) = receiving.inbox()
    assert item["received_at"] == before["received_at"]["S"]


def test_another_accounts_event_is_found_under_the_day_on_which_it_was_ignored(dynamodb: Any) -> None:
    received(dynamodb, event("square", merchant_id="ML2"), endpoint="square", account="ML1")
    others = {"days": ("2025-10-10", "2025-10-12")}, {"reasons": ("mode",)}, {"endpoint": "stripe"}
    for other in others:
        assert found(dynamodb, **{"endpoint": "square", **other}) == ([], 0)  # type: ignore[arg-type]
    assert found(dynamodb, EndpointSecret(account="ML1"), endpoint="square") == ([], 1)
    changes, judged = found(dynamodb, days=("2025-10-01", DAY), endpoint="square")
    assert judged == 1
    assert [change.before.reason for change in changes] == ["account"]


def test_test_events_that_wait_are_ignored_once_that_is_the_setting(dynamodb: Any) -> None:
    received(dynamodb, event("stripe", livemode=False), mode="live")
    assert found(dynamodb) == ([], 1)
    changes, _ = found(dynamodb, EndpointSecret(mode="live", ignores_test_events=True))
    applied(dynamodb, changes)
    (item,) = items(dynamodb).values()
    assert (item["status"], item["status_reason"]) == ("ignored", "test_event")
    assert item["archive_shard"].startswith("2026-11-21#")
    assert not item.keys() & {"attention_shard", "attention_since", "pending_shard"}
    back, _ = found(dynamodb, days=("2026-11-21", "2026-11-21"))  # and back, as the setting is
    applied(dynamodb, back)
    (item,) = items(dynamodb).values()
    assert item["status"] == "unexpected"
    assert item["attention_shard"].startswith("unexpected#")
    assert "archive_shard" not in item


def put_body(processing: Processing, keys: InboxKeys, body: bytes) -> None:
    for name, value in (("payload", body.decode()), ("payload_sha256", hashlib.sha256(body).hexdigest())):
        processing.receiving.dynamodb.set(INBOX, keys, name, {"S": value})


def test_what_was_ignored_by_its_type_is_found_when_it_is_asked_for(dynamodb: Any) -> None:
    processing = Processing(Receiving(mode="live"))
    keys = processing.store("stripe", PAYMENT)
    put_body(processing, keys, event("stripe", livemode=True))
    assert processing.process(keys).status == "ignored"
    # a reader that knows the type is another body here
    put_body(processing, keys, PAYMENT)
    stored(dynamodb, processing.receiving)
    assert found(dynamodb) == ([], 0)
    changes, judged = found(dynamodb, reasons=("type",))
    assert judged == 1
    assert [change.title for change in changes] == ["ignored (type) -> received"]


def test_a_long_body_is_read_from_its_bucket(dynamodb: Any) -> None:
    receiving = Receiving(mode="test")
    body = PAYMENT.replace(b"{", b'{"note": "' + b"a" * 360_000 + b'",', 1)
    receiving.post("stripe", body)
    stored(dynamodb, receiving)
    changes, _ = found(dynamodb, s3=OneBody(body))
    assert [change.after.status for change in changes] == ["received"]


def test_what_can_not_be_read_any_more_goes_to_the_processor_which_says_so(dynamodb: Any) -> None:
    receiving = received(dynamodb, PAYMENT)
    (item,) = receiving.inbox()
    dynamodb.put_item(TableName=INBOX, Item={**item, "payload": {"S": "{"}})
    changes, _ = found(dynamodb)
    assert [change.after.status for change in changes] == ["received"]


def test_what_was_decided_meanwhile_is_left_alone_and_the_rest_goes_on(dynamodb: Any) -> None:
    other = PAYMENT.replace(b'"evt_', b'"evt_other_', 1)
    receiving = received(dynamodb, PAYMENT, other)
    changes, _ = found(dynamodb)
    assert len(changes) == 2
    first = changes[0].item
    decided: InboxKeys = next(
        key_of(item) for item in receiving.inbox() if item["webhookId"]["S"] == first["webhookId"]
    )
    dynamodb.update_item(
        TableName=INBOX,
        Key={"webhookId": {"S": decided.webhook_id}, "timestamp": {"S": decided.timestamp}},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": "discarded"}},
    )
    assert applied(dynamodb, changes) == {"changed meanwhile": 1, "received": 1}
    assert sorted(item["status"] for item in items(dynamodb).values()) == ["discarded", "received"]


@pytest.mark.parametrize("settings", [{}, {"mode": "live", "account": "acct_1"}], ids=["waits", "ignored"])
def test_an_endpoint_whose_name_begins_alike_is_another(dynamodb: Any, settings: dict[str, Any]) -> None:
    receiving = received(dynamodb, event("stripe", livemode=True, account="acct_2"), **settings)
    (item,) = receiving.inbox()
    dynamodb.put_item(TableName=INBOX, Item={**item, "webhookId": {"S": "stripe-connect:evt_1"}})
    assert found(dynamodb)[1] == found(dynamodb, endpoint="stripe-connect")[1] == 1


def test_each_write_waits_for_its_turn(dynamodb: Any) -> None:
    received(dynamodb, PAYMENT, PAYMENT.replace(b'"evt_', b'"evt_other_', 1))
    changes, _ = found(dynamodb)
    waited: list[str] = []

    def pause() -> None:
        waited.append(",".join(sorted(item["status"] for item in items(dynamodb).values())))

    apply_changes(dynamodb, INBOX, changes, DECISION, pause)
    assert waited == ["unexpected,unexpected", "received,unexpected"]


@pytest.mark.parametrize(
    "action", [("reconsider", "--endpoint", "stripe", "--note", "the mode was wrong"), ("ignored",)]
)
def test_days_in_the_wrong_order_are_told_before_anything_is_called(
    action: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    days = ("--from", "2026-11-03", "--to", "2026-11-02")
    assert main("inbox", [*action, "--suffix", "dev", *days]) == 2
    assert "--from is after --to" in capsys.readouterr().err
