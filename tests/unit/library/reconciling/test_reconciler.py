"""Events that never came are found at stand-ins for providers' APIs and fed; what came is left alone."""

from collections.abc import Iterator

import pytest

from payment_webhooks import contract
from payment_webhooks.domain.events import NormalisedEvent
from payment_webhooks.endpoints.endpoint import Endpoint
from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.errors import Unavailable
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.providers.event_list import Window
from payment_webhooks.reconciling.comparison import Compared
from payment_webhooks.reconciling.patient_list import ListUnavailable
from payment_webhooks.reconciling.reconciler import answer_of, failure_of_ours
from tests.support.library.processing import Processing, key_of
from tests.support.library.receiving import INBOX, text
from tests.support.library.reconciling import HOUR, NAMES, Reconciling, reconciling
from tests.support.provider_apis.server import Asked, Json

EVERY = pytest.mark.parametrize("provider", NAMES)
DAY = 24 * HOUR


@pytest.fixture
def system() -> Iterator[Reconciling]:
    with reconciling() as found:
        yield found


def refuse(endpoint: str, body: bytes, event: NormalisedEvent) -> NormalisedEvent:
    raise AssertionError("what was fetched from the provider is not asked for again")


@EVERY
def test_an_event_that_never_came_is_fed_once(system: Reconciling, provider: str) -> None:
    system.deliver(provider, system.made(provider, "came"))
    system.made(provider, "missed")
    first, second = system.run(provider), system.run(provider)
    assert (first.compared.listed, first.compared.missed) == (2, (f"{provider}:missed",))
    assert first.compared.outcomes == {"accepted": 1}
    assert (second.compared.listed, second.compared.missed, second.compared.outcomes) == (2, (), {})
    (item,) = [each for each in system.receiving.inbox() if contract.SOURCE in each]
    assert text(item, contract.SOURCE) == "reconciled"
    assert text(item, "verified_by") == "provider_api"
    assert text(item, contract.STATUS) == "received"
    assert contract.PENDING_SHARD in item  # the sweeper brings it, too


@EVERY
def test_what_was_fed_becomes_a_confirmed_payment(system: Reconciling, provider: str) -> None:
    system.made(provider)
    system.run(provider)
    processing = Processing(system.receiving, confirm=refuse)
    (item,) = system.receiving.inbox()
    assert processing.process(key_of(item)).status == "processed"
    (row,) = processing.rows()
    assert row["confirmed"] == {"BOOL": True}


def test_types_that_nobody_reads_are_left_alone(system: Reconciling) -> None:
    system.lists.stripe.append({**system.made("stripe"), "id": "evt_other", "type": "customer.created"})
    types = {"payment_intent.succeeded": 1}
    assert system.run("stripe").compared == (1, ("stripe:ev-1",), {"accepted": 1}, types)


def test_what_the_endpoints_settings_ignore_is_left_alone(system: Reconciling) -> None:
    secret = system.receiving.secrets["stripe"]
    secret.value = secret.value._replace(mode="live", ignores_test_events=True)
    system.made("stripe")
    assert system.run("stripe").compared == Compared()


def test_money_of_the_other_mode_waits_for_a_person(system: Reconciling) -> None:
    secret = system.receiving.secrets["stripe"]
    secret.value = secret.value._replace(mode="live")
    system.made("stripe")
    assert system.run("stripe").compared.outcomes == {"unexpected": 1}


def test_a_card_number_as_an_id_is_set_aside_and_told_once(system: Reconciling) -> None:
    system.lists.stripe.append({**system.made("stripe"), "id": "4242424242424242"})
    system.lists.stripe.pop(0)
    asked = system.ask("stripe", dry_run=True)
    assert asked is not None
    assert "4242424242424242" not in str(asked)
    assert system.run("stripe").compared.outcomes == {"quarantined": 1}
    assert "4242424242424242" not in str(system.receiving.inbox())
    assert system.run("stripe").compared.missed == ()


def test_an_endpoint_without_credentials_is_not_looked_at(system: Reconciling) -> None:
    system.give_credentials("stripe", none=True)
    assert "stripe" not in [run.endpoint for run in system.runs()]
    assert system.ask("stripe") is None
    assert [asked for asked in system.server.asked if asked.path == "/v1/events"] == []


@pytest.mark.parametrize("provider", ["stripe", "square"])
def test_credentials_that_nothing_ties_to_the_endpoint_list_and_feed_nothing(
    system: Reconciling, provider: str
) -> None:
    """They were set before an account was asked for: whose events they list nobody knows."""
    system.runs()
    system.receiving.now += 7 * HOUR
    secret = system.receiving.secrets[provider]
    secret.value = secret.value._replace(api=ApiCredentials("reader", "rk_live_1"), account=None)
    run = system.run(provider)
    assert str(run.failure) == "account_not_named"
    assert run.calls == 0
    assert run.behind_seconds == pytest.approx(7 * HOUR, abs=120)
    assert failure_of_ours([run]) is None
    answer = answer_of(system.ask(provider))
    assert (answer["failure"], answer["listed"]) == ("account_not_named", 0)
    books = system.reconciler.balance(provider, Window(0, 1), None)
    assert books is not None
    assert str(books.failure) == "account_not_named"


