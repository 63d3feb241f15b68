"""Endpoints of one scheduled run: how they share its time, and that none is kept from being compared by another."""

import threading
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
    before = system.now() - 10 * HOUR - 75 * 60
    run = system.run("stripe")
    progress = system.inbox.progress("stripe")
    assert run.next_since is not None
    assert progress is not None
    assert progress.until - before >= 3 * 15 * 60


@pytest.mark.parametrize("seconds_a_call", [0, 150], ids=["in time", "behind"])
def test_an_event_that_comes_late_into_the_list_is_found_however_slow_that_is(
    system: Reconciling, seconds_a_call: float
) -> None:
    """At 150 s a call an hourly run has time for five or six parts: it can't read each of an hour's four twice."""
    system.runs()
    for name in ("paypal", "square"):
        system.give_credentials(name, none=True)
    slow(system, seconds_a_call)
    found: list[str] = []
    for number in range(6):
        began = system.now()
        found += system.run("stripe").compared.missed
        system.made("stripe", f"late-{number}", system.now() - began + 20 * 60)  # its part has been read
        system.receiving.now = began + HOUR
    assert found == [f"stripe:late-{number}" for number in range(5)]


def test_a_call_is_cut_off_where_the_endpoints_time_ends(system: Reconciling) -> None:
    """The provider says nothing for as long as it likes; that is no failure of the run, which has come further."""
    system.runs()
    system.receiving.now += 10 * HOUR
    began, answered = system.now(), threading.Event()
    calls, listed = slow(system, 0), system.server.routes["GET", "/v1/events"]

    def hang(asked: Asked) -> tuple[int, Json]:
        if len(calls) == 3:
            system.receiving.now += 1
            answered.wait(2)
            return 200, {}
        answer = listed(asked)
        system.receiving.now = began + 100 if len(calls) < 3 else began + 259.5  # of a third of 780 s
        return answer

    system.server.routes["GET", "/v1/events"] = hang
    run = system.run("stripe")
    answered.set()
    assert (run.failure, run.calls) == (None, 4)
    assert run.next_since == int(calls[0].query["created[gte]"]) + 3 * 15 * 60


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
    system.runs()
    calls = slow(system, 1)
    system.deadline.start(19)
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
