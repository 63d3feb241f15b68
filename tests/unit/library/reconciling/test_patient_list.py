"""A provider's list is read at a rate that it bears, and again when it is throttled or out."""

from dataclasses import dataclass, field

import pytest

from payment_webhooks.deadline import Deadline
from payment_webhooks.errors import Unavailable
from payment_webhooks.providers.event_list import EventPage, Refused, Throttled, Window
from payment_webhooks.reconciling.patient_list import ListUnavailable, PatientList

WINDOW = Window(1, 2)
OUT = Unavailable("stripe_http_503")


@dataclass
class Scripted:
    """Answers in turn; `now` is the clock, which waiting moves."""

    answers: list[EventPage | Unavailable]
    now: float = 100.0
    waits: list[float] = field(default_factory=list)
    seconds_a_call: float = 0.0
    cursors: list[str | None] = field(default_factory=list)

    def page(self, window: Window, cursor: str | None) -> EventPage:
        self.cursors.append(cursor)
        self.now += self.seconds_a_call
        answer = self.answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds

    def pages(self, seconds: float = 600.0) -> list[EventPage]:
        deadline = Deadline(lambda: self.now)
        deadline.start(seconds)
        patient = PatientList(self, deadline, lambda: self.now, self.sleep, jitter=lambda: 1.0)
        return list(patient.pages(WINDOW))


def page(cursor: str | None = None) -> EventPage:
    return EventPage((b"{}",), cursor)


def test_pages_follow_each_other_by_their_cursors() -> None:
    script = Scripted([page("c-1"), page("c-2"), page()])
    assert len(script.pages()) == 3
    assert script.cursors == [None, "c-1", "c-2"]


def test_no_more_than_five_calls_are_made_in_a_second() -> None:
    script = Scripted([*(page("c") for _ in range(5)), page()])
    script.pages()
    assert script.waits == [0.2] * 5


def test_a_throttle_is_waited_for_as_long_as_it_says() -> None:
    script = Scripted([Throttled("stripe_http_429", 17.0), page()])
    assert len(script.pages()) == 1
    assert script.waits == [17.0]


def test_a_throttle_without_a_time_and_an_outage_are_waited_for_longer_each_time() -> None:
    script = Scripted([Throttled("stripe_http_429", None), OUT, OUT, OUT, page()])
    assert len(script.pages()) == 1
    assert script.waits == [2.0, 4.0, 8.0, 16.0]


def test_the_fifth_failure_is_the_last() -> None:
    script = Scripted([OUT] * 6)
    with pytest.raises(ListUnavailable, match="stripe_http_503"):
        script.pages()
    assert len(script.answers) == 1


def test_what_the_provider_refuses_is_not_asked_again() -> None:
    script = Scripted([Refused("stripe_http_401"), page()])
    with pytest.raises(ListUnavailable, match="stripe_http_401"):
        script.pages()
    assert script.waits == []


def test_nobody_waits_beyond_the_time_that_is_left() -> None:
    script = Scripted([Throttled("stripe_http_429", 61.0), page()])
    with pytest.raises(ListUnavailable, match="stripe_http_429"):
        script.pages(seconds=60.0)
    assert script.waits == []


def test_after_a_page_that_took_too_long_no_call_begins() -> None:
    script = Scripted([page("c"), page()], seconds_a_call=64.0)
    with pytest.raises(ListUnavailable, match="no_time_left"):
        script.pages(seconds=60.0)
    assert script.cursors == [None]


def test_a_call_that_ends_with_the_time_says_nothing_of_the_provider() -> None:
    with pytest.raises(ListUnavailable, match="no_time_left"):
        Scripted([OUT, page()], seconds_a_call=59.9).pages(seconds=60.0)
    with pytest.raises(ListUnavailable, match="stripe_http_401"):
        Scripted([Refused("stripe_http_401")], seconds_a_call=59.9).pages(seconds=60.0)