@EVERY
def test_what_came_to_another_endpoint_of_the_provider_is_not_missed(
    system: Reconciling, provider: str
) -> None:
    """Both list all events of the account, whichever of them it sent an event to."""
    second = Endpoint("second", provider, system.endpoints[provider].secret)
    system.deliver(provider, system.made(provider, "came"))
    system.endpoints["second"] = second
    assert system.run("second").compared == Compared(1)
    system.made(provider, "missed")
    found = {run.endpoint: run.compared.missed for run in system.runs()}
    assert (found[provider], found["second"]) == ((f"{provider}:missed",), ())


def test_what_another_endpoint_of_the_provider_ignored_is_missed(system: Reconciling) -> None:
    """As an event of another account, which it may have got by a mistake."""
    second = Endpoint("second", "stripe", system.endpoints["stripe"].secret)
    system.deliver("stripe", system.made("stripe"))
    (item,) = system.receiving.inbox()
    system.receiving.dynamodb.set(INBOX, key_of(item), contract.STATUS, {"S": contract.STATUS_IGNORED})
    system.endpoints["second"] = second
    assert system.run("second").compared.missed == ("second:ev-1",)


def test_a_run_goes_on_where_the_last_one_stopped_with_an_hour_again(system: Reconciling) -> None:
    system.run("stripe")
    first = system.now()
    system.receiving.now += 3 * HOUR
    system.server.asked.clear()
    system.run("stripe")
    since = [int(asked.query["created[gte]"]) for asked in system.server.asked if asked.path == "/v1/events"]
    until = [int(asked.query["created[lte]"]) for asked in system.server.asked if asked.path == "/v1/events"]
    assert min(since) == pytest.approx(first - 15 * 60 - HOUR, abs=60)
    assert max(until) == pytest.approx(system.now() - 15 * 60, abs=60)


def test_what_is_compared_early_is_not_recorded_as_compared_for_good(system: Reconciling) -> None:
    system.run("stripe")
    system.receiving.now += HOUR
    end, calls = int(system.now()) - 75 * 60, []

    def fail_the_sixth(asked: Asked) -> tuple[int, Json]:
        calls.append(asked)
        return (403, {}) if len(calls) == 6 else system.lists.routes()["GET", "/v1/events"](asked)

    system.server.routes["GET", "/v1/events"] = fail_the_sixth  # the first four are due
    assert system.run("stripe").failure is not None
    progress = system.inbox.progress("stripe")
    assert progress is not None
    assert progress.until == pytest.approx(end, abs=2)


def test_what_was_missed_while_a_provider_was_out_is_found_later(system: Reconciling) -> None:
    system.run("stripe")
    system.receiving.now += 2 * HOUR
    system.made("stripe", seconds_ago=HOUR)
    system.server.next_answers = [503] * 5
    out = system.run("stripe")
    assert isinstance(out.failure, ListUnavailable)
    assert out.behind_seconds == pytest.approx(2 * HOUR, abs=120)
    assert failure_of_ours([out]) is None
    system.receiving.now += 20 * HOUR
    back = system.run("stripe")
    assert back.compared.missed == ("stripe:ev-1",)
    assert back.behind_seconds == pytest.approx(0, abs=120)


def test_a_provider_that_never_answered_is_behind(system: Reconciling) -> None:
    """As with a key that lacks the right: else nobody would be told."""
    system.server.next_answers = [403]
    assert system.run("stripe").behind_seconds == 0
    system.receiving.now += 7 * HOUR
    system.server.next_answers = [403]
    assert system.run("stripe").behind_seconds == pytest.approx(7 * HOUR, abs=120)


def test_one_provider_that_is_out_keeps_no_other_waiting(system: Reconciling) -> None:
    system.server.routes["GET", "/v1/events"] = lambda _: (500, {})
    system.made("square")
    assert system.run("square").compared.missed == ("square:ev-1",)
    assert system.run("stripe").failure is not None


def test_a_provider_that_throttles_for_long_takes_its_share_of_the_time_alone(system: Reconciling) -> None:
    system.server.routes["GET", "/v1/events"] = lambda _: (429, {})
    system.server.retry_after_seconds = 150
    system.made("square")
    before = system.now()
    assert system.run("square").compared.missed == ("square:ev-1",)
    assert system.now() - before < 800 / 3


def test_a_fault_of_ours_is_the_invocations(system: Reconciling) -> None:
    system.receiving.dynamodb.fail_next(Unavailable("dynamodb_timeout"))
    failed = failure_of_ours(system.runs())
    assert failed is not None
    assert str(failed) == "dynamodb_timeout"


