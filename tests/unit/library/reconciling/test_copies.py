"""Of one event a fetched and a delivered copy: they are a conflict if they tell different money, and else one event."""

import copy
from collections.abc import Iterator

import pytest

from payment_webhooks import contract
from tests.support.library.processing import Processing, key_of
from tests.support.library.receiving import INBOX
from tests.support.library.reconciling import NAMES, Reconciling, reconciling

EVERY = pytest.mark.parametrize("provider", NAMES)
AMOUNTS = {
    "stripe": ("data", "object", "amount_received"),
    "paypal": ("resource", "amount", "value"),
    "square": ("data", "object", "payment", "total_money", "amount"),
}


@pytest.fixture
def system() -> Iterator[Reconciling]:
    with reconciling() as found:
        yield found


def with_other_money(provider: str, event: dict[str, object]) -> dict[str, object]:
    found = copy.deepcopy(event)
    *path, last = AMOUNTS[provider]
    part: dict[str, object] = found
    for name in path:
        part = part[name]  # type: ignore[assignment]
    part[last] = "9.00" if isinstance(part[last], str) else 900
    return found


@EVERY
def test_a_delivery_after_it_was_fetched_is_a_duplicate(system: Reconciling, provider: str) -> None:
    event = system.made(provider)
    system.run(provider)
    assert system.deliver(provider, {**event, "api_version": "2017-08-15"}) == "duplicate"
    assert system.deliver(provider, event) == "duplicate"
    assert system.statuses() == ["received"]


@pytest.mark.parametrize(("amount", "outcome"), [("100.00", "duplicate"), ("900.00", "conflict")])
def test_a_paypal_delivery_of_another_time_meets_the_guard_of_the_fetched_event(
    system: Reconciling, amount: str, outcome: str
) -> None:
    event = system.made("paypal")
    system.run("paypal")
    event["create_time"] = "2025-10-09T06:00:00.123456Z"
    event["resource"]["amount"]["value"] = amount
    assert system.deliver("paypal", event) == outcome


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("tells", "status"), [("the same", "ignored"), ("otherwise", "conflict")])
@pytest.mark.parametrize("provider", ["stripe", "square"])
def test_a_list_and_a_delivery_of_other_times_are_copies_if_they_tell_the_same_money(
    system: Reconciling, provider: str, tells: str, status: str, first: int
) -> None:
    """Square's list gives microseconds, where its webhooks have milliseconds."""
    event = system.made(provider)
    system.run(provider)
    delivered = event if tells == "the same" else with_other_money(provider, event)
    later = {"created": 1_759_900_000} if provider == "stripe" else {"created_at": "2025-10-08T06:00:00.454Z"}
    assert system.deliver(provider, {**delivered, **later}) == "accepted"
    processing = Processing(system.receiving)
    items = sorted(system.receiving.inbox(), key=lambda item: contract.SOURCE not in item)
    for item in (items[first], items[1 - first]):
        processing.process(key_of(item))
    assert system.statuses() == sorted(["processed", status])
    assert len(processing.rows()) == 1


@EVERY
def test_a_delivery_that_tells_other_money_than_the_fetched_event_waits(
    system: Reconciling, provider: str
) -> None:
    event = system.made(provider)
    system.run(provider)
    assert system.deliver(provider, with_other_money(provider, event)) == "conflict"
    assert system.statuses() == ["conflict", "received"]


@EVERY
def test_a_list_that_writes_a_delivered_event_otherwise_is_no_conflict(
    system: Reconciling, provider: str
) -> None:
    event = system.made(provider)
    system.deliver(provider, {**event, "another_version": {"of": "the API"}})
    assert system.run(provider).compared.outcomes == {}
    assert system.statuses() == ["received"]


@EVERY
def test_a_list_that_tells_other_money_than_the_delivery_waits_for_a_person_once(
    system: Reconciling, provider: str
) -> None:
    event = system.made(provider)
    system.deliver(provider, with_other_money(provider, event))
    assert system.run(provider).compared.outcomes == {"conflict": 1}
    assert system.run(provider).compared.outcomes == {}
    assert system.statuses() == ["conflict", "received"]


def test_money_is_compared_with_a_body_in_the_bucket_too(system: Reconciling) -> None:
    event = {**system.made("stripe"), "padding": "x" * 400_000}
    system.deliver("stripe", with_other_money("stripe", event))
    assert len(system.receiving.payloads.objects) == 1
    assert system.run("stripe").compared.outcomes == {"conflict": 1}


def test_what_a_person_discarded_is_not_brought_up_again(system: Reconciling) -> None:
    event = system.made("stripe")
    system.deliver("stripe", with_other_money("stripe", event))
    (item,) = system.receiving.inbox()
    system.receiving.dynamodb.set(INBOX, key_of(item), contract.STATUS, {"S": contract.STATUS_DISCARDED})
    assert system.run("stripe").compared.outcomes == {}


def test_an_event_of_another_time_of_creation_is_known_by_its_id(system: Reconciling) -> None:
    event = system.made("square")
    system.deliver("square", {**event, "created_at": "2025-10-09T06:00:00.123456Z"})
    assert system.run("square").compared.missed == ()
