"""The head of a payment as an item: its state, bounded, or a pointer; and the partitions of the lists' indexes."""

import pytest

from payment_webhooks.domain import events as words
from payment_webhooks.domain.payment_state import PaymentState, fold
from payment_webhooks.ledger.payment_items import (
    Payment,
    Pointer,
    bounded,
    from_item,
    index_keys,
    pointer_item,
    to_item,
)
from tests.support.library.ledger import dispute_event, payment_event, refund_event, rows_of


def state_with(refunds: int) -> PaymentState:
    events = [refund_event(f"re_{n}", words.REFUNDED, 1, 10 + n) for n in range(refunds)]
    return fold(
        rows_of(payment_event(words.SUCCEEDED, 1000, 1), dispute_event("du", words.DISPUTED, 5, 2), *events)
    )


def payment(refunds: int = 0) -> Payment:
    state, left_out = bounded(state_with(refunds)._replace(customer_id="cus_1", confirmed=False))
    return Payment(
        transaction_id="stripe:pi_1",
        version=3,
        endpoint="stripe",
        provider="stripe",
        state=state,
        began_at="2026-11-20T23:59:59.000000Z",
        status_since="2026-11-21T00:00:00.000000Z",
        recorded_at="2026-11-22T06:10:00.000000Z",
        dispute_since="2026-11-21T05:00:00.000000Z",
        members=("stripe:ch_1",),
        objects_left_out=left_out,
    )


@pytest.mark.parametrize("refunds", [0, 3, 40])
def test_a_payment_comes_back_from_its_item(refunds: int) -> None:
    assert from_item(to_item(payment(refunds))) == payment(refunds)


def test_a_head_shows_the_twenty_newest_objects_and_counts_the_others() -> None:
    found = payment(refunds=40)
    assert [each.object_id for each in found.state.objects] == sorted(f"re_{n}" for n in range(20, 40))
    assert found.objects_left_out == 21
    assert sum(len(name) + len(str(value)) for name, value in to_item(found).items()) < 6_000


def test_a_head_is_bounded_whatever_ids_there_are() -> None:
    """The longest that the API takes, and a thousand refunds."""
    found, longest = payment(refunds=1000), "x" * 200
    state = found.state._replace(
        customer_id=longest,
        account=longest,
        invoice_id=longest,
        objects=tuple(
            each._replace(object_id=f"{longest}{number}", occasion=longest)
            for number, each in enumerate(found.state.objects)
        ),
    )
    item = to_item(found._replace(transaction_id=f"{'e' * 32}:{longest}", state=state))
    assert sum(len(name) + len(str(value)) for name, value in item.items()) < 16_000


def test_a_pointer_comes_back_from_its_item() -> None:
    pointer = Pointer("paypal:CAPTURE", "paypal:ORDER")
    assert from_item(pointer_item(pointer)) == pointer


def test_a_payment_is_listed_by_status_dispute_provider_and_customer() -> None:
    keys = index_keys(payment())
    number = (keys["status_shard"] or "").rpartition("#")[2]
    assert keys == {
        "status_shard": f"succeeded#2026-11-21#{number}",
        "dispute_shard": f"disputed#2026-11-21#{number}",
        "provider_shard": f"stripe#2026-11-20#{number}",
        "customer_key": "stripe:cus_1",
    }
    assert to_item(payment())["archive_shard"]["S"].startswith("2026-11-22#")


def test_payments_spread_over_all_shards() -> None:
    payments = [payment()._replace(transaction_id=f"stripe:pi_{number}") for number in range(1000)]
    shards = [str(index_keys(each)["status_shard"]).rpartition("#")[2] for each in payments]
    assert {shards.count(shard) > 70 for shard in shards} == {True}
    assert len(set(shards)) == 10


def test_a_payment_without_dispute_or_customer_is_not_in_their_indexes() -> None:
    found = payment()
    alone = found._replace(
        state=found.state._replace(dispute_status=None, customer_id=None), dispute_since=None
    )
    item = to_item(alone)
    assert not {"dispute_shard", "dispute_since", "customer_key", "objects_left_out"} & item.keys()


def test_a_dispute_of_which_no_time_is_known_is_in_no_index_of_disputes() -> None:
    assert index_keys(payment()._replace(dispute_since=None))["dispute_shard"] is None


@pytest.mark.parametrize("name", ["version", "endpoint", "provider", "state", "began_at", "recorded_at"])
def test_a_head_without_what_it_must_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"not a payment: no {name}"):
        from_item({each: value for each, value in to_item(payment()).items() if each != name})


def test_an_item_that_is_no_head_is_refused() -> None:
    with pytest.raises(ValueError, match="not a payment: no version"):
        from_item({"transaction_id": {"S": "stripe:pi_1"}, "timestamp": {"S": "event#evt_1"}})