def test_a_run_that_another_has_overtaken_stops(system: Reconciling) -> None:
    system.run("stripe")
    progress = system.inbox.progress("stripe")
    assert progress is not None
    assert system.inbox.advance("stripe", progress, progress.until + 1) is not None
    assert system.inbox.advance("stripe", progress, progress.until + 2) is None
    assert system.inbox.advance("stripe", None, 1) is None


def test_what_is_not_listed_any_more_is_told(system: Reconciling) -> None:
    system.run("square")
    system.receiving.now += 40 * DAY
    run = system.run("square")
    assert run.forgotten is not None
    assert run.forgotten.until == pytest.approx(system.now() - 28 * DAY, abs=2 * HOUR)


def test_a_dry_run_feeds_nothing(system: Reconciling) -> None:
    system.made("stripe")
    asked = system.ask("stripe", dry_run=True)
    assert asked is not None
    assert asked.compared == (1, ("stripe:ev-1",), {}, {"payment_intent.succeeded": 1})
    assert system.receiving.dynamodb.items(INBOX) == []


def test_a_fault_of_the_program_is_no_answer(system: Reconciling) -> None:
    system.made("stripe")
    system.receiving.dynamodb.fail_next(KeyError("Items"))
    with pytest.raises(KeyError):
        system.ask("stripe")


def test_what_may_be_on_its_way_is_not_missed_when_a_person_asks(system: Reconciling) -> None:
    system.made("stripe", "on-its-way", 14 * 60)
    system.made("stripe", "missed", 16 * 60)
    answer = answer_of(system.ask("stripe"))
    assert answer["webhook_ids"] == ("stripe:missed",)
    assert answer["until"] == int(system.now()) - 15 * 60
    assert answer["next"] is None


def test_an_answer_says_how_far_it_came_and_goes_on_from_there(system: Reconciling) -> None:
    """28 hours are 112 calls at five a second: more than one answer has time for."""
    system.made("stripe", "old", 27 * HOUR)
    system.made("stripe", "new", HOUR)
    window_end, first = int(system.now()), system.ask("stripe", hours=28)
    assert first is not None
    answer = answer_of(first)
    assert (answer["missed"], answer["fed"], answer["webhook_ids"]) == (1, 1, ("stripe:old",))
    assert window_end - 28 * HOUR < answer["next"] < window_end
    hours = (system.now() - answer["next"]) / HOUR
    second = system.ask("stripe", hours=hours)
    assert second is not None
    assert answer_of(second)["webhook_ids"] == ("stripe:new",)
    assert answer_of(second)["next"] is None


def test_an_answer_ends_between_two_parts_however_long_the_time_that_is_asked_for(
    system: Reconciling,
) -> None:
    """29 days are 2,784 calls: some thirty answers, of which none is a failure."""
    hours, answers = 29 * 24.0, 0
    end = system.now()
    while hours:
        system.deadline.start(800)
        run = system.ask("stripe", hours=hours)
        assert run is not None
        assert run.failure is None
        answers += 1
        hours = 0 if run.next_since is None or answers == 8 else (system.now() - run.next_since) / HOUR
    assert answers == 8
    assert system.now() - end == pytest.approx(8 * 20, abs=8)


def test_a_part_that_takes_longer_than_an_answer_is_read_to_its_end(system: Reconciling) -> None:
    system.lists.page_size = 1
    for number in range(150):  # 30 s at five calls a second
        system.made("stripe", f"ev-{number}")
    run = system.ask("stripe")
    assert run is not None
    assert len(run.compared.missed) == 150
    assert run.failure is None


def test_a_part_that_takes_longer_than_a_run_is_told(system: Reconciling) -> None:
    system.lists.page_size = 1
    for number in range(60):
        system.made("stripe", f"ev-{number}", 1200)
    system.deadline.start(30)  # of which 20 are kept
    run = system.reconciler.ask("stripe", Window(int(system.now()) - 1300, int(system.now())), dry_run=True)
    assert run is not None
    assert run.failure is not None
    assert str(run.failure) == "no_time_left"


def test_an_answer_says_why_it_stopped(system: Reconciling) -> None:
    system.server.next_answers = [401]
    asked = system.ask("stripe")
    assert asked is not None
    answer = answer_of(asked)
    assert answer["failure"] == "stripe_http_401"
    assert answer["next"] == pytest.approx(system.now() - HOUR, abs=1)


def test_an_event_that_came_while_it_was_fetched_is_no_second_one(system: Reconciling) -> None:
    """Between the look into the inbox and the write."""
    event = system.made("paypal")
    system.deliver("paypal", event)
    (item,) = system.receiving.inbox()
    found = system.inbox.add(item, claims_event=True)
    assert found is not None
    assert found["fingerprint"] == item["fingerprint"]
    assert system.inbox.known([InboxKeys("paypal:ev-1", "another time")]).keys() == {"paypal:ev-1"}
