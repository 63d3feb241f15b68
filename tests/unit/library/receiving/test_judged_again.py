"""A webhook that was ignored, or waits as not expected, and comes again: it is judged by the settings of then."""

from typing import Any

import pytest

from payment_webhooks import contract
from payment_webhooks.aws.dynamodb_items import Item
from payment_webhooks.endpoints.cached_secret import FRESH_SECONDS, REFETCH_INTERVAL_SECONDS
from payment_webhooks.errors import Unavailable
from tests.support.library.events import event_body
from tests.support.library.processing import Processing, key_of
from tests.support.library.receiving import INBOX, Receiving, event, text

LATER = FRESH_SECONDS + 1  # the secret is fetched anew by then
ACCOUNTS: dict[str, dict[str, Any]] = {"square": {"merchant_id": "ML2"}, "stripe": {"account": "acct_2"}}


def set_right(receiving: Receiving, endpoint: str, **settings: Any) -> None:
    receiving.secrets[endpoint].value = receiving.secrets[endpoint].value._replace(**settings)


def only(receiving: Receiving) -> Item:
    (item,) = receiving.inbox()
    return item


def test_money_of_the_other_mode_is_applied_when_it_comes_again_after_the_mode_was_set_right() -> None:
    processing = Processing(Receiving(mode="test"))
    receiving, body = processing.receiving, event_body("stripe/pi_succeeded")
    assert receiving.post("stripe", body).outcome == "unexpected"
    first = only(receiving)
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "duplicate"
    assert only(receiving) == first
    set_right(receiving, "stripe", mode="live")
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "accepted"
    item = only(receiving)
    assert not item.keys() & {"attention_shard", "attention_since", "archive_shard", "status_reason"}
    assert text(item, "first_received_at") == text(first, "received_at") < text(item, "received_at")
    assert text(item, "pending_since") == text(item, "received_at")
    assert processing.process(key_of(item)).status == "processed"
    (row,) = processing.rows()
    assert row["livemode"] == {"BOOL": True}
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "duplicate"


def test_what_was_applied_once_stays_as_it_came_though_it_is_ignored_now() -> None:
    processing = Processing(Receiving(mode="live"))
    receiving, body = processing.receiving, event_body("stripe/pi_succeeded")
    assert receiving.post("stripe", body).outcome == "accepted"
    assert processing.process(key_of(only(receiving))).status == "processed"
    replayed = only(receiving) | {"status": {"S": "ignored"}}  # once its reader had changed
    receiving.dynamodb("PutItem", {"TableName": INBOX, "Item": replayed})
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "duplicate"
    assert only(receiving) == replayed


@pytest.mark.parametrize("endpoint", ACCOUNTS)
def test_another_accounts_event_is_taken_when_it_comes_again_after_the_account_was_set_right(
    endpoint: str,
) -> None:
    receiving = Receiving(account="ML1")
    body = event(endpoint, **ACCOUNTS[endpoint])
    assert receiving.post(endpoint, body).outcome == "ignored"
    assert receiving.post(endpoint, body).outcome == "duplicate"
    set_right(receiving, endpoint, account=None)
    assert receiving.post(endpoint, body, seconds_later=LATER).outcome == "accepted"
    assert text(only(receiving), "status") == "received"


def test_paypals_are_judged_again_too_though_guards_hold_their_ids() -> None:
    receiving = Receiving(mode="live")
    body = event("paypal", links=[{"href": "https://api.sandbox.paypal.com/v1/notifications/x"}])
    assert receiving.post("paypal", body).outcome == "unexpected"
    set_right(receiving, "paypal", ignores_test_events=True)
    assert receiving.post("paypal", body, seconds_later=LATER).outcome == "ignored"
    item = only(receiving)
    assert (text(item, "status"), text(item, "status_reason")) == ("ignored", "test_event")
    assert "archive_shard" in item
    assert not item.keys() & {"attention_shard", "pending_shard"}


def test_a_mode_that_was_set_a_moment_ago_counts_before_money_waits() -> None:
    receiving = Receiving(mode="test")
    receiving.post("stripe", event("stripe"))
    set_right(receiving, "stripe", mode="live")
    assert receiving.post("stripe", event("stripe", id="evt_2", livemode=True)).outcome == "accepted"
    fetches = receiving.secrets["stripe"].fetches
    for number in range(3):  # and who sends what is not expected causes no call each time
        body = event("stripe", id=f"evt_test_{number}", livemode=False)
        assert receiving.post("stripe", body).outcome == "unexpected"
    assert receiving.secrets["stripe"].fetches == fetches
    body = event("stripe", id="evt_3", livemode=False)
    receiving.post("stripe", body, seconds_later=REFETCH_INTERVAL_SECONDS)
    assert receiving.secrets["stripe"].fetches == fetches + 1


def test_one_that_was_ignored_by_its_type_is_tried_again_when_it_comes_again() -> None:
    """A reader that knows the type may have been deployed since."""
    processing = Processing(Receiving(mode="test"))
    keys = processing.store("stripe", event("stripe"))
    assert processing.process(keys).status == "ignored"
    assert processing.receiving.post("stripe", event("stripe")).outcome == "accepted"
    assert processing.process(keys).status == "ignored"


@pytest.mark.parametrize(
    "status", ["received", "processed", "conflict", "quarantined", "failed", "discarded"]
)
def test_what_is_applied_pending_or_decided_stays_as_it_is(status: str) -> None:
    receiving = Receiving(mode="test")
    body = event("stripe", livemode=True)
    receiving.post("stripe", body)
    item = only(receiving)
    receiving.dynamodb.set(INBOX, key_of(item), contract.STATUS, {"S": status})
    set_right(receiving, "stripe", mode="live")
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "duplicate"
    assert text(only(receiving), "status") == status


def test_another_body_under_its_id_is_a_conflict_as_ever() -> None:
    receiving = Receiving(mode="test")
    receiving.post("stripe", event("stripe", livemode=True))
    set_right(receiving, "stripe", mode="live")
    body = event("stripe", livemode=True, note="other")
    assert receiving.post("stripe", body, seconds_later=LATER).outcome == "conflict"


def test_what_a_person_decides_meanwhile_is_not_overruled() -> None:
    receiving = Receiving(mode="test")
    body = event("stripe", livemode=True)
    receiving.post("stripe", body)
    item = only(receiving)
    set_right(receiving, "stripe", mode="live")
    receiving.now += LATER

    calls: list[str] = []

    def slow(operation: str, parameters: Any) -> dict[str, Any]:
        calls.append(operation)
        if len(calls) == 2:  # the first has found what is in its way
            receiving.dynamodb.set(INBOX, key_of(item), contract.STATUS, {"S": "discarded"})
        return receiving.dynamodb(operation, parameters)

    other = Receiving(dynamodb=receiving.dynamodb, mode="live", client=lambda _: slow)
    other.now = receiving.now
    assert other.post("stripe", body).outcome == "duplicate"
    assert text(only(receiving), "status") == "discarded"


def test_an_outage_while_it_takes_its_place_is_not_answered_200() -> None:
    receiving = Receiving(mode="test")
    body = event("stripe", livemode=True)
    receiving.post("stripe", body)
    set_right(receiving, "stripe", mode="live")
    receiving.dynamodb.fail(len(receiving.dynamodb.calls) + 2, Unavailable("dynamodb_timeout"))
    with pytest.raises(Unavailable):
        receiving.post("stripe", body, seconds_later=LATER)
    assert receiving.post("stripe", body, seconds_later=1).outcome == "accepted"
