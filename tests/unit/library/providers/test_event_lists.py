"""Providers' lists of events, against stand-ins whose answers fit the published schemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from payment_webhooks.endpoints.secret_document import ApiCredentials
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import EventList, ListAccess, Refused, Throttled, Window
from payment_webhooks.providers.registry import PROVIDERS
from tests.support.library.providers import normalise, read_envelope
from tests.support.provider_apis.event_lists import OWN_WEBHOOK, SECRET, EventLists, listed_event
from tests.support.provider_apis.server import ApiServer, serving

NOW = 1_790_000_000
WINDOW = Window(NOW - 100, NOW)
EVENTS = {
    "stripe": "stripe/pi_succeeded",
    "paypal": "paypal/capture_completed_published",
    "square": "square/payment_updated_completed",
}
EVERY = pytest.mark.parametrize("provider", EVENTS)


@dataclass
class StandIn:
    lists: EventLists
    server: ApiServer

    def fill(self, provider: str, *seconds: float) -> None:
        made = [listed_event(EVENTS[provider], f"ev-{number}", at) for number, at in enumerate(seconds)]
        getattr(self.lists, provider).extend(made)

    def of(self, provider: str, account: str | None = None, secret: str = SECRET) -> EventList:
        connect = PROVIDERS.get(provider).list_events
        assert connect is not None
        return connect(
            ListAccess(ApiCredentials("reader", secret, self.server.url), "test", account, (OWN_WEBHOOK,))
        )


@pytest.fixture
def apis() -> Iterator[StandIn]:
    lists = EventLists(page_size=2)
    with serving(lists.routes()) as server:
        yield StandIn(lists, server)


def ids_of(provider: str, events: EventList) -> list[str]:
    cursor, found = None, []
    while True:
        page = events.page(WINDOW, cursor)
        found += [read_envelope(provider, body).event_id for body in page.bodies]
        if page.cursor is None:
            return found
        cursor = page.cursor


@EVERY
def test_every_event_of_the_window_is_on_a_page_and_no_other(apis: StandIn, provider: str) -> None:
    apis.fill(provider, NOW - 110, NOW - 100, NOW - 80, NOW - 60, NOW - 40, NOW, NOW + 10)
    assert sorted(ids_of(provider, apis.of(provider))) == ["ev-1", "ev-2", "ev-3", "ev-4", "ev-5"]
    listed = [asked for asked in apis.server.asked if not asked.path.endswith(("/token", "/webhooks"))]
    assert len(listed) == 3


@EVERY
def test_a_list_goes_on_where_another_connection_stopped(apis: StandIn, provider: str) -> None:
    apis.fill(provider, *range(NOW - 5, NOW))
    first = apis.of(provider).page(WINDOW, None)
    second = apis.of(provider).page(WINDOW, first.cursor)
    ids = [read_envelope(provider, body).event_id for body in (*first.bodies, *second.bodies)]
    assert len(set(ids)) == 4


@EVERY
def test_a_listed_event_says_what_a_delivered_one_says(apis: StandIn, provider: str) -> None:
    apis.fill(provider, NOW)
    (body,) = apis.of(provider).page(WINDOW, None).bodies
    event = normalise(provider, body)
    assert (event.status, event.object_kind) == ("succeeded", "payment")
    assert event.amount_minor


@EVERY
def test_an_empty_window_has_one_empty_page(apis: StandIn, provider: str) -> None:
    assert apis.of(provider).page(WINDOW, None) == ((), None)


@EVERY
@pytest.mark.parametrize("status", [429, 503])
def test_a_throttle_or_an_outage_says_how_long_to_wait(apis: StandIn, provider: str, status: int) -> None:
    events = apis.of(provider)
    events.page(WINDOW, None)
    apis.server.next_answers, apis.server.retry_after_seconds = [status], 7
    with pytest.raises(Throttled, match=f"{provider}_http_{status}") as throttled:
        events.page(WINDOW, None)
    assert throttled.value.retry_after_seconds == 7


@EVERY
@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_every_other_answer_is_an_outage(apis: StandIn, provider: str, status: int) -> None:
    events = apis.of(provider)
    events.page(WINDOW, None)
    apis.server.next_answers = [status]
    with pytest.raises(Unavailable, match=f"{provider}_http_{status}"):
        events.page(WINDOW, None)


@pytest.mark.parametrize("provider", ["stripe", "square"])
def test_refused_credentials_are_an_outage_that_names_no_secret(apis: StandIn, provider: str) -> None:
    with pytest.raises(Unavailable, match=f"{provider}_http_401") as refused:
        apis.of(provider, secret="rk_test_other").page(WINDOW, None)
    assert "rk_test" not in str(refused.value)


@pytest.mark.parametrize(
    ("provider", "document"),
    [
        ("stripe", {"data": "none"}),
        ("stripe", {"data": [1]}),
        ("stripe", {"data": [{"id": 1}], "has_more": True}),
        ("paypal", {"events": {}}),
        ("square", {"events": [None]}),
        ("square", {"events": [], "cursor": 1}),
        ("square", {"errors": [{"code": "RATE_LIMITED"}]}),
    ],
)
def test_a_page_that_makes_no_sense_is_an_outage(
    apis: StandIn, provider: str, document: dict[str, object]
) -> None:
    for route in apis.server.routes:
        if not route[1].endswith(("/token", "/webhooks")):
            apis.server.routes[route] = lambda _: (200, document)
    with pytest.raises(Unavailable, match=f"{provider}_"):
        apis.of(provider).page(WINDOW, None)


@pytest.mark.parametrize(
    ("provider", "document", "cursor"),
    [
        ("stripe", {"data": [{"id": "ev-1"}], "has_more": True}, "ev-1"),
        ("paypal", {"events": [{}], "links": [{"rel": "next", "href": "/?index_id=1"}]}, "index_id=1"),
        ("square", {"events": [{}], "cursor": "c-1"}, "c-1"),
    ],
)
def test_a_list_that_turns_in_a_circle_is_an_outage(
    apis: StandIn, provider: str, document: dict[str, object], cursor: str
) -> None:
    for route in apis.server.routes:
        if not route[1].endswith(("/token", "/webhooks")):
            apis.server.routes[route] = lambda _: (200, document)
    with pytest.raises(Unavailable, match=f"{provider}_answer_malformed"):
        apis.of(provider).page(WINDOW, cursor)


def test_a_connected_accounts_events_are_asked_for_and_named(apis: StandIn) -> None:
    apis.fill("stripe", NOW)
    (body,) = apis.of("stripe", "acct_1").page(WINDOW, None).bodies
    assert apis.server.asked[-1].headers["Stripe-Account"] == "acct_1"
    assert read_envelope("stripe", body).account == "acct_1"
    apis.of("stripe").page(WINDOW, None)
    assert "Stripe-Account" not in apis.server.asked[-1].headers


def test_a_key_without_rights_of_connect_lists_its_own_account(apis: StandIn) -> None:
    apis.fill("stripe", NOW)
    events = apis.of("stripe", "acct_own")
    (body,) = events.page(WINDOW, None).bodies
    assert "Stripe-Account" not in apis.server.asked[-1].headers
    assert read_envelope("stripe", body).account == "acct_own"


def test_a_key_that_may_not_read_its_account_is_still_tied_to_it(apis: StandIn) -> None:
    """Stripe itself looks whether the key has access."""
    apis.fill("stripe", NOW)
    apis.server.routes["GET", "/v1/account"] = lambda _: (403, {})
    assert len(apis.of("stripe", "acct_1").page(WINDOW, None).bodies) == 1
    with pytest.raises(Refused, match="stripe_http_403"):
        apis.of("stripe", "acct_own").page(WINDOW, None)


def test_a_key_of_another_account_lists_nothing(apis: StandIn) -> None:
    apis.fill("stripe", NOW)
    with pytest.raises(Refused, match="stripe_http_403"):
        apis.of("stripe", "acct_another").page(WINDOW, None)


@pytest.mark.parametrize("until", ["999Z", "001Z"])
def test_paypals_events_of_the_windows_last_second_are_in_it(apis: StandIn, until: str) -> None:
    apis.fill("paypal", NOW)
    created = apis.lists.paypal[0]["create_time"]
    apis.lists.paypal[0]["create_time"] = f"{created[:19]}.{until}"
    events = apis.of("paypal")
    assert len(events.page(WINDOW, None).bodies) == 1
    assert events.page(Window(NOW + 1, NOW + 900), None).bodies == ()


def test_squares_events_of_one_merchant_are_asked_for(apis: StandIn) -> None:
    apis.fill("square", NOW)
    own = apis.lists.square[0]["merchant_id"]
    assert len(apis.of("square", own).page(WINDOW, None).bodies) == 1
    assert apis.of("square", "another").page(WINDOW, None).bodies == ()


def test_a_square_time_without_an_offset_is_utc(apis: StandIn) -> None:
    apis.fill("square", NOW)
    delivered = apis.lists.square[0]["created_at"]
    apis.lists.square[0]["created_at"] = delivered.removesuffix("Z")
    (body,) = apis.of("square").page(WINDOW, None).bodies
    assert read_envelope("square", body).created == delivered


def test_paypals_link_is_followed_at_our_host_alone(apis: StandIn) -> None:
    apis.fill("paypal", *range(NOW - 5, NOW))
    cursor = apis.of("paypal").page(WINDOW, None).cursor
    assert cursor
    assert not urlsplit(f"?{cursor}").netloc
    assert "paypal.com" not in cursor


@EVERY
def test_a_list_is_read_over_one_connection(apis: StandIn, provider: str) -> None:
    """A call with a connection of its own takes three round trips."""
    apis.fill(provider, *range(NOW - 9, NOW))
    ids_of(provider, apis.of(provider))
    assert len(apis.server.asked) > 4
    assert apis.server.connections == 1


def test_the_events_of_an_application_without_the_endpoints_webhook_are_not_listed(apis: StandIn) -> None:
    apis.fill("paypal", NOW)
    events = apis.of("paypal")
    assert len(events.page(WINDOW, None).bodies) == 1
    apis.lists.paypal_webhooks = ("key-of-another",)
    assert len(events.page(WINDOW, None).bodies) == 1  # it has been asked
    with pytest.raises(Refused, match="paypal_webhook_of_another_application"):
        apis.of("paypal").page(WINDOW, None)
    apis.lists.paypal_webhooks = ()
    with pytest.raises(Refused, match="paypal_webhook_of_another_application"):
        apis.of("paypal").page(WINDOW, None)
