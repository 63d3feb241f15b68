"""Hypothesis strategies of events and ledgers of one transaction: small, so that ties and excesses are common."""

from hypothesis import strategies as st

from payment_webhooks.domain.events import KIND_PAYOUT, NormalisedEvent
from payment_webhooks.domain.ledger_row import RANKS, LedgerRow
from tests.support.library.ledger import dispute_event, payment_event, refund_event, row_of

AMOUNTS = st.integers(0, 5)  # few, so that equal and excessive ones are common
SECONDS = st.integers(0, 4)  # few, so that events of one second are common

OF_PAYMENTS = sorted((kind, status) for kind, status in RANKS if kind != KIND_PAYOUT)


@st.composite
def events(draw: st.DrawFn) -> NormalisedEvent:
    kind, status = draw(st.sampled_from(OF_PAYMENTS))
    amount, second = draw(AMOUNTS), draw(SECONDS)
    if kind == "payment":
        event = payment_event(status, amount, second)
        if draw(st.booleans()):
            event = event._replace(
                captured_minor=draw(AMOUNTS), customer_id=draw(st.sampled_from(["c-1", "c-2"]))
            )
    else:
        make = refund_event if kind == "refund" else dispute_event
        event = make(draw(st.sampled_from(["o-1", "o-2", "o-3"])), status, amount, second)
    currency = draw(st.sampled_from(["USD", "USD", "USD", "EUR"]))
    return event._replace(currency=currency, livemode=draw(st.sampled_from([True, False, None])))


@st.composite
def ledgers(draw: st.DrawFn) -> list[LedgerRow]:
    told = draw(st.lists(events(), max_size=8))
    return [
        row_of(event._replace(event_id=f"evt_{number}"), confirmed=draw(st.booleans()))
        for number, event in enumerate(told)
    ]
