"""Endpoints of one scheduled run: how they share its time, and that none is kept from being compared by another."""

from collections.abc import Iterator

import pytest

from payment_webhooks.errors import Unavailable
from payment_webhooks.reconciling.reconciler import EndpointRun, failure_of_ours
from tests.support.library.reconciling import HOUR, Reconciling, reconciling
from tests.support.provider_apis.server import Asked, Json


@pytest.fixture
def system() -> Iterator[Reconciling]:
    with reconciling() as found:
        yield found


def each(system: Reconciling) -> dict[str, EndpointRun]:
    return {run.endpoint: run for run in system.runs()}


def slow(system: Reconciling, seconds: float) -> list[Asked]:
    """Each call of Stripe's list takes so long; those that were made."""
    asked_for, listed = [], system.server.routes["GET", "/v1/events"]

    def answer(asked: Asked) -> tuple[int, Json]:
        asked_for.append(asked)
        system.receiving.now += seconds
        return listed(asked)

    system.server.routes["GET", "/v1/events"] = answer
    return asked_for


def out() -> None:
    raise Unavailable("secretsmanager_timeout")


def test_half_a_surrogate_pair_is_an_event_as_any_other(system: Reconciling) -> None:
    system.made("stripe", "whole")
    system.lists.stripe.append({**system.made("stripe", "half"), "note": "\ud83d"})
    run = system.run("stripe")
    assert run.failure is None
    assert sorted(run.compared.missed) == ["stripe:half", "stripe:whole"]


@pytest.mark.parametrize("call", [1, 5], ids=["before the list", "while it is compared"])
def test_whatever_one_endpoint_fails_of_the_others_go_on_and_it_is_raised(
    system: Reconciling, call: int
) -> None:
    system.runs()
    system.receiving.now += 2 * HOUR
    system.made("stripe", seconds_ago=HOUR)
    system.made("square", seconds_ago=HOUR)
    dynamodb = system.receiving.dynamodb
    dynamodb.fail(len(dynamodb.calls) + call, KeyError("Items"))
    found = each(system)
    assert isinstance(found["stripe"].failure, KeyError)
    assert (found["stripe"].calls > 0) == (call > 3)  # what was done until then is told
    assert failure_of_ours(list(found.values())) is found["stripe"].failure
    assert found["square"].compared.missed == ("square:ev-1",)


def test_a_run_that_is_behind_comes_further_however_slow_the_list_is(system: Reconciling) -> None:
    """Of ten hours, 40 parts: at 75 s a call there is time for fewer parts than the hour before has."""
    system.runs()
    system.receiving.now += 10 * HOUR
    slow(system, 75)
    before = system.now() - 10 * HOUR - 15 * 60
    run = system.run("stripe")
    progress = system.inbox.progress("stripe")
    assert run.next_since is not None
    assert progress is not None
    assert progress.until - before >= 3 * 15 * 60


def test_the_hour_before_is_compared_in_the_time_that_is_left(system: Reconciling) -> None:
    system.runs()
    system.receiving.now += 2 * HOUR
    system.made("stripe", "late-in-the-list", 2 * HOUR + 30 * 60)
    assert system.run("stripe").compared.missed == ("stripe:late-in-the-list",)


def test_time_is_shared_by_endpoints_that_have_a_list_to_read(system: Reconciling) -> None:
    system.runs()
    system.receiving.now += 10 * HOUR
    system.give_credentials("paypal", none=True)
    system.give_credentials("square", none=True)
    calls = slow(system, 50)
    system.runs()
    assert 15 <= len(calls) <= 16  # of 755 s


def test_an_endpoint_is_told_before_the_next_one_is_asked(system: Reconciling) -> None:
    system.deadline.start(800)
    runs = system.reconciler.run()
    assert next(runs).endpoint == "stripe"
    assert {asked.path for asked in system.server.asked} == {"/v1/events"}


def test_the_last_seconds_of_an_invocation_begin_no_call(system: Reconciling) -> None:
    """A page of PayPal's, with its token, may take two calls of 20 s each."""
    system.runs()
    calls = slow(system, 1)
    system.deadline.start(44)
    assert [run.calls for run in system.reconciler.run()] == [0, 0, 0]
    assert calls == []


def test_an_endpoint_that_fails_before_its_list_says_how_far_it_is_behind(system: Reconciling) -> None:
    system.runs()
    system.receiving.now += 7 * HOUR
    system.receiving.secrets["stripe"].while_loading = out
    run = each(system)["stripe"]
    assert run.failure is not None
    assert run.behind_seconds == pytest.approx(7 * HOUR, abs=120)


@pytest.mark.parametrize("has_begun", [True, False])
def test_how_far_an_endpoint_is_behind_is_not_made_up(system: Reconciling, has_begun: bool) -> None:
    if has_begun:
        system.runs()
        system.receiving.dynamodb.fail_next(Unavailable("dynamodb_timeout"))
    else:
        system.receiving.secrets["stripe"].value = None
    run = each(system)["stripe"]
    assert run.failure is not None
    assert run.behind_seconds is None
