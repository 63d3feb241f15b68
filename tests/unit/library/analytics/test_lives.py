"""Analytics of simulated lives are the sum of the payments' states: `tox run -e long` takes 10,000 lives.

Each webhook goes through the reader of its provider and the ledger's writer; the rows' effects come shuffled, repeated
and in any groups. Nothing is compared with the second engine, for which it would be minutes of work.
"""

from collections.abc import Iterator
from itertools import count
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from payment_webhooks import contract
from payment_webhooks.analytics.stream_batch import count_batch
from payment_webhooks.inbox.items import InboxKeys
from payment_webhooks.inbox.progress import StoredWebhook
from payment_webhooks.ledger.reader import is_head
from payment_webhooks.ledger.writer import LedgerWriter
from payment_webhooks.timestamps import utc_timestamp
from scripts.operations.analytics.reconciliation import differences, reading_of
from tests.support.library.analytics_records import NOW, TABLE, Analytics, record_of
from tests.support.library.fake_dynamodb import FakeDynamoDB
from tests.support.library.providers import normalise
from tests.support.library.receiving import LEDGER, TABLES
from tests.support.money import paypal_life, square_life, stripe_life

LIVES = 5
RECORDED_SECONDS_APART = 1200  # some rows an hour
EVERYTHING = {*square_life.FEATURES, *square_life.DISPUTES}


@st.composite
def lives(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """Provider and webhooks of one payment."""
    provider = draw(st.sampled_from(["stripe", "square", "paypal"]))
    if provider == "stripe":
        features = draw(st.sets(st.sampled_from(stripe_life.FEATURES)))
        steps = draw(stripe_life.lives(frozenset(features)))
        return provider, [body for step in steps for body in step.bodies]
    if provider == "square":
        without = draw(st.sampled_from([{"ach", "outside"}, {"ach", "versions"}, {"outside", "versions"}]))
        told = draw(square_life.square_lives(frozenset(EVERYTHING - without)))
        return provider, [each.body for each in told]
    features = draw(st.sets(st.sampled_from(paypal_life.FEATURES)))
    return provider, [each.body for each in draw(paypal_life.paypal_lives(frozenset(features)))]


class Ledger:
    """The table, in memory, with the writer of rows."""

    def __init__(self) -> None:
        self.dynamodb = FakeDynamoDB({LEDGER: TABLES[LEDGER]}, compared=False)
        self._seconds = (NOW + RECORDED_SECONDS_APART * number for number in count())
        self._writer = LedgerWriter(
            self.dynamodb,
            LEDGER,
            lambda: utc_timestamp(next(self._seconds)),
            lambda _: None,
            lambda *_: False,
        )

    def tell(self, endpoint: str, provider: str, body: bytes) -> None:
        event = normalise(provider, body)
        if event.transaction_id is not None:
            webhook = StoredWebhook(
                keys=InboxKeys(f"{endpoint}:{event.event_id}", event.created),
                endpoint=endpoint,
                provider=provider,
                event_id=event.event_id,
                status=contract.STATUS_RECEIVED,
                received_at=utc_timestamp(NOW),
                trace_id=None,
                payload=None,
                payload_key=None,
                payload_sha256="",
            )
            self._writer.record(webhook, event, confirmed=provider != "paypal")


def interleaved(told: list[tuple[str, list[bytes]]], random: Random) -> Iterator[tuple[str, str, bytes]]:
    """(endpoint, provider, webhook): each life on an endpoint of its own, in any order, and some webhooks twice."""
    found = [
        (f"{provider}-{number}", provider, body)
        for number, (provider, bodies) in enumerate(told)
        for body in bodies
    ]
    found += random.sample(found, len(found) // 5)
    random.shuffle(found)
    return iter(found)


@given(st.lists(lives(), min_size=LIVES, max_size=LIVES), st.randoms(use_true_random=False))
def test_sums_of_effects_are_the_sums_of_the_states(
    told: list[tuple[str, list[bytes]]], random: Random
) -> None:
    ledger, analytics = Ledger(), Analytics(compared=False)
    for webhook in interleaved(told, random):
        ledger.tell(*webhook)
    items = ledger.dynamodb.items(LEDGER)
    records = [record_of(item) for item in items]
    records += random.sample(records, len(records) // 4)
    random.shuffle(records)
    while records:
        size = random.randint(1, 30)
        batch, records = records[:size], records[size:]
        assert count_batch(batch, analytics.table, analytics.keep).failed_at is None
    counters = [each for each in analytics.dynamodb.items(TABLE) if contract.ANALYTICS_EXPIRES_AT not in each]
    reading = reading_of(counters, filter(is_head, items))
    assert any(map(any, reading.states.values()))
    assert differences(reading) == ()
    assert not analytics.kept
